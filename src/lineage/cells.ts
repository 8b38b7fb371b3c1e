/** Where the cells of a row stand in the JSON text of a resource, as the marks of a traced mapping tell. */
import type { Form, Part, TableModel, Traced } from '../mapping/index.js'

/** A piece of a resource that a cell made, or decided about. */
export interface CellRange {
  /** Offsets in the text of the resource, the end behind the last character. */
  readonly start: number
  readonly end: number
  /** The table of the row: another one than the resource's own where its row adds to this resource. */
  readonly table: TableModel
  /** Index into the columns of the table. */
  readonly column: number
  readonly form: Form
  /** The cell only decides that this stands here; its text does not. */
  readonly decides: boolean
}

/** In the order of the starts; a range within another comes after it. */
export function cellRanges({ text, parts }: Traced): CellRange[] {
  return parts.flatMap((part) => {
    const { form, table } = part
    const range = (column: number, start = part.start, end = part.end): CellRange => ({
      start,
      end,
      table,
      column,
      form,
      decides: form.kind === 'if'
    })
    if (form.kind === 'period') return membersOf(part, text, (name) => (name === 'start' ? form.start : form.end), range)
    if (form.kind === 'quantity')
      return membersOf(
        part,
        text,
        (name) => (name === 'unit' ? form.unit : name === 'system' || name === 'code' ? undefined : form.value),
        range
      )
    return part.columns.map((column) => range(column))
  })
}

/** A range for each member of the object that a form made. */
function membersOf(
  part: Part,
  text: string,
  columnOf: (name: string) => number | string | undefined,
  range: (column: number, start: number, end: number) => CellRange
): CellRange[] {
  return members(text, part.start).flatMap(({ name, start, end }) => {
    const column = columnOf(name)
    return typeof column === 'number' ? [range(column, start, end)] : []
  })
}

interface Member {
  readonly name: string
  /** From the quote before the name to behind the value. */
  readonly start: number
  readonly end: number
}

/** The members of the object that begins at an offset. The text is JSON as the mapping writes it: without white space. */
export function members(text: string, at: number): Member[] {
  const found: Member[] = []
  for (let start = at + 1; text[start] === '"'; ) {
    const nameEnd = stringEnd(text, start)
    const end = valueEnd(text, nameEnd + 1)
    found.push({ name: JSON.parse(text.slice(start, nameEnd)), start, end })
    start = end + 1
  }
  return found
}

function stringEnd(text: string, quote: number): number {
  for (let at = quote + 1; ; at++) {
    if (text[at] === '\\') at++
    else if (text[at] === '"' || at >= text.length) return at + 1
  }
}

function valueEnd(text: string, start: number): number {
  let depth = 0
  for (let at = start; at < text.length; ) {
    const c = text[at]
    if (c === '"') at = stringEnd(text, at)
    else if (c === '{' || c === '[') {
      depth++
      at++
    } else if (c === '}' || c === ']') {
      if (depth === 0) return at
      depth--
      at++
    } else if (c === ',' && depth === 0) return at
    else at++
    if (depth === 0 && (c === '"' || c === '}' || c === ']')) return at
  }
  return text.length
}
