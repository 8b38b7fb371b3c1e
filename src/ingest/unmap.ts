/** The way back: tables as CSV from the resources of a store. */
import { closeSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { ioError } from '../files/io-error.js'
import type { CompiledPack, CompiledTable } from '../mapping/index.js'
import type { StoredResources } from './sink.js'
import { SortedFileWriter, sortedLines } from './sorted-file.js'
import { homeTypes, storedRows } from './stored-rows.js'
import { csvRow } from './write-csv.js'

/** How many characters of rows of one table are sorted in memory at a time. */
const RUN_CHARS = 4 * 1024 * 1024

export interface UnmappedTable {
  readonly table: string
  readonly rows: number
  /** Columns that do not come back, with the reason. */
  readonly lossy: Readonly<Record<string, string>>
  /** Why there is no file, where there is none. */
  readonly reason: string | undefined
}

export interface UnmapProgress {
  /** Resources looked at. */
  readonly resources: number
  /** Rows found in them. */
  readonly rows: number
}

export interface UnmapOptions {
  readonly pack: CompiledPack
  readonly stored: StoredResources
  /** Folder for TABLE.csv; made when it is not there. */
  readonly out: string
  readonly onProgress?: (progress: UnmapProgress) => void
}

/**
 * Writes a CSV file (RFC 4180) for each table that has rows in the store: the columns of the mapping, the rows in order of their key, lossy columns empty.
 * Each type of resource is read once, for all tables whose rows stand in it. Files appear under their name when they are complete.
 * Throws source.io, store errors, mapping.check for a row that cannot be made.
 */
export async function unmap({ pack, stored, out, onProgress }: UnmapOptions): Promise<UnmappedTable[]> {
  guarded(out, () => mkdirSync(out, { recursive: true }))
  const tables = [...pack.tables.values()]
  const gathered = tables.map((table) => ({ table, rows: new SortedFileWriter(RUN_CHARS), count: 0 }))
  const add = (one: (typeof gathered)[number], row: readonly string[]): void => {
    one.rows.add(sortKey(one.table, row), '', '', csvRow(row))
    one.count++
  }
  try {
    for (const one of gathered.filter(({ table }) => table.disposition === 'dictionary')) {
      for (const row of await dictionaryRows(one.table, pack, stored)) add(one, row)
    }
    let resources = 0
    for (const type of new Set(tables.flatMap((table) => [...homeTypes(table)]))) {
      const here = gathered.filter(({ table }) => homeTypes(table).has(type))
      for await (const { id, text } of stored.each(type)) {
        for (const one of here) for (const row of await storedRows(one.table, stored, id, text)) add(one, row)
        if (++resources % 1000 === 0) onProgress?.({ resources, rows: gathered.reduce((sum, { count }) => sum + count, 0) })
      }
    }
    return gathered.map(({ table, rows, count }) => {
      if (count > 0) writeTable(join(out, `${table.table}.csv`), table, rows)
      rows.close()
      const lossy = Object.fromEntries(table.columns.flatMap(({ name, lossy }) => (lossy === undefined ? [] : [[name, lossy]])))
      return { table: table.table, rows: count, lossy, reason: count > 0 ? undefined : whyEmpty(table) }
    })
  } finally {
    for (const { rows } of gathered) rows.close()
  }
}

async function dictionaryRows(table: CompiledTable, pack: CompiledPack, stored: StoredResources): Promise<string[][]> {
  const id = pack.dictionaryId(table.table)
  const text = id === undefined ? undefined : await stored.read('CodeSystem', id)
  return text === undefined ? [] : pack.invertDictionary(table.table, text)
}

function writeTable(path: string, table: CompiledTable, rows: SortedFileWriter): void {
  const part = `${path}.part`
  guarded(path, () => {
    // Rows hold patient data: only the user may read them.
    const fd = openSync(part, 'w', 0o600)
    try {
      writeSync(fd, csvRow(table.columns.map((column) => column.name)))
      for (const line of sortedLines(rows.finish())) writeSync(fd, line.value)
    } catch (error) {
      rmSync(part, { force: true })
      throw error
    } finally {
      closeSync(fd)
    }
    renameSync(part, path)
  })
}

/** A text that sorts as the key does: whole numbers by value, before other texts. */
function sortKey(table: CompiledTable, row: readonly string[]): string {
  const key = table.key.length > 0 ? table.key.map((column) => row[column] ?? '') : row
  return key.map((cell) => (/^\d{1,20}$/.test(cell) ? `0${cell.padStart(20, '0')}` : `1${JSON.stringify(cell)}`)).join(' ')
}

function whyEmpty(table: CompiledTable): string {
  if (table.disposition === 'unmapped') return `not mapped: ${table.reason ?? ''}`
  return table.homes.length === 0 && table.disposition === 'mapped'
    ? 'its rows only add to the resources of other tables'
    : 'no rows in the store'
}

function guarded<T>(path: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw ioError(path, error)
  }
}
