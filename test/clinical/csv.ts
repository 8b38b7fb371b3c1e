/** The tables as the hospital wrote them: gzipped CSV, read here and nowhere else, so that nothing of the mapping stands between a question and the cells. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'

/** A row: the cell of a column, by its lower-case name. Throws for a column the table does not have. */
export type Row = (column: string) => string

/** The cells of one record (RFC 4180). */
function cells(record: string): string[] {
  if (!record.includes('"')) return record.split(',')
  const found: string[] = []
  let at = 0
  while (at <= record.length) {
    let end: number
    if (record[at] === '"') {
      end = at + 1
      while (record[end] !== '"' || record[end + 1] === '"') end += record[end] === '"' ? 2 : 1
      found.push(record.slice(at + 1, end).replaceAll('""', '"'))
      end++
    } else {
      const comma = record.indexOf(',', at)
      end = comma < 0 ? record.length : comma
      found.push(record.slice(at, end))
    }
    at = end + 1
  }
  return found
}

/** The records of a text; a line break within quotes does not end one. */
function* records(text: string): Generator<string> {
  let start = 0
  let look = 0
  while (start < text.length) {
    const newline = text.indexOf('\n', look)
    const end = newline < 0 ? text.length : newline
    const record = text.slice(start, text[end - 1] === '\r' ? end - 1 : end)
    look = end + 1
    if (record.includes('"') && record.split('"').length % 2 === 0) continue
    if (record !== '') yield record
    start = look
  }
}

function rowOf(names: ReadonlyMap<string, number>, values: readonly string[]): Row {
  return (column) => {
    const index = names.get(column)
    if (index === undefined) throw new Error(`no column ${column}`)
    return values[index] ?? ''
  }
}

export class Tables {
  readonly folder: string
  private readonly known = new Map<string, Row[]>()
  private charted: { names: ReadonlyMap<string, number>; byItem: ReadonlyMap<string, string[]> } | undefined

  constructor(folder: string) {
    this.folder = folder
  }

  /** All rows of a table. Not for CHARTEVENTS, which is too long to be kept as rows. */
  rows(table: string): Row[] {
    let rows = this.known.get(table)
    if (rows === undefined) {
      const { names, rest } = this.open(table)
      rows = [...rest].map((record) => rowOf(names, cells(record)))
      this.known.set(table, rows)
    }
    return rows
  }

  /** The rows of CHARTEVENTS of some items. */
  chart(...items: readonly string[]): Row[] {
    return [...this.eachChart(items)]
  }

  /** The rows of CHARTEVENTS of some items, or of all of them, one at a time. */
  *eachChart(items?: readonly string[]): Generator<Row> {
    const { names, byItem } = this.charted ?? this.openChart()
    for (const item of items ?? byItem.keys()) {
      for (const record of byItem.get(item) ?? []) yield rowOf(names, cells(record))
    }
  }

  private openChart() {
    const { names, rest } = this.open('CHARTEVENTS')
    const place = names.get('itemid') ?? 0
    const byItem = new Map<string, string[]>()
    // The columns up to itemid are numbers: no quotes stand before it.
    for (const record of rest) {
      const item = record.split(',', place + 1)[place] ?? ''
      const list = byItem.get(item)
      if (list) list.push(record)
      else byItem.set(item, [record])
    }
    this.charted = { names, byItem }
    return this.charted
  }

  private open(table: string) {
    const rest = records(gunzipSync(readFileSync(join(this.folder, `${table}.csv.gz`))).toString('utf8'))
    const header = cells(rest.next().value ?? '')
    return { names: new Map(header.map((name, index) => [name.toLowerCase(), index])), rest }
  }
}
