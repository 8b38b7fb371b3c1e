/** What has to be written for a row: its resources with what the mapping changes of them, each guarded by the version that was read. */
import { fail } from '../errors.js'
import { parseJson, stringifyJson } from '../fhir/json.js'
import type { CompiledTable, MappedResource, MergedValues } from '../mapping/index.js'
import type { Principal } from '../service/contract.js'
import { wrong } from './cells.js'
import { type Entry, readIfThere } from './resources.js'
import type { Part, Row, Rows } from './rows.js'
import type { TableName } from './tables.js'
import { applyChange } from './three-way.js'

/** undefined: nothing. */
type Merged = MergedValues | undefined

export interface ChangeOptions {
  /** Rows that the new one names, for resources whose id is not the one that the mapping computes. */
  readonly links?: readonly Row[]
  /** What other rows give to the resources of this one, before the change and now. */
  readonly merged?: { readonly before?: Merged; readonly now?: Merged }
  /** What is done to resources beside what the mapping says, by id space; text in, text out. */
  readonly edit?: Readonly<Record<string, (text: string) => string>>
}

type Put = Extract<Entry, { method: 'PUT' }>

/** before: undefined for a new row. Throws rest.column, rest.row for cells that the mapping refuses. */
export function changes(table: CompiledTable, before: Row | undefined, cells: readonly string[], options: ChangeOptions = {}): Entry[] {
  const { links = [], merged = {}, edit = {} } = options
  const all = made(table, cells, merged.now)
  const own = all.filter(({ as }) => !table.shared.has(as)).map((next) => ({ next, current: before?.parts.get(next.as) }))
  const was = before === undefined ? [] : table.apply(before.cells, merged.before, () => {})
  const base = new Map((Array.isArray(was) ? was : []).map(({ as, text }) => [as, text]))
  const renames = [
    ...own.flatMap(({ next, current }) => (current === undefined ? [] : [[next.id, current.id] as const])),
    ...[before, ...links].flatMap((row) => (row === undefined ? [] : computedIds(row)))
  ].filter(([from, to]) => from !== to)
  const rename = (text: string) => renames.reduce((result, [from, to]) => result.replaceAll(from, to), text)

  const put = ({ next, current }: { readonly next: MappedResource; readonly current: Part | undefined }, plain: boolean): Put => {
    const finish = edit[next.as] ?? ((text: string) => text)
    const text = rename(next.text)
    if (current === undefined) return { method: 'PUT', type: next.type, id: rename(next.id), text: finish(text), version: undefined }
    const former = base.get(next.as)
    const careful = () =>
      stringifyJson(applyChange(former === undefined ? undefined : parseJson(rename(former)), parseJson(text), parseJson(current.text)))
    return { method: 'PUT', type: next.type, id: current.id, text: finish(plain ? text : careful()), version: current.versionId }
  }

  const careful = own.map((one) => put(one, false))
  const texts = new Map([
    ...all.map(({ as, text }) => [as, text] as const),
    ...own.map(({ next }, at) => [next.as, careful[at]!.text] as const)
  ])
  const fits = readsBack(table, texts, before, cells)
  const entries = fits ? careful : own.map((one) => put(one, true))
  const kept = new Set(all.map(({ as }) => as))
  const gone = [...(before?.parts.values() ?? [])].filter(({ as }) => !kept.has(as) && base.has(as))
  return [...entries.filter((entry) => !isStored(before, entry)), ...removal(gone)]
}

/** Takes resources away. */
export function removal(parts: Iterable<Part>): Entry[] {
  return [...parts].map(({ type, id, versionId }) => ({ method: 'DELETE', type, id, version: versionId }))
}

/** The resources of new cells that several rows share and that are not there yet. */
export async function sharedEntries({ service, pack }: Rows, who: Principal, name: TableName, cells: readonly string[]): Promise<Entry[]> {
  const table = pack.table(name)
  if (table.shared.size === 0) return []
  const entries: Entry[] = []
  for (const { as, type, id, text } of made(table, cells, undefined)) {
    if (!table.shared.has(as) || (await readIfThere(service, who, type, id)) !== undefined) continue
    entries.push({ method: 'PUT', type, id, text, version: undefined })
  }
  return entries
}

/** The resources of a row. Throws rest.column, rest.row. */
function made(table: CompiledTable, cells: readonly string[], merged: Merged): MappedResource[] {
  const result = table.apply(cells, merged, () => {})
  if (Array.isArray(result)) return result
  const { column, message } = result
  if (column === undefined) throw fail('rest.row', { reason: message })
  throw wrong(column, message.startsWith(`${column} `) ? message.slice(column.length + 1) : message)
}

/** Whether the row can be read from the resources. A cell that the mapping did not read before either need not be read now, if it stays. */
function readsBack(table: CompiledTable, texts: ReadonlyMap<string, string>, before: Row | undefined, cells: readonly string[]): boolean {
  const back = table.invert(texts)
  return table.columns.every(
    ({ lossy }, at) =>
      lossy !== undefined ||
      back[at] === cells[at] ||
      (before !== undefined && cells[at] === before.cells[at] && back[at] === before.read[at])
  )
}

/** Ids that the mapping computes for a row's resources, with those that they have. */
function computedIds(row: Row): Array<readonly [string, string]> {
  return [...row.parts.values()].flatMap(({ as, id }) => {
    const computed = row.computed.get(as)
    return computed === undefined ? [] : [[computed, id] as const]
  })
}

/** Whether an entry writes what is there already. */
function isStored(row: Row | undefined, { type, id, text }: Put): boolean {
  const part = [...(row?.parts.values() ?? [])].find((one) => one.type === type && one.id === id)
  return part !== undefined && stringifyJson(parseJson(part.text)) === text
}
