#!/usr/bin/env node
/**
 * Runs the benchmarks and writes docs/benchmarks.md: npm run bench [-- NAME...] [--runs 5] [--patients 500] [--dry]
 * --dry prints the figures and writes nothing.
 */
import { writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { parseArgs } from 'node:util'
import { inFolder } from './measure.mjs'

const ALL = ['demo', 'map', 'load', 'memory', 'serving', 'server', 'validation']

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    runs: { type: 'string', default: '5' },
    patients: { type: 'string', default: '500' },
    dry: { type: 'boolean', default: false }
  }
})
const names = positionals.length === 0 ? ALL : positionals
const sections = await inFolder(async (folder) => {
  const made = []
  for (const name of names) {
    const { title, bench } = await import(`./${name}.mjs`)
    process.stderr.write(`${title} ...\n`)
    const rows = await bench({ folder, runs: Number(values.runs), patients: Number(values.patients) })
    for (const [what, figure] of rows) process.stderr.write(`  ${what}: ${figure}\n`)
    made.push(`## ${title}\n\n| what | figure |\n|---|---|\n${rows.map(([what, figure]) => `| ${what} | ${figure} |`).join('\n')}\n`)
  }
  return made
})
const cores = cpus()
const page = `# Benchmarks

<!-- Made by bench/run.mjs. Do not edit. -->

Figures drift on shared machines: compare those of one run with each other. Medians of ${values.runs} runs with their range, where a figure was measured more than once;
a generated hospital of ${values.patients} patients. Machine: ${cores.length} cores (${cores[0]?.model.trim()}), ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}, ${new Date().toISOString().slice(0, 10)}.

${sections.join('\n')}`
if (!values.dry && positionals.length === 0) writeFileSync(new URL('../docs/benchmarks.md', import.meta.url), page)
