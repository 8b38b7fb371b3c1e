/**
 * The MIMIC-III demo from Cloud Storage through a Cloud Healthcare API store into the local twin, at once and killed half way and done again: what is in the
 * store then is compared with a load into the embedded store, type by type. The server of objects is the one of the tests (npx tsc -p test makes it).
 * WARDBRIDGE_BENCH_DATA: another folder of tables of MIMIC-III.
 */
import { spawn } from 'node:child_process'
import { hash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { splitBody } from '../dist/fhir/json.js'
import { openSqliteStore } from '../dist/store/sqlite/store.js'
import { CLI, SOURCE, wardbridge } from './measure.mjs'

export const title = 'Loads into the Cloud Healthcare API (local twin)'

const DATA = process.env.WARDBRIDGE_BENCH_DATA ?? fileURLToPath(new URL('../../shared/data/mimic-iii-demo', import.meta.url))
const SERVER = new URL('../dist-test/support/storage-server.js', import.meta.url)
const PARENT = 'projects/wardbridge/locations/local/datasets/wardbridge/fhirStores'
const PORT = '18087'
const STAGING = 'staging'

export async function bench({ folder }) {
  if (!existsSync(DATA)) return [['MIMIC-III demo skipped', 'the folder ../shared/data/mimic-iii-demo is not there']]
  if (!existsSync(SERVER)) return [['MIMIC-III demo skipped', 'npx tsc -p test makes the server of objects']]
  const { startStorage } = await import(SERVER.href)
  const direct = join(folder, 'direct.db')
  const load = ['--mapping', 'mimic-iii', '--source', SOURCE, '--json', '--quiet']
  const expected = await wardbridge('ingest', DATA, ...load, '--store', direct)
  const wanted = await contents(direct)
  const lines = [
    ['rows and resources of the MIMIC-III demo', `${show(expected.totals.rowsIn)} and ${show(expected.totals.resources)}`],
    ['into the embedded store, for comparison: resources/s; peak resident memory, MB', figures(expected)]
  ]

  const ends = []
  const storage = await startStorage({ teardown: (end) => ends.push(end) }, { anyToken: true })
  const tables = readdirSync(DATA).filter((name) => name.endsWith('.csv.gz'))
  for (const name of tables) storage.bucket('b').put(`mimic/${name}`, readFileSync(join(DATA, name)))
  const state = join(folder, 'twin')
  mkdirSync(state)
  const token = await wardbridge('token', '--state', state, '--role', 'administrator')
  const google = { WARDBRIDGE_STORAGE_URL: storage.url, WARDBRIDGE_GOOGLE_TOKEN: token, WARDBRIDGE_STAGING: `gs://b/${STAGING}` }
  const twin = start(
    { ...google, WARDBRIDGE_LOG_LEVEL: 'silent' },
    'serve',
    '--store',
    join(state, 'own.db'),
    '--state',
    state,
    '--port',
    PORT
  )
  try {
    await ready(`http://127.0.0.1:${PORT}/readyz`)
    const env = { ...google, WARDBRIDGE_HEALTHCARE_URL: `http://127.0.0.1:${PORT}` }
    const ingest = (id) =>
      start(env, 'ingest', 'gs://b/mimic/*.csv.gz', ...load, '--store', `${PARENT}/${id}`, '--state', `gs://b/state-${id}`)

    await create(token, 'whole')
    storage.requests.length = 0
    const report = await reportOf(ingest('whole'))
    const pieces = storage.requests.filter(isImported).length
    lines.push(
      ['from Cloud Storage through imports into the twin: resources/s; peak resident memory, MB', figures(report)],
      [
        'the same, report of the load',
        same([report.totals, report.tables, report.errors], [expected.totals, expected.tables, expected.errors])
      ]
    )

    await create(token, 'killed')
    storage.requests.length = 0
    const victim = ingest('killed')
    let seen = 0
    storage.fault = (request) => {
      if (isImported(request) && ++seen > pieces / 2) victim.child.kill('SIGKILL')
      return undefined
    }
    const ended = await victim.ended
    storage.fault = () => undefined
    if (ended.signal !== 'SIGKILL') throw new Error(`the load that was to be killed ended with ${ended.code}: ${ended.err}`)
    const again = await reportOf(ingest('killed'))
    const { created, updated, unchanged } = again.totals
    lines.push(
      ['killed when half was imported, and run again: resources/s of the second run; peak resident memory, MB', figures(again)],
      ['the second run: created; updated; unchanged', [created, updated, unchanged].map(show).join('; ')]
    )
    const audit = await reportOf(start(env, 'audit', 'verify', '--json', '--store', `${PARENT}/whole`, '--state', 'gs://b/state-whole'))
    lines.push(['audit log of the first load', JSON.stringify(audit)])
  } finally {
    twin.child.kill()
    await twin.ended
    for (const end of ends) await end()
  }
  const files = readdirSync(join(state, 'twin'), { recursive: true }).filter((name) => name.endsWith('.db'))
  for (const file of files) lines.push([`resources after ${file}`, same(await contents(join(state, 'twin', file)), wanted)])
  return lines
}

/** An object of resources that the twin reads. */
function isImported({ method, url }) {
  return method === 'GET' && url.includes('alt=media') && url.includes(encodeURIComponent(`${STAGING}/loads/`))
}

/** Starts `wardbridge ...`. */
function start(env, ...words) {
  const child = spawn(process.execPath, [CLI, ...words], { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } })
  let out = ''
  let err = ''
  child.stdout.setEncoding('utf8').on('data', (text) => (out += text))
  child.stderr.setEncoding('utf8').on('data', (text) => (err += text))
  const ended = new Promise((resolve) => child.on('close', (code, signal) => resolve({ code, signal, out, err })))
  return { child, ended }
}

