/**
 * docs/mappings/<pack>.coverage.json: what became of every cell of the MIMIC-III demo, as counts; then the pages made from it (mappings.js). Run after
 * `npm run build`, with the tables of the demo in ../shared/data/mimic-iii-demo or in a folder given as argument.
 *
 * Nothing of a patient goes into the file: numbers, names of columns and types, and values that stand in the code maps anyway.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { readPack } from '../../dist/files/packs.js'
import { arrange, layoutOf, parseBlock, readHeader } from '../../dist/ingest/csv.js'
import { cellRanges, keptRanges } from '../../dist/lineage/cells.js'
import { packFingerprint } from '../../dist/lineage/fingerprint.js'
import { dependencies } from '../../dist/mapping/codemap.js'
import { compilePack, loadPack, mergeContributions, sourceColumns, Tracer } from '../../dist/mapping/index.js'

const PACK = 'mimic-iii'
const folder = process.argv[2] ?? fileURLToPath(new URL('../../../shared/data/mimic-iii-demo', import.meta.url))
const begun = performance.now()
const tracer = new Tracer()
const model = loadPack(await readPack(PACK))
const mapping = packFingerprint(model)
const pack = compilePack(model, { source: 'urn:example:mimic-iii-demo', tracer })
const looks = new Map()
/** Code map -> the columns that rows of it depend on. */
const needs = new Map()
const tables = {}

for (const name of pack.order.filter((one) => pack.tables.get(one).disposition === 'dictionary')) {
  const rows = readTable(name)
  const refused = pack.setDictionary(name, rows).length
  tables[name] = {
    rows: rows.length,
    dictionary: rows.length - refused,
    rejected: refused,
    resources: { CodeSystem: 1 },
    columns: filledOnly(name, rows)
  }
}

const rest = pack.order.filter((one) => pack.tables.get(one).disposition !== 'dictionary')
const merged = gather(rest.filter((name) => pack.tables.get(name).contributes))
for (const name of rest) tables[name] = cover(name)

const file = new URL(`../mappings/${PACK}.coverage.json`, import.meta.url)
writeFileSync(
  file,
  `${layout({ pack: PACK, mapping, data: 'MIMIC-III demo v1.4, 100 patients', tables: sorted(tables), maps: mapCounts() })}\n`
)
process.stderr.write(`${fileURLToPath(file)} in ${((performance.now() - begun) / 1000).toFixed(1)} s\n`)
await import('./mappings.js')

/** The rows of a table in the order of the mapping's columns (of the file, where the mapping has none). */
function readTable(name) {
  const path = `${folder}/${name.toUpperCase()}.csv.gz`
  if (!existsSync(path)) return []
  const bytes = gunzipSync(readFileSync(path))
  const names = readHeader({ bytes, line: 1 }, path)
  const layout = layoutOf(names, pack.tables.get(name).columns, new Set(), path)
  const { rows, bad } = parseBlock({ bytes: bytes.subarray(bytes.indexOf(10) + 1), line: 2 }, names)
  if (bad.length > 0) throw new Error(`${path}: ${bad.length} rows cannot be read`)
  return rows.map((row) => arrange(row, layout))
}

/** What rows give to the resources of others, by the id of these. */
function gather(names) {
  const all = []
  for (const name of names) {
    const table = pack.tables.get(name)
    for (const row of readTable(name)) {
      const given = table.contribute(row)
      if (Array.isArray(given)) for (const one of given) all.push(one)
    }
  }
  return mergeContributions(all)
}

