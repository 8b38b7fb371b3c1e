/** Makes the rows of a table in worker threads, and its columns. */
import type { FileHandle } from 'node:fs/promises'
import { inOrder } from '../ingest/in-order.js'
import { Pool } from '../ingest/pool.js'
import type { DeletedResource, SnapshotPage } from '../store/snapshot.js'
import type { Column } from '../warehouse/columns.js'
import { type Found, mergeFound } from '../warehouse/found.js'
import { Table } from '../warehouse/table.js'
import type { RowResults, RowTask } from './row-worker.js'

export interface MadeTable {
  readonly columns: readonly Column[]
  readonly rows: number
  /** Of all rows. */
  readonly bytes: number
  /** Bytes of the longest row. */
  readonly longest: number
}

/** A thread makes and forgets a row in microseconds: with less room for young objects V8 looks for them too often. */
const ROW_MEMORY = { maxYoungGenerationSizeMb: 16 } as const

/** Columns of the table that deletions are told in. */
export const DELETED_COLUMNS: readonly Column[] = ['resourceType', 'id', 'versionId', 'lastUpdated'].map((name) => ({
  name,
  type: 'STRING',
  mode: 'NULLABLE'
}))

/** Rows of that table as NDJSON. */
export function deletedRows(deleted: readonly DeletedResource[]): string {
  return deleted
    .map(({ type, id, versionId, lastUpdated }) =>
      JSON.stringify({ resourceType: type, id, versionId, lastUpdated: new Date(lastUpdated).toISOString() })
    )
    .map((row) => `${row}\n`)
    .join('')
}

export class TableMaker {
  readonly #pool: Pool<RowTask, RowResults>
  readonly #depth: number
  #tables = 0

  /** workers: how many threads; depth: recursiveStructureDepth. */
  constructor(workers: number, depth: number) {
    this.#pool = new Pool(workers, undefined, new URL('./row-worker.js', import.meta.url), ROW_MEMORY)
    this.#depth = depth
  }

  /**
   * Writes the rows of a type as NDJSON. pages: gives all resources, and may be called twice, for the same ones. before: columns of an earlier table, whose
   * extensions keep their names.
   */
  async make(type: string, pages: () => AsyncIterable<SnapshotPage>, handle: FileHandle, before: Found = {}): Promise<MadeTable> {
    const whole = new Table(type, this.#depth)
    whole.learn(before)
    const first = await this.#write(type, pages(), handle, before)
    whole.learn(first.found)
    if (whole.agrees(first.found)) return { ...first, columns: whole.columns() }
    // Two extensions want the same name, and the first was met alone: once more, now that all are known.
    await handle.truncate(0)
    return { ...(await this.#write(type, pages(), handle, first.found)), columns: whole.columns() }
  }

  close(): Promise<void> {
    return this.#pool.close()
  }

  async #write(
    type: string,
    pages: AsyncIterable<SnapshotPage>,
    handle: FileHandle,
    known: Found
  ): Promise<Omit<MadeTable, 'columns'> & { found: Found }> {
    const common = { kind: 'rows', table: ++this.#tables, type, depth: this.#depth, known } as const
    let found = known
    let rows = 0
    let longest = 0
    let at = 0
    await inOrder(
      pages,
      this.#pool.size + 1,
      ({ bytes, lengths }) => this.#pool.run({ ...common, bytes, lengths }, [bytes]),
      async (made) => {
        found = mergeFound(found, made.found)
        rows += made.rows
        longest = Math.max(longest, made.longest)
        await handle.write(made.bytes, 0, made.bytes.length, at)
        at += made.bytes.length
      }
    )
    return { found, rows, bytes: at, longest }
  }
}
