/** What BigQuery asks of a schema and of the rows of a load job (NDJSON). */

export interface Field {
  readonly name: string
  readonly type: string
  readonly mode?: string
  readonly fields?: readonly Field[]
  readonly description?: string
}

const KNOWN = [
  'name',
  'type',
  'mode',
  'fields',
  'description',
  'policyTags',
  'maxLength',
  'precision',
  'scale',
  'collation',
  'roundingMode'
]

/** What is wrong with a schema. */
export function schemaFault(fields: readonly Field[], at = ''): string | undefined {
  const names = fields.map(({ name }) => name.toLowerCase())
  if (fields.length === 0) return `no fields at ${at}`
  for (const field of fields) {
    const where = `${at}${field.name}`
    for (const key of Object.keys(field)) if (!KNOWN.includes(key)) return `unknown ${key} of ${where}`
    if (!/^[A-Za-z_][A-Za-z0-9_]{0,299}$/.test(field.name)) return `invalid name ${where}`
    if (/^(_table_|_file_|_partition|_row_timestamp|__root__|_colidentifier)/i.test(field.name)) return `reserved name ${where}`
    if (names.filter((name) => name === field.name.toLowerCase()).length > 1) return `duplicate name ${where}`
    if (!['STRING', 'BOOLEAN', 'INTEGER', 'FLOAT', 'RECORD'].includes(field.type)) return `unknown type of ${where}`
    if (!['NULLABLE', 'REPEATED', 'REQUIRED'].includes(field.mode ?? 'NULLABLE')) return `unknown mode of ${where}`
    const deeper = field.type === 'RECORD' ? schemaFault(field.fields ?? [], `${where}.`) : undefined
    if (deeper !== undefined) return deeper
  }
  return undefined
}

/** What is wrong with a row. */
export function rowFault(row: Record<string, unknown>, fields: readonly Field[], at = ''): string | undefined {
  for (const [name, value] of Object.entries(row)) {
    const field = fields.find((one) => one.name.toLowerCase() === name.toLowerCase())
    if (field === undefined) return `no such field: ${at}${name}`
    const where = `${at}${name}`
    if (field.mode === 'REPEATED' ? !Array.isArray(value) : Array.isArray(value)) return `${where}: a list, or none where one must be`
    for (const one of field.mode === 'REPEATED' ? (value as unknown[]) : [value]) {
      if (one === null && field.mode === 'REPEATED') return `${where}: null in a list`
      const fault = one === null ? undefined : valueFault(one, field, where)
      if (fault !== undefined) return fault
    }
  }
  return undefined
}

function valueFault(value: unknown, { type, fields = [] }: Field, at: string): string | undefined {
  if (type === 'RECORD')
    return typeof value === 'object' ? rowFault(value as Record<string, unknown>, fields, `${at}.`) : `${at}: no record`
  const fits = {
    STRING: typeof value === 'string',
    BOOLEAN: typeof value === 'boolean',
    INTEGER: Number.isSafeInteger(value),
    FLOAT: typeof value === 'number'
  }[type]
  return fits === true ? undefined : `${at}: no ${type}`
}

/** Whether a schema has fields that another one has not; undefined: it lacks some, or has them otherwise. */
export function newFields(before: readonly Field[], now: readonly Field[]): boolean | undefined {
  let added = now.length > before.length
  for (const old of before) {
    const one = now.find(({ name }) => name.toLowerCase() === old.name.toLowerCase())
    if (one === undefined || one.type !== old.type || (one.mode ?? 'NULLABLE') !== (old.mode ?? 'NULLABLE')) return undefined
    const deeper = newFields(old.fields ?? [], one.fields ?? [])
    if (deeper === undefined) return undefined
    added ||= deeper
  }
  return added
}
