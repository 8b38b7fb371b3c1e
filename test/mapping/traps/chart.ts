/** Rows of the chart tables of the MIMIC-III demo, read from ../shared, and the pack with the dictionary of their items. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import Papa from 'papaparse'
import type { CompiledPack } from '#wardbridge/mapping/index.js'
import { cellsOf, installed, type Row, tableOf } from '../support.js'

const folder = fileURLToPath(new URL('../../../../shared/data/mimic-iii-demo/', import.meta.url))

/** Why a test on the demo is skipped; false where the demo is there. */
export const absent = existsSync(folder) ? false : 'needs the MIMIC-III demo in ../shared/data/mimic-iii-demo'

const texts = new Map<string, string>()

/** A table as text: 758,355 rows as objects would be a gigabyte. */
function textOf(table: string): string {
  const text = texts.get(table) ?? gunzipSync(readFileSync(join(folder, `${table.toUpperCase()}.csv.gz`))).toString()
  texts.set(table, text)
  return text
}

function headerOf(text: string): string[] {
  return text.slice(0, text.indexOf('\n')).trim().toLowerCase().split(',')
}

function named(header: readonly string[], cells: readonly string[]): Row {
  return Object.fromEntries(header.map((column, index) => [column, cells[index] ?? '']))
}

/** The row of a table with a row_id (its first column). */
export function rowOf(table: string, rowId: string): Row {
  const text = textOf(table)
  const start = text.indexOf(`\n${rowId},`) + 1
  if (start === 0) throw new Error(`${table} has no row ${rowId}`)
  const line = text.slice(start, text.indexOf('\n', start))
  return named(headerOf(text), Papa.parse<string[]>(line).data[0] ?? [])
}

/** Calls back for every row, cells in the order of the file. */
export function eachRow(table: string, visit: (cells: string[], header: readonly string[]) => void): void {
  const text = textOf(table)
  const header = headerOf(text)
  let first = true
  Papa.parse<string[]>(text, {
    skipEmptyLines: true,
    step: ({ data }) => {
      if (!first) visit(data, header)
      first = false
    }
  })
}

/** The rows that a test holds for. */
export function rowsOf(table: string, holds: (row: Row) => boolean): Row[] {
  const rows: Row[] = []
  eachRow(table, (cells, header) => {
    const row = named(header, cells)
    if (holds(row)) rows.push(row)
  })
  return rows
}

/** The pack mimic-iii that knows the items of the chart. */
export async function chartPack(): Promise<CompiledPack> {
  const pack = await installed('mimic-iii', { source: 'urn:example:mimic-iii-demo' })
  const table = tableOf(pack, 'd_items')
  pack.setDictionary(
    'd_items',
    rowsOf('d_items', () => true).map((row) => cellsOf(table, row))
  )
  return pack
}
