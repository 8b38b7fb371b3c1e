/** CSV text to rows of cells: header, encoding, field counts. RFC 4180, comma separated, UTF-8. */
import { isAscii, isUtf8 } from 'node:buffer'
import Papa from 'papaparse'
import { fail } from '../errors.js'
import type { Column } from '../mapping/types.js'
import type { Block } from './blocks.js'
import { fieldAt, RowScanner } from './rows.js'

/** A row that was not read, and why. */
export interface BadRow {
  /** Line the row begins on. */
  readonly line: number
  /** Name of the column at fault, where there is one. */
  readonly column: string | undefined
  /** `fields`, `quote`, `control`, `encoding`. */
  readonly rule: string
  readonly message: string
  /** Cells by column name; `$text` holds the row as it stands when it cannot be cut into cells, `$more` the cells beyond the last column. */
  readonly row: Readonly<Record<string, string>>
}

export interface ParsedBlock {
  /** Each with as many cells as the header has names, in the order of the file. */
  readonly rows: readonly string[][]
  /** Line each row begins on. */
  readonly lines: Uint32Array
  readonly bad: readonly BadRow[]
}

/** Where the columns of a mapping stand in a file. */
export interface Layout {
  /** Column names of the file, lower case, in its order. */
  readonly names: readonly string[]
  /** Position in the file per mapping column, -1 for an optional column the file does not have; undefined when both orders are the same. */
  readonly take: readonly number[] | undefined
}

const parser = new Papa.Parser({ delimiter: ',', newline: '\n', quoteChar: '"', escapeChar: '"' })
/** A text kept with a rejected row is cut here: a quote that swallowed a thousand lines need not be copied. */
const TEXT_LIMIT = 4000

/**
 * Column names of the header row, lower case, without white space around them. block: the first one of rowBlocks.
 * Throws table.encoding, table.header (no header, a name missing or given twice).
 */
export function readHeader(block: Block | undefined, file: string): string[] {
  const place = { file, line: 1 }
  if (block === undefined) throw fail('table.header', { reason: 'the file is empty' }, { place })
  const bytes = asBuffer(block.bytes)
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) {
    throw fail('table.encoding', { reason: 'the file is UTF-16' }, { place })
  }
  if (!isUtf8(bytes)) throw fail('table.encoding', { reason: 'the header is not UTF-8' }, { place })
  const scanner = new RowScanner(bytes.toString('utf8'), true)
  scanner.next()
  if (scanner.fault !== undefined) {
    const column = scanner.faultAt + 1
    throw fail('table.header', { reason: faultText(scanner.fault) }, { place: { ...place, column } })
  }
  const names = cellsOf(scanner.text.slice(scanner.start, scanner.end)).map((name) => name.trim().toLowerCase())
  if (names.length === 1 && names[0] === '') throw fail('table.header', { reason: 'the first line is empty' }, { place })
  names.forEach((name, i) => {
    if (name === '') throw fail('table.header', { reason: `column ${i + 1} has no name` }, { place })
    if (names.indexOf(name) < i) throw fail('table.header', { reason: `column "${name}" is there twice` }, { place })
  })
  return names
}

/**
 * Finds the columns of a mapping in a file. A table without columns (an unmapped one) takes any header.
 * Throws table.header for a column that is missing, or that the mapping does not know and that is not to be ignored.
 */
export function layoutOf(names: readonly string[], columns: readonly Column[], ignored: ReadonlySet<string>, file: string): Layout {
  if (columns.length === 0) return { names, take: undefined }
  const place = { file, line: 1 }
  const list = (of: readonly string[]): string => of.map((name) => `"${name}"`).join(', ')
  const missing = columns.filter((column) => !column.optional && !names.includes(column.name)).map((column) => column.name)
  if (missing.length > 0) {
    throw fail('table.header', { reason: `column ${list(missing)} is missing (the file has ${list(names)})` }, { place })
  }
  const known = new Set(columns.map((column) => column.name))
  const unknown = names.filter((name) => !known.has(name) && !ignored.has(name))
  if (unknown.length > 0) {
    const reason = `column ${list(unknown)} is not known to the mapping; to read the table without it, give --ignore-column`
    throw fail('table.header', { reason }, { place })
  }
  const take = columns.map((column) => names.indexOf(column.name))
  return { names, take: take.length === names.length && take.every((at, i) => at === i) ? undefined : take }
}

/** Cells in the order of the mapping's columns, '' for a column the file does not have. */
export function arrange(cells: string[], layout: Layout): string[] {
  return layout.take === undefined ? cells : layout.take.map((at) => (at === -1 ? '' : cells[at]!))
}

/**
 * Parses a block of whole rows. names: the columns of the file. A row that is malformed, is not UTF-8 or has another number of fields is bad, the others
 * are read.
 */