function cover(name) {
  const table = pack.tables.get(name)
  const rows = readTable(name)
  if (table.disposition === 'unmapped') return { rows: rows.length, unmapped: rows.length }
  const columns = table.columns.map(() => ({ filled: 0, coded: 0, value: 0, text: 0, decides: 0, kept: 0, only: 0, implied: 0, missed: 0 }))
  const codable = codableColumns(name)
  const shared = new Set([...table.shared].filter((as) => model.tables.get(name).merges.some(({ into }) => into.space === as)))
  const counts = { rows: rows.length, mapped: 0, merged: 0, rejected: 0 }
  const resources = new Map()
  const seen = new Set()
  for (const cells of rows) {
    const missed = new Set()
    const looked = new Set()
    tracer.onLook = (look) => looked.add(countKey(look))
    const values = table.mergedFrom.length === 0 ? undefined : new Map(table.targetIds(cells).flatMap((id) => [...(merged.get(id) ?? [])]))
    const made = table.apply(cells, values, (column) => missed.add(column))
    tracer.onLook = undefined
    if (!Array.isArray(made)) {
      counts.rejected++
      continue
    }
    for (const key of looked) looks.set(key, (looks.get(key) ?? 0) + 1)
    counts[table.isMerged(made) ? 'merged' : 'mapped']++
    const given = table.contributes ? table.contribute(cells).map(({ value }) => value) : []
    const states = new Map(table.columns.map(({ name: column }) => [column, { coded: false, stands: false, decides: false, kept: false }]))
    for (const { as, type, id, text } of made) {
      const first = !table.shared.has(as) || !seen.has(`${as}/${id}`)
      if (first && table.shared.has(as)) seen.add(`${as}/${id}`)
      if (first) resources.set(type, (resources.get(type) ?? 0) + 1)
      note(name, tracer.read(text), states, shared.has(as) ? itemsOf(id) : [])
    }
    for (const value of given) note(name, tracer.read(value), states, [])
    table.columns.forEach((column, index) => {
      if (cells[index] === '') return
      const tally = columns[index]
      const { coded, stands, decides, kept } = states.get(column.name)
      tally.filled++
      if (coded) tally.coded++
      else if (stands) tally[codable.has(index) ? 'text' : 'value']++
      else if (kept) tally.only++
      else if (decides) tally.decides++
      else tally.implied++
      if (kept) tally.kept++
      if (missed.has(column.name)) tally.missed++
    })
  }
  return { ...counts, resources: sorted(Object.fromEntries(resources)), columns: named(name, columns) }
}

/** What rows of any table have given to a resource, without marks. */
function itemsOf(id) {
  return [...(merged.get(id)?.values() ?? [])].flat().map((value) => tracer.read(value).text)
}

/** Takes down what a text says about the cells of a row of a table. others: pieces that may come from other rows of the same table. */
function note(name, traced, states, others) {
  const { text } = traced
  const foreign = others.map((piece) => [text.indexOf(piece), text.indexOf(piece) + piece.length])
  for (const { start, end, table, column, form, role } of [...cellRanges(traced), ...keptRanges(text, name)]) {
    const state = table === name ? states.get(column) : undefined
    if (state === undefined || foreign.some(([from, to]) => from <= start && end <= to)) continue
    // Of the columns of a code map the first one is translated, the others say how.
    if (role === 'decides' || (form?.kind === 'map' && !isTranslated(name, form, column))) state.decides = true
    else if (role === 'kept') state.kept = true
    else {
      state.stands = true
      state.coded ||= isStandard(form, text.slice(Math.max(0, start - 300), start), text.slice(start, end))
    }
  }
}

function isTranslated(name, { from }, column) {
  const table = model.tables.get(name)
  return sourceColumns(table, from[0]).some((index) => table.columns[index].name === column)
}

/** Whether a form gave a code of a system that is not our own. */
function isStandard(form, before, fragment) {
  if (form.kind === 'map' && form.result !== 'code') return systemsIn(fragment).some((system) => !isOwn(system))
  const [, system] = /"system":"([^"]*)",(?:"version":"[^"]*",)?"code":$/.exec(before) ?? []
  if (system !== undefined) return !isOwn(system)
  return form.kind === 'map' && form.result === 'code'
}

