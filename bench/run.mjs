#!/usr/bin/env node
/**
 * Runs the benchmarks and writes docs/benchmarks.md: npm run bench [-- NAME...] [--runs 5] [--patients 500] [--dry]
 * With names, only their sections are written anew. --dry prints the figures and writes nothing.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { parseArgs } from 'node:util'
import { inFolder } from './measure.mjs'

const ALL = ['demo', 'map', 'load', 'memory', 'serving', 'server', 'threads', 'validation', 'export', 'healthcare-load']

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    runs: { type: 'string', default: '5' },
    patients: { type: 'string', default: '500' },
    dry: { type: 'boolean', default: false }
  }
})
const names = positionals.length === 0 ? ALL : positionals
const page = new URL('../docs/benchmarks.md', import.meta.url)
const cores = cpus()
const machine = `${cores.length} cores (${cores[0]?.model.trim()}), ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`
const day = new Date().toISOString().slice(0, 10)

const sections = known()
await inFolder(async (folder) => {
  for (const name of names) {
    const { title, bench } = await import(`./${name}.mjs`)
    process.stderr.write(`${title} ...\n`)
    const rows = await bench({ folder, runs: Number(values.runs), patients: Number(values.patients) })
    for (const [what, figure] of rows) process.stderr.write(`  ${what}: ${figure}\n`)
    const table = rows.map(([what, figure]) => `| ${what} | ${figure} |`).join('\n')
    const how = `${values.runs} runs, a generated hospital of ${values.patients} patients; ${machine}, ${day}`
    sections.set(title, `## ${title}\n\n${how}\n\n| what | figure |\n|---|---|\n${table}\n`)
    if (!values.dry) write()
  }
})

/** The sections of the page as it is, by title. */
function known() {
  const text = readFileSync(page, 'utf8')
  return new Map(
    text
      .split(/^(?=## )/m)
      .slice(1)
      .map((section) => [section.slice(3, section.indexOf('\n')), `${section.trimEnd()}\n`])
  )
}

function write() {
  const head = `# Benchmarks

<!-- Made by bench/run.mjs. Do not edit. -->

Figures drift on shared machines: compare those of one run with each other. Medians with their range, where a figure was measured more than once.
`
  writeFileSync(page, [head, ...sections.values()].join('\n'))
}
