/** Where the cells of a row stand in the JSON text of a resource, as the marks of a traced mapping tell. */
import { type Form, type Part, sourceColumns, type TableModel, type Traced } from '../mapping/index.js'
import { members } from './json-text.js'

/** A piece of a resource that a cell made, or decided about. */
export interface CellRange {
  /** Offsets in the text of the resource, the end behind the last character. */
  readonly start: number
  readonly end: number
  /** Name of the row's table: another one than the resource's own where its row adds to this resource. */
  readonly table: string
  readonly column: string
  /** `decides`: its text does not stand here, it only decides that this does. `kept`: it stands here as a source cell. */
  readonly role: 'value' | 'decides' | 'kept' | 'id'
  /** Undefined for ids and kept cells. */
  readonly form?: Form
}

/** In the order of the starts; a range within another comes after it. */
export function cellRanges({ text, parts }: Traced): CellRange[] {
  return parts.flatMap((part) => {
    const { form, table } = part
    const range = (column: number, start = part.start, end = part.end): CellRange => ({
      start,
      end,
      table: table.table,
      column: table.columns[column]?.name ?? '',
      role: form.kind === 'if' ? 'decides' : 'value',
      form
    })
    if (form.kind === 'period') return perMember(part, text, (name) => [name === 'start' ? form.start : form.end], range)
    if (form.kind === 'quantity')
      return perMember(part, text, (name) => (CODES.has(name) ? [] : name === 'unit' ? [form.unit, form.unitElse] : [form.value]), range)
    return sources(table, part.columns).map((column) => range(column))
  })
}

/** Members of a Quantity that have a form of their own, or none. */
const CODES = new Set(['system', 'code'])

/** The columns of the file behind columns, each once. */
function sources(table: TableModel, columns: readonly number[]): number[] {
  return [...new Set(columns.flatMap((column) => sourceColumns(table, column)))]
}

/** A range for each member of the object that a form made. */
function perMember(
  part: Part,
  text: string,
  columnsOf: (name: string) => ReadonlyArray<number | string | undefined>,
  range: (column: number, start: number, end: number) => CellRange
): CellRange[] {
  return members(text, part.start).flatMap(({ name, start, end }) => {
    const columns = columnsOf(name).filter((column) => typeof column === 'number')
    return sources(part.table, columns).map((column) => range(column, start, end))
  })
}

const KEPT =
  /\{"url":"[^"]*\/source-cell","extension":\[\{"url":"column","valueCode":"(\w+)"\}(?:,\{"url":"value","valueString":"(?:[^"\\]|\\.)*"\})?\]\}/g

/** The cells that stand in source-cell extensions. table: of the row that the resource stands for. */
export function keptRanges(text: string, table: string): CellRange[] {
  return [...text.matchAll(KEPT)].map((match) => ({
    start: match.index,
    end: match.index + match[0].length,
    table,
    column: match[1] ?? '',
    role: 'kept'
  }))
}

/** The id of a resource, made from the cells of its key. */
export function idRanges(text: string, table: TableModel, as: string): CellRange[] {
  const key = table.resources.find((resource) => resource.as === as)?.key ?? []
  const id = members(text, 0).find(({ name }) => name === 'id')
  if (id === undefined) return []
  return sources(table, key).map((column) => ({
    start: id.start,
    end: id.end,
    table: table.table,
    column: table.columns[column]?.name ?? '',
    role: 'id'
  }))
}