async function reportOf({ ended }) {
  const { code, out, err } = await ended
  if (code !== 0) throw new Error(`a command ended with ${code}: ${err}`)
  return JSON.parse(out.trim().split('\n').at(-1))
}

async function ready(url) {
  for (let attempt = 0; attempt < 600; attempt++) {
    if (
      await fetch(url).then(
        ({ ok }) => ok,
        () => false
      )
    )
      return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error(`${url} did not answer`)
}

/** Makes a FHIR store as the API does. */
async function create(token, id) {
  const answer = await fetch(`http://127.0.0.1:${PORT}/v1/${PARENT}?fhirStoreId=${id}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ version: 'R4', enableUpdateCreate: true, disableReferentialIntegrity: true })
  })
  if (!answer.ok) throw new Error(`${answer.status}: ${await answer.text()}`)
}

/** Of each type: how many, and a digest of ids and content without meta.versionId and lastUpdated. */
async function contents(file) {
  const store = await openSqliteStore(file)
  const types = {}
  for (const type of Object.keys(await store.counts()).sort()) {
    const prints = []
    for await (const { id, body } of store.each(type)) {
      prints.push(hash('sha256', `${id}\n${splitBody(body.toString(), id).content}`, 'base64'))
    }
    // Stores list resources each in an order of its own.
    types[type] = `${prints.length} ${hash('sha256', prints.sort().join(), 'hex')}`
  }
  await store.close()
  return types
}

/** `equal`, or where two values differ. */
function same(found, wanted) {
  const [a, b] = [found, wanted].map((one) => JSON.stringify(one))
  if (a === b) return Array.isArray(wanted) ? 'equal' : `equal in all ${Object.keys(wanted).length} types`
  const at = [...a].findIndex((character, n) => character !== b[n])
  return `DIFFERENT at ${a.slice(Math.max(0, at - 80), at + 80)} instead of ${b.slice(Math.max(0, at - 80), at + 80)}`
}

function figures({ resourcesPerSecond, peakRssMb }) {
  return `${show(resourcesPerSecond)}; ${show(peakRssMb)}`
}

const show = (number) => number.toLocaleString('en-US')
