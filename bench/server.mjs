/**
 * The FHIR server on the embedded store at 10,000, 100,000 and 1,000,000 resources: reads, searches, durable creates and transactions over HTTP,
 * each with the delay of the event loop meanwhile. Yardstick of the reads: Fastify sending the same bytes from memory, in turns with them.
 */
import { spawn } from 'node:child_process'
import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import autocannon from 'autocannon'
import { openSqliteStore } from '../dist/store/sqlite/store.js'
import { CLI, median, spread, wardbridge } from './measure.mjs'
import { fill, labObservation, PER_PATIENT, uuid } from './store-data.mjs'

export const title = 'The FHIR server'

const SIZES = [10_000, 100_000, 1_000_000]
const SECONDS = 3
const MIB = 2 ** 20

export async function bench({ folder, runs }) {
  const rows = []
  for (const size of SIZES) {
    const state = join(folder, `server-${size}`)
    mkdirSync(state)
    const store = join(state, 'store.db')
    const loading = await openSqliteStore(store)
    await fill(loading, size)
    await loading.close()
    const bytes = readdirSync(state).reduce((sum, name) => sum + statSync(join(state, name)).size, 0)
    const name = `${size.toLocaleString('en-US')} resources`
    rows.push([`${name}: MiB on disk per 100,000`, (bytes / MIB / size) * 100_000].map((one, n) => (n === 0 ? one : one.toFixed(1))))
    rows.push(...(await serve(name, store, state, size, runs)))
    rmSync(state, { recursive: true })
  }
  return rows
}

async function serve(name, store, state, size, runs) {
  const token = await wardbridge('token', '--state', state, '--role', 'administrator')
  const headers = { authorization: `Bearer ${token}` }
  // The first start makes keys and the first account.
  const first = performance.now()
  const newborn = start(CLI, 'serve', '--store', store, '--state', state, '--port', '18080')
  await ready('http://127.0.0.1:18080/readyz')
  const firstStart = performance.now() - first
  newborn.kill()
  await new Promise((resolve) => newborn.on('exit', resolve))
  const began = performance.now()
  const server = start(CLI, 'serve', '--store', store, '--state', state, '--port', '18080')
  const yardstick = start(fileURLToPath(new URL('yardstick.mjs', import.meta.url)), labObservation(0).text)
  try {
    await ready('http://127.0.0.1:18080/readyz')
    const cold = performance.now() - began
    await ready('http://127.0.0.1:18081/')
    const some = Array.from({ length: 500 }, (_, n) => (n * 7919 * 13) % size)
    const patients = some.map((n) => uuid('patient', Math.floor(n / PER_PATIENT)))
    const get = (path) => ({ method: 'GET', path, headers })
    const reads = some.map((n) => get(`/fhir/Observation/${labObservation(n).id}`))
    const rows = [[`${name}: start to ready, ms; the first start with a new state`, `${cold.toFixed(0)}; ${firstStart.toFixed(0)}`]]

    const ratios = []
    const ours = []
    const theirs = []
    for (let run = 0; run < runs; run++) {
      theirs.push(await load(18081, 16, reads))
      ours.push(await load(18080, 16, reads))
      ratios.push(ours.at(-1).rate / theirs.at(-1).rate)
    }
    rows.push([`${name}: Fastify sending the bytes from memory, requests/s`, spread(theirs.map(({ rate }) => rate))])
    rows.push([`${name}: reads by id, 16 connections, requests/s`, spread(ours.map(({ rate }) => rate))])
    rows.push([`${name}: reads by id, 99th percentile, ms`, median(ours.map(({ p99 }) => p99)).toFixed(1)])
    rows.push([`${name}: reads, ratio to Fastify`, spread(ratios, 2)])

    const now = Date.UTC(2026, 0, 1)
    const work = {
      'searches patient=X&_count=20': [16, patients.map((id) => get(`/fhir/Observation?patient=${id}&_count=20`))],
      'searches patient=X&_sort=-date&_count=20': [16, patients.map((id) => get(`/fhir/Observation?patient=${id}&_sort=-date&_count=20`))],
      'searches patient, code and date': [
        16,
        some.map((n, at) =>
          get(`/fhir/Observation?patient=${patients[at]}&code=urn:example:mimic:d-labitems|${50800 + ((n * 7919) % 700)}&date=ge2100-01-02`)
        )
      ],
      'durable creates': [16, some.map((n) => post(headers, '/fhir/Observation', created(now + n)))],
      'transactions of 100': [4, some.slice(0, 20).map((n) => post(headers, '/fhir', transaction(now + n)))]
    }
    const resident = async () => ((await memory(server)) / MIB).toFixed(0)
    let serving
    for (const [what, [connections, requests]] of Object.entries(work)) {
      if (what === 'durable creates') serving = await resident()
      await delay(server)
      const results = []
      for (let run = 0; run < runs; run++) results.push(await load(18080, connections, requests))
      const { max } = await delay(server)
      rows.push([`${name}: ${what}, ${connections} connections, requests/s`, spread(results.map(({ rate }) => rate))])
      rows.push([
        `${name}: ${what}, 99th percentile, ms; longest event-loop delay, ms`,
        `${median(results.map(({ p99 }) => p99)).toFixed(1)}; ${max.toFixed(0)}`
      ])
    }
    rows.push([`${name}: resident memory of the server after reads and searches, MiB`, serving])
    rows.push([`${name}: resident memory of the server after creates and transactions, too, MiB`, await resident()])
    return rows
  } finally {
    server.kill()
    yardstick.kill()
  }
}

