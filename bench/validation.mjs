/** What validation costs a write: creates over HTTP at each level of WARDBRIDGE_VALIDATION, the levels in turns, resources of a mapped hospital. */
import { spawn } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import autocannon from 'autocannon'
import { CLI, hospital, SOURCE, spread, wardbridge } from './measure.mjs'

export const title = 'What validation costs a write'

const LEVELS = ['off', 'structure', 'strict']
const MOST_OF_A_TYPE = 400
const SECONDS = 3
const PORT = 18080

export async function bench({ folder, runs, patients }) {
  const mapped = join(folder, 'validation-mapped')
  await wardbridge(
    'map',
    await hospital(folder, patients),
    '--source',
    SOURCE,
    '--mapping',
    'hospital',
    '--out',
    mapped,
    '--json',
    '--quiet',
    '--allow-errors'
  )
  const resources = typical(mapped)
  const rates = Object.fromEntries(LEVELS.map((level) => [level, []]))
  for (let run = 0; run < runs; run++) {
    for (const level of LEVELS) rates[level].push(await creates(join(folder, `validation-${level}-${run}`), level, resources))
  }
  const ratios = rates.strict.map((rate, run) => rate / rates.off[run])
  return [
    ...LEVELS.map((level) => [`creates, 16 connections, ${level}, requests/s`, spread(rates[level])]),
    ['strict, ratio to off', spread(ratios, 2)]
  ]
}

/** Some resources of each type as they come out of the mapping, in an order that mixes the types. */
function typical(folder) {
  const lists = readdirSync(folder)
    // Definitions are no typical writes: each makes the server look again at what it knows.
    .filter((name) => name.endsWith('.ndjson') && name !== 'CodeSystem.ndjson')
    .map((name) => readFileSync(join(folder, name), 'utf8').trim().split('\n').slice(0, MOST_OF_A_TYPE))
  const mixed = []
  for (let n = 0; n < MOST_OF_A_TYPE; n++) for (const list of lists) if (list[n]) mixed.push(list[n])
  return mixed
}

/** Creates a second on an empty store. Fails when one was refused: its speed would mean nothing. */
async function creates(state, level, resources) {
  mkdirSync(state)
  const store = join(state, 'store.db')
  const token = await wardbridge('token', '--state', state, '--role', 'administrator')
  const server = spawn(process.execPath, [CLI, 'serve', '--store', store, '--state', state, '--port', PORT], {
    stdio: 'ignore',
    env: { ...process.env, WARDBRIDGE_LOG_LEVEL: 'silent', WARDBRIDGE_VALIDATION: level }
  })
  try {
    await ready()
    const requests = resources.map((body) => ({
      method: 'POST',
      path: `/fhir/${JSON.parse(body).resourceType}`,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/fhir+json', prefer: 'return=minimal' },
      body
    }))
    const url = `http://127.0.0.1:${PORT}`
    const load = (duration) => autocannon({ url, connections: 16, duration, requests })
    // Profiles are compiled and libraries loaded when they are first needed.
    await load(SECONDS)
    const { requests: done, duration, non2xx, errors } = await load(SECONDS)
    if (non2xx > 0 || errors > 0) throw new Error(`${level}: ${non2xx} creates were refused, ${errors} failed`)
    return done.total / duration
  } finally {
    server.kill()
    await new Promise((resolve) => server.once('exit', resolve))
  }
}

async function ready() {
  for (let attempt = 0; attempt < 1000; attempt++) {
    const answers = await fetch(`http://127.0.0.1:${PORT}/readyz`).then(
      ({ ok }) => ok,
      () => false
    )
    if (answers) return
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  throw new Error('the server did not answer')
}

/** By hand: node bench/validation.mjs */
if (process.argv[1] === import.meta.filename) {
  const { inFolder } = await import('./measure.mjs')
  for (const row of await inFolder((folder) => bench({ folder, runs: 1, patients: 5 }))) console.log(row.join(': '))
}
