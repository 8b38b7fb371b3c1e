/** Tables of a dataset of BigQuery: one load job for each type, and `deleted` for an export with since. */
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { openBigQuery } from '../warehouse/bigquery.js'
import { knownIn } from '../warehouse/found.js'
import { DEFAULT_DEPTH } from '../warehouse/table.js'
import type { ExportOptions, Output } from './export.js'
import { DELETED } from './folder.js'
import { DELETED_COLUMNS, deletedRows, TableMaker } from './tables.js'

export async function bigqueryOutput(
  { project, dataset }: { readonly project: string; readonly dataset: string },
  { depth = DEFAULT_DEPTH, jobs = availableParallelism(), since, signal, google }: ExportOptions
): Promise<Output> {
  const target = await openBigQuery(project, dataset, google)
  // Rows wait here until their columns are known.
  const folder = await mkdtemp(join(tmpdir(), 'wardbridge-export-'))
  const maker = new TableMaker(jobs, depth)
  const append = since !== undefined
  return {
    async write(type, pages) {
      const rows = join(folder, `${type}.ndjson`)
      try {
        const handle = await open(rows, 'wx', 0o600)
        const before = await target.columnsOf(type)
        const made = await maker.make(type, pages, handle, knownIn(before)).finally(() => handle.close())
        if (made.rows === 0) return undefined
        await target.load({ table: type, rows, columns: made.columns, append, signal })
        return { name: `${project}.${dataset}.${type}`, bytes: made.bytes }
      } finally {
        await rm(rows, { force: true })
      }
    },
    async finish(deleted) {
      if (deleted.length === 0) return
      const rows = join(folder, `${DELETED}.ndjson`)
      await writeFile(rows, deletedRows(deleted), { mode: 0o600 })
      await target.load({ table: DELETED, rows, columns: DELETED_COLUMNS, append, signal })
    },
    async close() {
      await maker.close()
      await rm(folder, { recursive: true, force: true })
    }
  }
}