/** Runs a script as a process that tells its event-loop delay and memory. */
function start(script, ...words) {
  const preload = fileURLToPath(new URL('event-loop.mjs', import.meta.url))
  return spawn(process.execPath, ['--import', preload, script, ...words], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: { ...process.env, WARDBRIDGE_LOG_LEVEL: 'silent' }
  })
}

async function ready(url) {
  for (let attempt = 0; attempt < 1000; attempt++) {
    const answers = await fetch(url).then(
      (answer) => answer.ok,
      () => false
    )
    if (answers) return
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  throw new Error(`${url} did not answer`)
}

/** Requests a second and 99th percentile in milliseconds. Fails when an answer was not a success: its speed would mean nothing. */
async function load(port, connections, requests) {
  const {
    requests: done,
    latency,
    duration,
    non2xx,
    errors
  } = await autocannon({
    url: `http://127.0.0.1:${port}`,
    connections,
    duration: SECONDS,
    requests
  })
  if (non2xx > 0 || errors > 0)
    throw new Error(`${non2xx} answers were no success, ${errors} requests failed: ${requests[0].method} ${requests[0].path}`)
  return { rate: done.total / duration, p99: latency.p99 }
}

function post(headers, path, body) {
  return { method: 'POST', path, headers: { ...headers, 'content-type': 'application/fhir+json' }, body }
}

/** Without the id: the server gives one. */
function created(n) {
  return labObservation(n).text.replace(/"id":"[^"]*",/, '')
}

/** A Patient and 99 Observations that refer to it by the fullUrl of its entry. */
function transaction(n) {
  const fullUrl = `urn:uuid:${uuid('entry', n)}`
  const patient = { fullUrl, resource: { resourceType: 'Patient', gender: 'unknown' }, request: { method: 'POST', url: 'Patient' } }
  const observations = Array.from({ length: 99 }, (_, at) => ({
    fullUrl: `urn:uuid:${uuid('entry', n * 100 + at)}`,
    resource: JSON.parse(created(n * 100 + at).replace(/"Patient\/[^"]*"/, `"${fullUrl}"`)),
    request: { method: 'POST', url: 'Observation' }
  }))
  return JSON.stringify({ resourceType: 'Bundle', type: 'transaction', entry: [patient, ...observations] })
}

function ask(server, question) {
  return new Promise((resolve) => {
    server.once('message', resolve)
    server.send(question)
  })
}

const delay = (server) => ask(server, 'delay')
const memory = (server) => ask(server, 'memory')
