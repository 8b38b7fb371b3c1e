/** The outputs there are, by the kind of target. */
import { bigqueryOutput } from './bigquery-output.js'
import type { ExportOptions, Output } from './export.js'
import { ndjsonOutput } from './ndjson-output.js'
import { objectsOutput } from './objects-output.js'
import { parquetOutput } from './parquet-output.js'

/** Throws export.duckdb, export.not-empty, bucket.*, bigquery.*. */
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
      return bigqueryOutput(to, options)
  }
}
