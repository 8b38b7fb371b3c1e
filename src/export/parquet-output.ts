/** Tables in a folder: `Patient.parquet`, ..., and `deleted.parquet` of an export with since; their BigQuery schemas in `schema/`. */
import { mkdir, open, readFile, rm, writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import type { Column } from '../warehouse/columns.js'
import { openParquetWriter } from '../warehouse/duckdb.js'
import { knownIn } from '../warehouse/found.js'
import { DEFAULT_DEPTH } from '../warehouse/table.js'
import type { ExportOptions, Output } from './export.js'
import { DELETED, draftOf, ExportFolder, whole, writeWhole } from './folder.js'
import { DELETED_COLUMNS, deletedRows, TableMaker } from './tables.js'

export async function parquetOutput(folder: string, options: ExportOptions): Promise<Output> {
  const { depth = DEFAULT_DEPTH, jobs = availableParallelism(), since, signal } = options
  const writer = await openParquetWriter({ threads: jobs })
  const files = await ExportFolder.open(folder, '.parquet', options).catch((error: unknown) => {
    writer.close()
    throw error
  })
  const schemas = join(folder, 'schema')
  await mkdir(schemas, { recursive: true })
  const maker = new TableMaker(jobs, depth)
  return {
    async write(type, pages) {
      const { name, path } = files.file(type)
      // Rows wait on the disk: only when all are there it is known which columns they need.
      const rows = draftOf(`${path}.rows`)
      try {
        const handle = await open(rows, 'wx', 0o600)
        const before = await schemaAt(join(schemas, `${type}.json`))
        const made = await maker.make(type, pages, handle, knownIn(before)).finally(() => handle.close())
        if (made.rows === 0) return undefined
        const bytes = await whole(path, async (draft) => {
          await writer.write({ file: rows, longest: made.longest }, made.columns, draft, signal)
          return true
        })
        await writeWhole(join(schemas, `${type}.json`), `${JSON.stringify(made.columns, undefined, 1)}\n`)
        files.made(name)
        return { name, bytes: bytes! }
      } finally {
        await rm(rows, { force: true })
      }
    },
    async finish(deleted, report) {
      if (since !== undefined) {
        const { path } = files.file(DELETED)
        const rows = draftOf(`${path}.rows`)
        try {
          await writeFile(rows, deletedRows(deleted), { mode: 0o600 })
          await whole(path, async (draft) => {
            await writer.write({ file: rows, longest: 0 }, DELETED_COLUMNS, draft, signal)
            return true
          })
        } finally {
          await rm(rows, { force: true })
        }
      }
      await files.finish(report)
    },
    async close() {
      await maker.close()
      writer.close()
    }
  }
}

/** The columns of an earlier export; none when there was none. */
async function schemaAt(file: string): Promise<readonly Column[]> {
  const text = await readFile(file, 'utf8').catch(() => '[]')
  return JSON.parse(text) as readonly Column[]
}
