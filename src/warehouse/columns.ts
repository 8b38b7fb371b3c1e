/** Columns of tables as BigQuery describes them (TableFieldSchema), and the same as DuckDB types. */

export interface Column {
  readonly name: string
  readonly type: 'STRING' | 'BOOLEAN' | 'INTEGER' | 'FLOAT' | 'RECORD'
  readonly mode: 'NULLABLE' | 'REPEATED'
  /** Of a RECORD; never empty. */
  readonly fields?: readonly Column[]
  /** Of a column made for an extension: its URL, see extensionOf(). */
  readonly description?: string
}

const EXTENSION = 'Extension '

/** What a column of an extension says about itself. */
export function describeExtension(url: string): string {
  return EXTENSION + url
}

/** The URL of the extension that a column was made for; undefined of other columns. */
export function extensionOf({ description }: Column): string | undefined {
  return description?.startsWith(EXTENSION) ? description.slice(EXTENSION.length) : undefined
}

const DUCKDB = { STRING: 'VARCHAR', BOOLEAN: 'BOOLEAN', INTEGER: 'BIGINT', FLOAT: 'DOUBLE' } as const

/** The DuckDB type of a column: `STRUCT("system" VARCHAR, ...)[]`. */
export function duckdbType({ type, mode, fields = [] }: Column): string {
  const one = type === 'RECORD' ? `STRUCT(${fields.map((field) => `${quoted(field.name)} ${duckdbType(field)}`).join(', ')})` : DUCKDB[type]
  return mode === 'REPEATED' ? `${one}[]` : one
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** What BigQuery counts against its 10,000 columns of a table, records included. */
export function countColumns(columns: readonly Column[]): number {
  return columns.reduce((sum, { fields }) => sum + 1 + (fields === undefined ? 0 : countColumns(fields)), 0)
}
