/** Real rows for the tests of single traps. A test names a row and the few values it is about; the rows themselves stay in ../shared. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import Papa from 'papaparse'
import type { CompiledPack } from '#wardbridge/mapping/index.js'
import { accepted, mapRow, type Row } from '../support.js'

const folder = fileURLToPath(new URL('../../../../shared/data/mimic-iii-demo/', import.meta.url))

/** Why a test on the demo is skipped; false where the demo is there. */
export const absent = existsSync(folder) ? false : 'needs the MIMIC-III demo in ../shared/data/mimic-iii-demo'

const tables = new Map<string, Row[]>()

/** All rows of a table of the demo, by column in lower case. */
export function demoTable(name: string): Row[] {
  const known = tables.get(name)
  if (known !== undefined) return known
  const text = gunzipSync(readFileSync(join(folder, `${name.toUpperCase()}.csv.gz`))).toString()
  const [header = [], ...rows] = Papa.parse<string[]>(text, { skipEmptyLines: true }).data
  const named = rows.map((row) => Object.fromEntries(header.map((column, index) => [column.toLowerCase(), row[index] ?? ''])))
  tables.set(name, named)
  return named
}

/** The row of a table with a row_id. */
export function demoRow(table: string, rowId: number): Row {
  const row = demoTable(table).find((one) => one['row_id'] === String(rowId))
  if (row === undefined) throw new Error(`${table} has no row ${rowId}`)
  return row
}

/** Dictionaries of the demo, given to the pack in the order of their columns. */
export function demoDictionary(pack: CompiledPack, name: string): void {
  const columns = pack.tables.get(name)?.columns ?? []
  pack.setDictionary(
    name,
    demoTable(name).map((row) => columns.map((column) => row[column.name] ?? ''))
  )
}

// biome-ignore lint/suspicious/noExplicitAny: tests look into resources of every shape
export type Resource = any

/** The resources of a row by id space. */
export function made(
  pack: CompiledPack,
  table: string,
  row: Row,
  others: ReadonlyArray<{ table: string; row: Row }> = []
): Record<string, Resource> {
  return Object.fromEntries(accepted(mapRow(pack, table, row, others)).map(({ as, text }) => [as, JSON.parse(text)]))
}

/** The value of an extension of ours or of FHIR: by the end of its URL. */
export function extensionOf(element: Resource, name: string): Resource {
  return element?.extension?.find((one: Resource) => one.url === name || one.url.endsWith(`/${name}`))
}
