/**
 * docs/mappings/<pack>.coverage.json: what became of every cell of the MIMIC-III demo, as counts; then the pages made from it (mappings.js). Run after
 * `npm run build`, with the tables of the demo in ../shared/data/mimic-iii-demo or in a folder given as argument.
 *
 * Nothing of a patient goes into the file: numbers, names of columns and types, and values that stand in the code maps anyway.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { gunzipSync } from 'node:zlib'
import { readPack } from '../../dist/files/packs.js'
import { arrange, layoutOf, parseBlock, readHeader } from '../../dist/ingest/csv.js'
import { packFingerprint } from '../../dist/lineage/fingerprint.js'
import { dependencies } from '../../dist/mapping/codemap.js'
import { compilePack, loadPack, mergeContributions, Tracer } from '../../dist/mapping/index.js'
import { CellCounter } from './coverage-cells.js'

const PACK = 'mimic-iii'
const DATA = 'MIMIC-III demo v1.4, 100 patients'
/** Between the parts of a key: stands in no cell. */
const CUT = '\u0000'
/** Code map -> positions of the columns that its rows depend on. */
const needs = new Map()

const model = loadPack(await readPack(PACK))
const mapping = packFingerprint(model)
const tracer = new Tracer()
const pack = compilePack(model, { source: 'urn:example:mimic-iii-demo', tracer })

if (isMainThread) await main()
else parentPort.postMessage(count(workerData))

async function main() {
  const begun = performance.now()
  const folder = process.argv[2] ?? fileURLToPath(new URL('../../../shared/data/mimic-iii-demo', import.meta.url))
  const shares = availableParallelism()
  const parts = await Promise.all(Array.from({ length: shares }, (_, share) => work({ folder, share, shares })))
  const tables = Object.fromEntries(
    pack.order.map((name) => [
      name,
      joined(
        name,
        parts.map((part) => part.tables[name])
      )
    ])
  )
  const looks = new Map()
  for (const part of parts) for (const [key, times] of part.looks) looks.set(key, (looks.get(key) ?? 0) + times)
  const file = new URL(`../mappings/${PACK}.coverage.json`, import.meta.url)
  writeFileSync(file, `${layout({ pack: PACK, mapping, data: DATA, tables: sorted(tables), maps: mapCounts(looks) })}\n`)
  process.stderr.write(`${fileURLToPath(file)} in ${((performance.now() - begun) / 1000).toFixed(1)} s\n`)
  await import('./mappings.js')
}

function work(data) {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: data })
    worker.once('message', resolve)
    worker.once('error', reject)
  })
}

/** In a worker: one of `shares` rows, of every table. */
function count({ folder, share, shares }) {
  const tables = {}
  const looks = new Map()
  for (const [name, table] of pack.tables) {
    if (table.disposition !== 'dictionary') continue
    const rows = readTable(folder, name)
    const refused = pack.setDictionary(name, rows).length
    if (share > 0) continue
    const counts = { rows: rows.length, dictionary: rows.length - refused, rejected: refused }
    tables[name] = { counts, resources: { CodeSystem: 1 }, shared: [], columns: filledOnly(table, rows) }
  }
  const merged = gather(folder)
  for (const [name, table] of pack.tables)
    if (table.disposition !== 'dictionary')
      tables[name] = cover(
        table,
        readTable(folder, name).filter((_, index) => index % shares === share),
        merged,
        looks
      )
  return { tables, looks }
}

/** The rows of a table in the order of the mapping's columns (of the file, where the mapping has none). */
function readTable(folder, name) {
  const path = `${folder}/${name.toUpperCase()}.csv.gz`
  if (!existsSync(path)) return []
  const bytes = gunzipSync(readFileSync(path))
  const names = readHeader({ bytes, line: 1 }, path)
  const layoutOfFile = layoutOf(names, pack.tables.get(name).columns, new Set(), path)
  const { rows, bad } = parseBlock({ bytes: bytes.subarray(bytes.indexOf(10) + 1), line: 2 }, names)
  if (bad.length > 0) throw new Error(`${path}: ${bad.length} rows cannot be read`)
  return rows.map((row) => arrange(row, layoutOfFile))
}

/** What rows give to the resources of others, by the id of these. */
function gather(folder) {
  const all = []
  for (const [name, table] of pack.tables) {
    if (!table.contributes || table.disposition !== 'mapped') continue
    for (const row of readTable(folder, name)) {
      const given = table.contribute(row)
      if (Array.isArray(given)) for (const one of given) all.push(one)
    }
  }
  return mergeContributions(all)
}

