/** The outputs there are, by the kind of target. */
import { fail } from '../errors.js'
import type { ExportOptions, Output } from './export.js'
import { ndjsonOutput } from './ndjson-output.js'
import { parquetOutput } from './parquet-output.js'

/** Throws export.duckdb, export.not-empty. */
export function openOutput(options: ExportOptions): Promise<Output> {
  const { to } = options
  switch (to.kind) {
    case 'ndjson':
      return ndjsonOutput(to.folder, options)
    case 'parquet':
      return parquetOutput(to.folder, options)
    case 'objects':
    case 'bigquery':
      throw fail('not-supported', { what: 'This target' })
  }
}