function systemsIn(fragment) {
  return [...fragment.matchAll(/"system":"([^"]*)","code"/g)].map((match) => match[1])
}

function isOwn(system) {
  return system.startsWith(`${model.canonical}/`)
}

/** Columns that may give a standard code: a cell of theirs that gives none is kept as text. */
function codableColumns(name) {
  const table = model.tables.get(name)
  const found = new Set()
  const visit = (form, system) => {
    if (form === null || typeof form !== 'object') return
    if (Array.isArray(form)) for (const one of form) visit(one, system)
    else if (form.kind === 'map' || form.kind === 'icd9' || (system && (form.kind === 'column' || form.kind === 'lookup')))
      for (const column of form.from?.slice(0, 1) ?? form.key ?? [form.column])
        for (const cell of sourceColumns(table, column)) found.add(cell)
    if (form.kind === 'object') {
      const given = form.members.find((one) => one.name === 'system')?.form
      const standard = given?.kind === 'literal' && !isOwn(JSON.parse(given.json))
      for (const member of form.members) visit(member.choice ?? member.form, member.name === 'code' && standard)
    } else if (!Array.isArray(form)) {
      for (const part of [form.items, form.whenTrue, form.otherwise, form.display, form.code, form.form, form.choice]) visit(part, system)
    }
  }
  for (const resource of table.resources) visit(resource.members, false)
  for (const merge of table.merges)
    visit(
      merge.slots.map((slot) => slot.form),
      false
    )
  return found
}

function countKey({ map, names, cells }) {
  const others = Object.fromEntries(names.slice(1).map((column, index) => [column, cells[index + 1]]))
  return JSON.stringify([map.name, cells[0], dependent(map, others)])
}

/** Of the other cells only what rows of the map depend on. */
function dependent(map, others) {
  let names = needs.get(map)
  if (names === undefined) needs.set(map, (names = dependencies(map)))
  return Object.fromEntries(Object.entries(others).filter(([column]) => names.has(column)))
}

/** Per code map, per source code: rows by the conditions of its targets (`""` where none holds). Values that no map has are left out. */
function mapCounts() {
  const maps = new Map([...looks.keys()].map((key) => [JSON.parse(key)[0], {}]))
  const models = new Map()
  const visit = (value) => {
    if (value === null || typeof value !== 'object') return
    if (value.rows instanceof Map && typeof value.name === 'string') models.set(value.name, value)
    else for (const part of value instanceof Map ? value.values() : Object.values(value)) visit(part)
  }
  visit(model.tables)
  for (const [key, count] of looks) {
    const [name, code, others] = JSON.parse(key)
    const targets = models.get(name)?.rows.get(code)
    if (targets === undefined) continue
    const row = (maps.get(name)[code] ??= {})
    const holding = targets
      .flat()
      .filter((target) => target.dependsOn.length > 0 && target.dependsOn.every((d) => others[d.property] === d.value))
    for (const condition of new Set(holding.length === 0 ? [''] : holding.map((target) => conditionText(target.dependsOn))))
      row[condition] = (row[condition] ?? 0) + count
  }
  return sorted(Object.fromEntries([...maps].map(([name, rows]) => [name, sorted(rows)])))
}

function conditionText(dependsOn) {
  return dependsOn.map(({ property, value }) => `${property}=${value}`).join(', ')
}

function filledOnly(name, rows) {
  const columns = pack.tables.get(name).columns.map((column, index) => {
    const filled = rows.filter((row) => row[index] !== '').length
    return { filled, value: column.lossy === undefined ? filled : 0 }
  })
  return named(name, columns)
}

/** Tallies under the names of their columns, without zeros. */
function named(name, columns) {
  const short = (tally) => Object.fromEntries(Object.entries(tally).filter(([, count]) => count > 0))
  return Object.fromEntries(pack.tables.get(name).columns.map((column, index) => [column.name, short(columns[index])]))
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
