/** The packs over the real tables: every row of the MIMIC-III demo that is mapped so far. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import Papa from 'papaparse'
import t from 'tap'
import { validateResource } from '#wardbridge/fhir/validate.js'
import { type CompiledPack, mergeContributions } from '#wardbridge/mapping/index.js'
import type { Contribution, MappedResource } from '#wardbridge/mapping/types.js'
import { installed, mergedFor, tableOf } from './support.js'

const folder = fileURLToPath(new URL('../../../shared/data/mimic-iii-demo/', import.meta.url))

/** Resources per id space, counted from the tables (docs/mappings/mimic-iii.md). */
const COUNTS = {
  patient: 100,
  encounter: 129,
  coverage: 129,
  account: 129,
  'icu-stay': 136,
  caregiver: 7567,
  'caregiver-role': 7521,
  condition: 1761,
  lab: 76074,
  'chart-date': 15551,
  output: 11320,
  prescription: 10398,
  'input-cv': 34799,
  'input-mv': 13224,
  'icu-procedure': 729,
  'icd-procedure': 506,
  charge: 1579,
  'billed-procedure': 429,
  'cost-center': 2,
  callout: 77,
  'icu-event': 24,
  location: 36,
  specimen: 992,
  culture: 1095,
  susceptibility: 971
}

function read(pack: CompiledPack, name: string): string[][] {
  const text = gunzipSync(readFileSync(join(folder, `${name.toUpperCase()}.csv.gz`))).toString()
  const [header = [], ...rows] = Papa.parse<string[]>(text, { skipEmptyLines: true }).data
  const names = header.map((column) => column.toLowerCase())
  const order = tableOf(pack, name).columns.map((column) => names.indexOf(column.name))
  return rows.map((row) => order.map((index) => row[index] ?? ''))
}

const absent = existsSync(folder) ? false : 'needs the MIMIC-III demo in ../shared/data/mimic-iii-demo'

t.test('the MIMIC-III demo', { skip: absent }, async (t) => {
  const pack = await installed('mimic-iii', { source: 'urn:example:mimic-iii-demo' })
  // The chart is too large to be held like this: traps/chart-demo.test.ts goes through it.
  const names = pack.order.filter((name) => tableOf(pack, name).disposition !== 'unmapped' && name !== 'chartevents')
  const rows = new Map(names.map((name) => [name, read(pack, name)]))

  for (const name of names.filter((name) => tableOf(pack, name).disposition === 'dictionary')) {
    const table = rows.get(name) ?? []
    t.same(pack.setDictionary(name, table), [], `no row of ${name} is refused`)
    const resource = pack.dictionaryResources().find((one) => one.id === pack.dictionaryId(name))
    t.same(validateResource(JSON.parse(resource?.text ?? '')), [], `the CodeSystem of ${name} is valid`)
    const lossy = tableOf(pack, name).columns.map((column) => column.lossy !== undefined)
    const wanted = table.map((row) => row.map((cell, index) => (lossy[index] ? '' : cell)))
    t.same(pack.invertDictionary(name, resource?.text ?? ''), wanted, `${name} comes back from it`)
  }

  const mapped = names.filter((name) => tableOf(pack, name).disposition === 'mapped')
  const merged = mergeContributions(
    mapped.flatMap((name) => (rows.get(name) ?? []).flatMap((row) => tableOf(pack, name).contribute(row) as Contribution[]))
  )
  const ids = new Map<string, Set<string>>()
  const holders = new Set(mapped.flatMap((name) => tableOf(pack, name).homes.flatMap(({ as, item }) => (item ? [as] : []))))
  /** Resources of which rows are items, by id, and the rows that are items of them, by table. */
  const held = new Map<string, string>()
  const items = new Map<string, string[]>()
  const unmapped: Record<string, number> = {}
  const known = new Set<string>()
  const referred = new Set<string>()
  for (const name of mapped) {
    const table = tableOf(pack, name)
    let invalid = 0
    let different = 0
    for (const row of rows.get(name) ?? []) {
      const made = table.apply(row, mergedFor(table, row, merged), (column, value) => {
        unmapped[`${column}=${value}`] = (unmapped[`${column}=${value}`] ?? 0) + 1
      }) as MappedResource[]
      for (const { as, type, id, text } of made) {
        ids.set(as, (ids.get(as) ?? new Set()).add(id))
        if (holders.has(as)) held.set(id, text)
        known.add(`${type}/${id}`)
        for (const match of text.matchAll(/"reference":"([^"]+)"/g)) referred.add(match[1] ?? '')
        if (validateResource(JSON.parse(text)).length > 0) invalid++
      }
      if (table.isMerged(made)) {
        const others = items.get(name) ?? []
        others.push(JSON.stringify(row))
        items.set(name, others)
        continue
      }
      const back = table.invert(new Map(made.map(({ as, text }) => [as, text])))
      if (table.columns.some((column, index) => column.lossy === undefined && back[index] !== row[index])) different++
    }
    t.equal(invalid, 0, `every resource of ${name} is valid`)
    t.equal(different, 0, `every row of ${name} comes back, column by column`)
  }
  for (const [name, rows] of items) {
    const back = [...held].flatMap(([id, text]) =>
      tableOf(pack, name)
        .rowsIn(text, id, true)
        .map(({ cells }) => JSON.stringify(cells))
    )
    t.ok(back.sort().join('\n') === rows.sort().join('\n'), `every row of ${name} that is an item comes back from it, column by column`)
  }
  t.match(Object.fromEntries([...ids].map(([as, found]) => [as, found.size])), COUNTS, 'resources per id space')
  t.same(
    unmapped,
    { 'enddate=before startdate': 39, 'endtime=before starttime': 22 },
    'every value has a row in its code map; ends before their starts are counted'
  )
  t.same(
    [...referred].filter((reference) => !known.has(reference)),
    [],
    'every reference between resources resolves'
  )
})
