/** Rows as JSON objects of plain values, and as the cells that a mapping takes: '' is an empty cell, null its JSON. */
import { fail, type WardbridgeError } from '../errors.js'
import { type JsonNode, parseJson } from '../fhir/json.js'
import { type Column, cellTest } from '../mapping/index.js'

/** The columns a client can see: those that come back. */
export function shownColumns(columns: readonly Column[]): readonly Column[] {
  return columns.filter(({ lossy }) => lossy === undefined)
}

/** What a client sent: cells by column, '' for null; columns that were not sent are not in it. */
export type Sent = ReadonlyMap<string, string>

/** The text of a request body, which must be one JSON object. Throws json.syntax, json.depth, rest.body. */
export function parseObject(text: string): Extract<JsonNode, { kind: 'object' }> {
  if (text.trim() === '') throw fail('rest.body', { reason: 'The body is empty; a row is a JSON object' })
  const node = parseJson(text)
  if (node.kind !== 'object') throw fail('rest.body', { reason: 'A row is a JSON object' })
  return node
}

/**
 * The row in a body. others: names of members that are no columns and may be there, too. Times may be written as ISO 8601; localTime gives them as the
 * source's clock shows them. Throws what parseObject throws and rest.column for each member at fault (several: an AggregateError).
 */
export function readRow(
  text: string,
  columns: readonly Column[],
  localTime: (dateTime: string) => string,
  others: readonly string[] = []
): Sent {
  const sent = new Map<string, string>()
  const faults: WardbridgeError[] = []
  for (const { name, value } of parseObject(text).members) {
    const column = columns.find((one) => one.name === name)
    if (column === undefined && !others.includes(name)) faults.push(wrong(name, 'is no column of this table'))
    else {
      const type = column?.type ?? 'text'
      const cell = cellOf(value, type, localTime)
      if (cell === undefined || (cell !== '' && cellTest(type)?.(cell) === false)) faults.push(wrong(name, `must be ${WANTED[type]}`))
      else if (column?.lossy === undefined) sent.set(name, cell)
    }
  }
  if (faults.length > 0) throw faults.length === 1 ? faults[0]! : new AggregateError(faults)
  return sent
}

export function wrong(column: string, reason: string): WardbridgeError {
  return fail('rest.column', { column, reason }, { expression: column })
}

const WANTED: Readonly<Record<Column['type'], string>> = {
  text: 'a string',
  integer: 'a whole number',
  decimal: 'a number',
  date: 'a day, "2150-01-31"',
  midnight: 'a day, "2150-01-31" or "2150-01-31 00:00:00"',
  timestamp: 'a time, "2150-01-31 08:15:00"',
  flag: '0 or 1'
}

const DAY = /^\d{4}-\d\d-\d\d$/
const ISO = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)(Z|[+-]\d\d:\d\d)?$/

/** Undefined: no JSON for the type. */
function cellOf(node: JsonNode, type: Column['type'], localTime: (dateTime: string) => string): string | undefined {
  if (node.kind === 'literal') return node.value === null ? '' : type === 'flag' ? (node.value ? '1' : '0') : undefined
  if (node.kind === 'number') return type === 'date' || type === 'midnight' || type === 'timestamp' ? undefined : node.text
  if (node.kind !== 'string') return undefined
  const { value } = node
  if (type === 'midnight' && DAY.test(value)) return `${value} 00:00:00`
  if (type !== 'timestamp' || !ISO.test(value)) return value
  const [, day = '', clock = '', zone] = ISO.exec(value) ?? []
  const time = clock.length === 5 ? `${clock}:00` : clock
  if (zone === undefined) return `${day} ${time}`
  return Number.isNaN(Date.parse(`${day}T${time.slice(0, 8)}${zone}`)) ? undefined : localTime(`${day}T${time}${zone}`)
}

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/

/** One cell as JSON: numbers keep their digits. */
export function cellJson(cell: string, type: Column['type']): string {
  if (cell === '') return 'null'
  const isNumber = (type === 'integer' || type === 'flag' || type === 'decimal') && NUMBER.test(cell)
  const isExact = type === 'decimal' || Number.isSafeInteger(Number(cell))
  return isNumber && isExact ? cell : JSON.stringify(cell)
}

/** A row as JSON text. more: further members, as JSON text by name. */
export function rowJson(cells: readonly string[], columns: readonly Column[], more: Readonly<Record<string, string>> = {}): string {
  const members = columns.flatMap(({ name, type, lossy }, index) =>
    lossy === undefined ? [`${JSON.stringify(name)}:${cellJson(cells[index] ?? '', type)}`] : []
  )
  return `{${[...members, ...Object.entries(more).map(([name, json]) => `${JSON.stringify(name)}:${json}`)].join(',')}}`
}