function cover(table, rows, merged, looks) {
  if (table.disposition === 'unmapped') return { counts: { rows: rows.length, unmapped: rows.length }, resources: {}, shared: [] }
  const tableModel = model.tables.get(table.table)
  const cells = new CellCounter(tableModel, table.columns.length, model.canonical)
  // Resources to which rows of this very table add: what others added to them is not this row's.
  const common = new Set([...table.shared].filter((as) => tableModel.merges.some(({ into }) => into.space === as)))
  const counts = { rows: rows.length, mapped: 0, merged: 0, rejected: 0 }
  const resources = {}
  const seen = new Set()
  for (const row of rows) {
    const missed = new Set()
    const looked = new Set()
    cells.begin()
    tracer.onLook = (look) => {
      cells.looked(look)
      looked.add(lookKey(look))
    }
    const values = table.mergedFrom.length === 0 ? undefined : new Map(table.targetIds(row).flatMap((id) => [...(merged.get(id) ?? [])]))
    const made = table.apply(row, values, (column) => missed.add(column))
    tracer.onLook = undefined
    if (!Array.isArray(made)) {
      counts.rejected++
      continue
    }
    for (const key of looked) looks.set(key, (looks.get(key) ?? 0) + 1)
    counts[table.isMerged(made) ? 'merged' : 'mapped']++
    for (const { as, type, id, text } of made) {
      if (table.shared.has(as)) seen.add(`${type}/${id}`)
      else resources[type] = (resources[type] ?? 0) + 1
      const others = common.has(as) ? [...(merged.get(id)?.values() ?? [])].flat() : []
      cells.made(
        tracer.read(text),
        others.map((value) => tracer.read(value).text)
      )
    }
    const given = table.contributes ? table.contribute(row) : []
    for (const { value } of given) cells.made(tracer.read(value), [])
    cells.end(row, missed)
  }
  return { counts, resources, shared: [...seen], columns: cells.tallies }
}

/** Of the cells of a look-up the first, and those that rows of the map depend on. */
function lookKey({ map, names, cells }) {
  let needed = needs.get(map)
  if (needed === undefined) {
    const wanted = dependencies(map)
    needs.set(map, (needed = names.flatMap((name, index) => (index > 0 && wanted.has(name) ? [index] : []))))
  }
  return [map.name, cells[0], ...needed.map((index) => `${names[index]}=${cells[index]}`)].join(CUT)
}

/** The counts of a table from those of the workers. */
function joined(name, parts) {
  const found = parts.filter((part) => part !== undefined)
  const add = (objects) => {
    const sum = {}
    for (const object of objects) for (const [key, value] of Object.entries(object)) sum[key] = (sum[key] ?? 0) + value
    return sum
  }
  const shared = new Set(found.flatMap((part) => part.shared))
  const types = [...found.map((part) => part.resources), ...[...shared].map((one) => ({ [one.split('/')[0]]: 1 }))]
  const columns = pack.tables.get(name).columns.map((column, index) => {
    const sum = add(found.map((part) => part.columns?.[index] ?? {}))
    return [column.name, Object.fromEntries(Object.entries(sum).filter(([, value]) => value > 0))]
  })
  const counts = add(found.map((part) => part.counts))
  return found[0].columns === undefined ? counts : { ...counts, resources: sorted(add(types)), columns: Object.fromEntries(columns) }
}

/** Per code map, per source code: rows by the conditions of its targets (`""` where none holds). Values that no map has are left out. */
function mapCounts(looks) {
  const maps = new Map()
  const visit = (value) => {
    if (value === null || typeof value !== 'object') return
    if (value.rows instanceof Map && typeof value.name === 'string') maps.set(value.name, { map: value, counts: {} })
    else for (const part of value instanceof Map ? value.values() : Object.values(value)) visit(part)
  }
  visit(model.tables)
  for (const [key, times] of looks) {
    const [name, code, ...others] = key.split(CUT)
    const { map, counts } = maps.get(name)
    const targets = map.rows.get(code)
    if (targets === undefined) continue
    const row = (counts[code] ??= {})
    const holds = (target) => target.dependsOn.length > 0 && target.dependsOn.every((d) => others.includes(`${d.property}=${d.value}`))
    const conditions = targets
      .flat()
      .filter(holds)
      .map(({ dependsOn }) => dependsOn.map((d) => `${d.property}=${d.value}`).join(', '))
    for (const condition of conditions.length === 0 ? [''] : new Set(conditions)) row[condition] = (row[condition] ?? 0) + times
  }
  return sorted(Object.fromEntries([...maps].map(([name, { counts }]) => [name, sorted(counts)])))
}

/** A dictionary keeps every cell but those of lossy columns. */
function filledOnly(table, rows) {
  return table.columns.map((column, index) => {
    const filled = rows.filter((row) => row[index] !== '').length
    return { filled, value: column.lossy === undefined ? filled : 0 }
  })
}

function sorted(object) {
  return Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** JSON with a line per column and per row of a map, as the formatter leaves it. */
function layout(value, depth = 0, before = 0) {
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  const entries = Object.entries(value)
  const parts = (inner) => entries.map(([name, one]) => `${JSON.stringify(name)}: ${inner(name, one)}`)
  const flat = entries.every(([, one]) => typeof one !== 'object') ? `{ ${parts((_, one) => JSON.stringify(one)).join(', ')} }` : undefined
  if (entries.length === 0) return '{}'
  if (depth > 2 && flat !== undefined && before + flat.length < 138) return flat
  const indent = '  '.repeat(depth + 1)
  const lines = parts((name, one) => layout(one, depth + 1, indent.length + name.length + 4))
  return `{\n${lines.map((line) => indent + line).join(',\n')}\n${'  '.repeat(depth)}}`
}
