/** Tables as Parquet files, written by DuckDB, which is loaded when it is needed and need not be there otherwise. */
import type { DuckDBConnection } from '@duckdb/node-api'
import { fail } from '../errors.js'
import { type Column, countColumns, duckdbType } from './columns.js'

const PACKAGE = '@duckdb/node-api'
/** What peerDependencies of package.json names. */
const VERSION = '1.5.5-r.5'
/** Bytes that the values of a group of rows may take before they are written: empty ones take room, too. */
const GROUP_BYTES = 48 << 20
const VALUE_BYTES = 16
/** Values of one vector of DuckDB; groups are multiples of it. */
const VECTOR = 2048
const MOST_ROWS = 60 * VECTOR
/** Different values of a column in a group that get a dictionary. Room for that many is made for each column, empty or not. */
const DICTIONARY = 256
/**
 * MiB that DuckDB may set aside, and for each column besides: it counts room that is never touched. What it really takes follows from the size of a group.
 */
const MEMORY = 1024
const COLUMN_MEMORY = 1
/** Bytes of a row that DuckDB is prepared for in any case: it reads in pieces of twice that. */
const ROW_BYTES = 8 << 20

export interface ParquetWriter {
  /**
   * Writes a Parquet file of rows. rows: an NDJSON file; longest: bytes of its longest line; columns: all there are, values of others are left out. Gives up
   * when the signal is aborted, with its reason.
   */
  write(
    rows: { readonly file: string; readonly longest: number },
    columns: readonly Column[],
    file: string,
    signal?: AbortSignal
  ): Promise<void>
  close(): void
}

/** The rows of a query, values as JSON has them. Throws export.duckdb, and what DuckDB throws. */
export async function query(sql: string): Promise<ReadonlyArray<Readonly<Record<string, unknown>>>> {
  const { connection, close } = await connect({})
  try {
    return (await connection.runAndReadAll(sql)).getRowObjectsJson()
  } finally {
    close()
  }
}

/** A connection to an empty database in memory, which fetches nothing over the network. Throws export.duckdb when the package is not there. */
async function connect(options: Record<string, string>): Promise<{ readonly connection: DuckDBConnection; close(): void }> {
  const duckdb = await import('@duckdb/node-api').catch((error: unknown) => {
    throw fail('export.duckdb', { package: PACKAGE, version: VERSION }, { cause: error })
  })
  const instance = await duckdb.DuckDBInstance.create(':memory:', { ...options, autoinstall_known_extensions: 'false' })
  const connection = await instance.connect()
  return {
    connection,
    close() {
      connection.closeSync()
      instance.closeSync()
    }
  }
}

/** threads: how many DuckDB may use. Throws export.duckdb when the package is not there. */
export async function openParquetWriter({ threads }: { readonly threads: number }): Promise<ParquetWriter> {
  const { connection, close } = await connect({ threads: String(threads) })
  // Groups of rows are written as they become full.
  await connection.run('SET preserve_insertion_order = false')
  return {
    async write(rows, columns, file, signal) {
      signal?.throwIfAborted()
      const interrupt = () => connection.interrupt()
      signal?.addEventListener('abort', interrupt)
      try {
        await copy(connection, rows, columns, file)
      } catch (error) {
        signal?.throwIfAborted()
        throw error
      } finally {
        signal?.removeEventListener('abort', interrupt)
      }
    },
    close
  }
}

async function copy(
  connection: DuckDBConnection,
  rows: { readonly file: string; readonly longest: number },
  columns: readonly Column[],
  file: string
): Promise<void> {
  const types = columns.map((column) => `${text(column.name)}: ${text(duckdbType(column))}`).join(', ')
  const size = Math.max(ROW_BYTES, rows.longest + 1)
  const source = `read_json(${text(rows.file)}, format = 'newline_delimited', columns = {${types}}, maximum_object_size = ${size})`
  const group = Math.max(VECTOR, Math.min(MOST_ROWS, Math.floor(GROUP_BYTES / (countColumns(columns) * VALUE_BYTES * VECTOR)) * VECTOR))
  await connection.run(`SET memory_limit = '${MEMORY + COLUMN_MEMORY * countColumns(columns)}MiB'`)
  const format = `FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE ${group}, DICTIONARY_SIZE_LIMIT ${DICTIONARY}`
  await connection.run(`COPY (SELECT * FROM ${source}) TO ${text(file)} (${format})`)
}

function text(value: string): string {
  return `'${value.replaceAll("'", "''")}'`
}
