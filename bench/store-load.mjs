#!/usr/bin/env node
/**
 * Bulk load of lab Observations (about 700 bytes, as mapped from LABEVENTS) into the embedded store: what a stage costs in a worker,
 * what a merge costs in the writer thread, and both together with one staging worker.
 * Usage: node bench/store-load.mjs [resources=100000] [stage size=30000] [--again]
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { labObservation } from './store-data.mjs'

const dist = process.env.WARDBRIDGE_DIST ?? new URL('../dist/', import.meta.url).href

if (isMainThread) await main()
else await stageAll()

async function main() {
  const again = process.argv.includes('--again')
  const [resources = 100_000, size = 30_000] = process.argv
    .slice(2)
    .filter((a) => !a.startsWith('-'))
    .map(Number)
  const folder = mkdtempSync(join(tmpdir(), 'wardbridge-bench-'))
  const file = join(folder, 'store.db')
  const { openSqliteStore } = await import(new URL('store/sqlite/store.js', dist).href)
  const store = await openSqliteStore(file)
  for (let round = 0; round < (again ? 2 : 1); round++) console.log(JSON.stringify(await load(store, resources, size)))
  await store.close()
  console.log(JSON.stringify({ fileMb: mb(statSync(file).size), bytesPerResource: Math.round(statSync(file).size / resources) }))
  rmSync(folder, { recursive: true })
}

async function load(store, resources, size) {
  const session = await store.bulk({ refuseRepeats: true })
  const start = performance.now()
  let mergeMs = 0
  let stageMs = 0
  let peak = 0
  const rates = []
  const totals = { created: 0, updated: 0, unchanged: 0 }
  const worker = new Worker(new URL(import.meta.url), { workerData: { stage: session.stage, resources, size } })
  await new Promise((resolve, reject) => {
    let chain = Promise.resolve()
    worker.on('error', reject)
    worker.on('message', ({ handle, ms }) => {
      if (handle === undefined) return void chain.then(resolve, reject)
      stageMs += ms
      chain = chain.then(async () => {
        const from = performance.now()
        const { byType } = await session.merge(handle)
        const took = performance.now() - from
        mergeMs += took
        rates.push(Math.round((handle.resources / took) * 1000))
        for (const key of Object.keys(totals)) totals[key] += byType.Observation[key]
        peak = Math.max(peak, process.memoryUsage.rss())
        worker.postMessage('more')
      })
      chain.catch(reject)
    })
  })
  const merged = performance.now() - start
  await session.finish()
  return {
    resources,
    size,
    ...totals,
    stagePerSecond: Math.round((resources / stageMs) * 1000),
    mergePerSecond: Math.round((resources / mergeMs) * 1000),
    firstMerge: rates[0],
    lastMerge: rates.at(-1),
    bothPerSecond: Math.round((resources / merged) * 1000),
    finishMs: Math.round(performance.now() - start - merged),
    peakRssMb: mb(peak)
  }
}

async function stageAll() {
  const { stage: where, resources, size } = workerData
  const { openStage } = await import(where.module)
  let ahead = 2
  let wake = () => {}
  parentPort.on('message', () => {
    ahead++
    wake()
  })
  for (let from = 0; from < resources; from += size) {
    if (ahead === 0) await new Promise((resolve) => (wake = resolve))
    ahead--
    const batch = Array.from({ length: Math.min(size, resources - from) }, (_, n) => labObservation(from + n))
    const start = performance.now()
    const stage = openStage(where.options)
    for (const [n, { id, text }] of batch.entries()) stage.add('Observation', id, text, JSON.parse(text), from + n)
    const handle = stage.finish()
    parentPort.postMessage({ handle, ms: performance.now() - start })
  }
  parentPort.postMessage({})
  parentPort.close()
}

function mb(bytes) {
  return Math.round(bytes / 1e6)
}