export function parseBlock(block: Pick<Block, 'bytes' | 'line'>, names: readonly string[]): ParsedBlock {
  const bytes = asBuffer(block.bytes)
  const plain = bytes.indexOf(0x22) === -1 && bytes.indexOf(0x0d) === -1 && bytes.indexOf(0) === -1
  if (!plain || !isUtf8(bytes)) return parseByRow(bytes, block.line, names)
  const text = decode(bytes)
  const rows = parser.parse(text.endsWith('\n') ? text.slice(0, -1) : text, 0, false).data as string[][]
  const lines = new Uint32Array(rows.length)
  let good = 0
  const bad: BadRow[] = []
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!
    if (row.length === names.length && (row.length > 1 || row[0] !== '')) {
      rows[good] = row
      lines[good++] = block.line + i
    } else bad.push(wrongCount(row, block.line + i, names))
  }
  rows.length = good
  return { rows, lines: lines.subarray(0, good), bad }
}

/** The same for blocks with quotes, carriage returns or bytes that are not UTF-8: row by row, so that a malformed row takes no other with it. */
function parseByRow(bytes: Buffer, line: number, names: readonly string[]): ParsedBlock {
  const ascii = isAscii(bytes)
  const scanner = new RowScanner(bytes.toString('latin1'), true)
  const rows: string[][] = []
  const lines: number[] = []
  const bad: BadRow[] = []
  for (; scanner.next(); line += scanner.lines) {
    const { start, end } = scanner
    const raw = ascii ? undefined : bytes.subarray(start, end)
    if (raw !== undefined && !isUtf8(raw)) {
      bad.push(notUtf8(raw, line, names))
      continue
    }
    const text = raw === undefined ? scanner.text.slice(start, end) : raw.toString('utf8')
    if (scanner.fault !== undefined) {
      const message = `${faultText(scanner.fault)}, ${whereIn(scanner.text.slice(start, scanner.faultAt), line)}${spans(line, scanner.lines)}`
      const field = fieldAt(scanner.text.slice(start, end), scanner.faultAt - start)
      bad.push({ line, column: names[field], rule: scanner.fault, message, row: { $text: text.slice(0, TEXT_LIMIT) } })
      continue
    }
    // Without a quote the commas are the whole grammar.
    const cells = scanner.quoted ? cellsOf(text) : text.split(',')
    if (cells.length === names.length && end > start) {
      rows.push(cells)
      lines.push(line)
    } else bad.push(wrongCount(cells, line, names))
  }
  return { rows, lines: Uint32Array.from(lines), bad }
}

/** The cells of one well-formed row. */
function cellsOf(row: string): string[] {
  if (row === '') return ['']
  const { data, errors } = parser.parse(row, 0, false)
  // The scanner let the row pass, so the parser must take it as one row; were the two ever to differ, no wrong row may come of it.
  if (errors.length > 0 || data.length !== 1)
    throw new Error(`the CSV parser and the row scanner disagree (${errors[0]?.message ?? data.length})`)
  return data[0] as string[]
}

function wrongCount(cells: readonly string[], line: number, names: readonly string[]): BadRow {
  const empty = cells.length === 1 && cells[0] === ''
  const message = empty ? 'the line is empty' : `${cells.length} fields, the header has ${names.length}`
  const row: Record<string, string> = Object.fromEntries(cells.slice(0, names.length).map((cell, i) => [names[i]!, cell]))
  if (cells.length > names.length) row.$more = cells.slice(names.length).join(',').slice(0, TEXT_LIMIT)
  return { line, column: undefined, rule: 'fields', message, row: empty ? {} : row }
}

function notUtf8(raw: Buffer, line: number, names: readonly string[]): BadRow {
  let good = 0
  // The longest prefix that is UTF-8, character by character of at most four bytes.
  for (let next = 1; good < raw.length; ) {
    while (next <= 4 && !isUtf8(raw.subarray(good, good + next))) next++
    if (next > 4) break
    good += next
    next = 1
  }
  const byte = raw[good]!.toString(16).padStart(2, '0').toUpperCase()
  const before = raw.toString('utf8', 0, good)
  const message = `byte ${byte} is not UTF-8, ${whereIn(before, line)}`
  const field = fieldAt(raw.toString('latin1'), good)
  return { line, column: names[field], rule: 'encoding', message, row: { $text: raw.toString('utf8').slice(0, TEXT_LIMIT) } }
}

/** Line and character reached after a text that begins a row. */
function whereIn(before: string, line: number): string {
  const lines = before.split('\n')
  return `line ${line + lines.length - 1}, character ${lines.at(-1)!.length + 1}`
}

function spans(line: number, lines: number): string {
  return lines > 1 ? `; by its quotes the row goes on to line ${line + lines - 1}` : ''
}

function faultText(fault: 'quote' | 'control'): string {
  return fault === 'quote' ? 'a quote where none may stand' : 'a carriage return or NUL inside a field'
}

function asBuffer(bytes: Uint8Array<ArrayBuffer>): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function decode(bytes: Buffer): string {
  return isAscii(bytes) ? bytes.toString('latin1') : bytes.toString('utf8')
}
