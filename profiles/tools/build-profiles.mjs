#!/usr/bin/env node
/**
 * Compiles profiles/fsh with SUSHI into profiles/generated/<Type>-<id>.json (differential and snapshot).
 *
 *   node profiles/tools/build-profiles.mjs [--check] [--definitions FOLDER]
 *
 * --check              writes nothing; exit code 1 when profiles/generated is not what the sources give
 * --definitions FOLDER an unpacked npm package hl7.fhir.r4.examples 4.0.1; default: $WARDBRIDGE_R4_EXAMPLES, else fetched with `npm pack`
 *
 * SUSHI looks for the FHIR core package in $HOME/.fhir/packages. It is given a temporary home with such a package, made of copies of the
 * definitions, so nothing is left behind, and no registry of FHIR packages is asked: the result depends on this repository only.
 */
import { spawnSync } from 'node:child_process'
import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { r4Package } from './r4-package.mjs'

const SUSHI = 'fsh-sushi@3.21.0'
const profiles = fileURLToPath(new URL('..', import.meta.url))
const generated = join(profiles, 'generated')

const { values: options } = parseArgs({ options: { check: { type: 'boolean' }, definitions: { type: 'string' } } })
const work = mkdtempSync(join(tmpdir(), 'wardbridge-profiles-'))
try {
  process.exitCode = run()
} finally {
  rmSync(work, { recursive: true, force: true })
}

function run() {
  const fetched = join(work, 'r4')
  mkdirSync(fetched)
  makeCorePackage(r4Package(options.definitions, fetched))
  const built = compile()
  if (!options.check) {
    rmSync(generated, { recursive: true, force: true })
    mkdirSync(generated, { recursive: true })
    for (const [name, text] of built) writeFileSync(join(generated, name), text)
    console.log(`${built.size} definitions written`)
    return 0
  }
  const present = new Set(existsSync(generated) ? readdirSync(generated) : [])
  const stale = [...built].filter(([name, text]) => !present.has(name) || readFileSync(join(generated, name), 'utf8') !== text)
  const names = [...stale.map(([name]) => name), ...[...present].filter((name) => !built.has(name))]
  if (names.length === 0) console.log(`${built.size} definitions are current`)
  else console.error(`Not current, run node profiles/tools/build-profiles.mjs:\n  ${names.join('\n  ')}`)
  return names.length === 0 ? 0 : 1
}

/** SUSHI needs the definitions only, not the examples that come with them. */
function makeCorePackage(definitions) {
  const folder = join(work, 'home', '.fhir', 'packages', 'hl7.fhir.r4.core#4.0.1', 'package')
  mkdirSync(folder, { recursive: true })
  for (const name of readdirSync(definitions)) {
    if (/^(StructureDefinition|ValueSet|CodeSystem)-.*\.json$/.test(name)) copyFileSync(join(definitions, name), join(folder, name))
  }
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'hl7.fhir.r4.core', version: '4.0.1', fhirVersions: ['4.0.1'] }))
}

/** File name -> text of every compiled definition. Throws when SUSHI reports an error. */
function compile() {
  const project = join(work, 'project')
  cpSync(join(profiles, 'fsh'), join(project, 'input', 'fsh'), { recursive: true })
  cpSync(join(profiles, 'sushi-config.yaml'), join(project, 'sushi-config.yaml'))
  // npm keeps its own home (settings, cache); only SUSHI gets the temporary one.
  const run = spawnSync('npx', ['--yes', '--package', SUSHI, '-c', 'HOME="$SUSHI_HOME" sushi build --snapshot "$SUSHI_PROJECT"'], {
    cwd: work,
    encoding: 'utf8',
    env: { ...process.env, SUSHI_HOME: join(work, 'home'), SUSHI_PROJECT: project, FPL_REGISTRY: 'http://127.0.0.1:9' }
  })
  const errors = /(\d+) Errors?/.exec(run.stdout)?.[1]
  if (errors !== '0') throw new Error(`SUSHI reports errors:\n${run.stdout}\n${run.stderr}`)
  const folder = join(project, 'fsh-generated', 'resources')
  const files = readdirSync(folder).filter((name) => name.endsWith('.json'))
  return new Map(files.sort().map((name) => [name, `${JSON.stringify(JSON.parse(readFileSync(join(folder, name), 'utf8')), null, 2)}\n`]))
}
