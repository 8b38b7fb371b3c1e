#!/usr/bin/env node
/**
 * Point reads, searches and durable commits on an embedded store of lab Observations, without HTTP.
 * Usage: node bench/store-access.mjs [resources=100000]
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fill, labObservation, PER_PATIENT, uuid } from './store-data.mjs'

const dist = process.env.WARDBRIDGE_DIST ?? new URL('../dist/', import.meta.url).href
const load = (name) => import(new URL(name, dist).href)
const { openSqliteStore } = await load('store/sqlite/store.js')
const { parseSearch } = await load('fhir/search-query.js')

const resources = Number(process.argv[2] ?? 100_000)
const folder = mkdtempSync(join(tmpdir(), 'wardbridge-bench-'))
const store = await openSqliteStore(join(folder, 'store.db'), { searchSeconds: 60 })
await fill(store, resources)
const patient = uuid('patient', Math.floor(resources / PER_PATIENT / 2))
const year = 2100 + (Math.floor(resources / PER_PATIENT / 2) % 80)

console.log(`resources ${resources}, RSS ${Math.round(process.memoryUsage.rss() / 1e6)} MB`)
await rate('read by id', 5000, (n) => store.read('Observation', labObservation((n * 7919) % resources).id))
for (const query of [
  '_id=' + labObservation(55 % resources).id,
  `patient=${patient}`,
  `patient=${patient}&date=ge${year}-01-20`,
  `patient=${patient}&code=urn:example:mimic:d-labitems|50900`,
  `patient=${patient}&code=50900&date=ge${year}-01-02`,
  'identifier=urn:example:mimic:labevents|777',
  'code=50900',
  `code=50900&date=ge${year}-01-02`,
  `date=ge${year}-01-05&date=lt${year}-01-06`,
  'value-quantity=gt199.8',
  'code=50900&value-quantity=gt199',
  'status=final&category=laboratory',
  'code=50900,50901,50902',
  'encounter:missing=true',
  'status:not=final',
  'code=50900&_total=accurate',
  'status=final&_summary=count',
  ''
]) {
  await search(query)
}
for (const clients of [1, 16]) await commits(clients, 1)
await commits(4, 100)
console.log(`RSS ${Math.round(process.memoryUsage.rss() / 1e6)} MB`)
await store.close()
rmSync(folder, { recursive: true })

async function rate(name, times, work) {
  const start = performance.now()
  for (let n = 0; n < times; n++) await work(n)
  console.log(`${name}: ${Math.round((times / (performance.now() - start)) * 1000)}/s`)
}

async function search(query) {
  const parsed = parseSearch('Observation', [...new URLSearchParams(query), ['_count', '20']], { handling: 'strict' })
  const times = []
  let page
  for (let n = 0; n < 21 && (n < 3 || times.reduce((a, b) => a + b, 0) < 3000); n++) {
    const start = performance.now()
    page = await store.search(parsed)
    times.push(performance.now() - start)
  }
  const sorted = [...times].sort((a, b) => a - b)
  const shown = query.replace(patient, 'P')
  console.log(
    `${shown || '(all)'}: ${page.resources.length}${page.total === undefined ? '' : ` of ${page.total}`}, median ${sorted[sorted.length >> 1].toFixed(2)} ms, first ${times[0].toFixed(2)} ms`
  )
}

async function commits(clients, size) {
  const rounds = Math.ceil(1600 / clients / size)
  let next = 10_000_000 * clients + size
  const start = performance.now()
  const one = async () => {
    for (let n = 0; n < rounds; n++) {
      await store.commit(Array.from({ length: size }, () => ({ method: 'put', type: 'Observation', ...labObservation(next++) })))
    }
  }
  await Promise.all(Array.from({ length: clients }, one))
  const seconds = (performance.now() - start) / 1000
  console.log(
    `durable commits, ${clients} at a time, ${size} resources each: ${Math.round((clients * rounds) / seconds)} commits/s, ${Math.round((clients * rounds * size) / seconds)} resources/s`
  )
}
