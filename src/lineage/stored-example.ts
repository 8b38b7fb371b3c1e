/** A row of the store beside one of the resources it became, in the form in which examples are shown. */
import { compactJson } from '../fhir/json.js'
import type { StoredResources } from '../ingest/sink.js'
import { type CompileOptions, compilePack, mergeContributions, type Pack, Tracer } from '../mapping/index.js'
import { align } from './aligned.js'
import { type CellRange, cellRanges, idRanges, keptRanges } from './cells.js'
import { type Example, whoseColumns } from './examples.js'
import type { ResourceText, SourceRow } from './source-row.js'

/**
 * The row is mapped again with a tracer, and what comes out is found again in the stored text: pieces that others added, or somebody changed, are not
 * marked. options: as the store was loaded. Throws what reading dictionaries throws.
 */
export async function storedExample(
  model: Pack,
  options: CompileOptions,
  stored: StoredResources,
  { table: { table: name }, cells }: SourceRow,
  resource: ResourceText
): Promise<Example> {
  const tracer = new Tracer()
  const pack = compilePack(model, { ...options, tracer })
  const table = pack.tables.get(name)
  if (table === undefined) throw new Error(`table ${name} is not in the pack`)
  for (const dictionary of table.dictionaries) {
    const id = pack.dictionaryId(dictionary)
    const text = id === undefined ? undefined : await stored.read('CodeSystem', id)
    if (text !== undefined) pack.setDictionary(dictionary, pack.invertDictionary(dictionary, text))
  }
  const text = compactJson(resource.text)
  const given = table.contribute(cells)
  const gifts = Array.isArray(given) ? given : []
  const merged = new Map([...mergeContributions(gifts).values()].flatMap((slots) => [...slots]))
  const made = table.apply(cells, merged, () => {})
  const own = Array.isArray(made) ? made.filter(({ type, id }) => type === resource.type && id === resource.id) : []
  const ranges = [
    ...own.flatMap(({ as, text: marked }) => {
      const traced = tracer.read(marked)
      const all = [...idRanges(traced.text, model.tables.get(name)!, as), ...cellRanges(traced), ...keptRanges(traced.text, name)]
      return align(all, traced.text, text)
    }),
    ...gifts
      .filter(({ target }) => target === resource.id)
      .flatMap(({ value }) => {
        const traced = tracer.read(value)
        return shifted([...cellRanges(traced), ...keptRanges(traced.text, name)], text.indexOf(traced.text))
      })
  ]
  return {
    table: name,
    line: 0,
    cells: new Map(table.columns.map((column, index) => [column.name, cells[index] ?? ''])),
    key: table.key.map((index) => [table.columns[index]?.name ?? '', cells[index] ?? '']),
    resources: [
      { as: own[0]?.as ?? '', type: resource.type, id: resource.id, text, ranges: distinct(ranges).map((range) => ({ ...range, line: 0 })) }
    ],
    additions: [],
    unmapped: [],
    whose: whoseColumns(model.tables.get(name)!, gifts)
  }
}

function shifted(ranges: readonly CellRange[], by: number): CellRange[] {
  return by < 0 ? [] : ranges.map((range) => ({ ...range, start: range.start + by, end: range.end + by }))
}

function distinct(ranges: readonly CellRange[]): CellRange[] {
  const name = ({ start, end, table, column, role }: CellRange) => `${start} ${end} ${table} ${column} ${role}`
  return [...new Map(ranges.map((range) => [name(range), range])).values()]
}
