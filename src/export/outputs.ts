/** The outputs there are, by the kind of target. */
import { fail } from '../errors.js'
import type { ExportOptions, Output } from './export.js'
import { ndjsonOutput } from './ndjson-output.js'
import { objectsOutput } from './objects-output.js'
import { parquetOutput } from './parquet-output.js'

/** Throws export.duckdb, export.not-empty, bucket.*. */
export function openOutput(options: ExportOptions): Promise<Output> {
  const { to } = options
  switch (to.kind) {
    case 'ndjson':
      return ndjsonOutput(to.folder, options)
    case 'parquet':
      return parquetOutput(to.folder, options)
    case 'objects':
      return objectsOutput(to.prefix, options)
    case 'bigquery':
      throw fail('not-supported', { what: 'This target' })
  }
}
