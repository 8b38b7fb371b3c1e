/** Reads a generated folder for the tests. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import Papa from 'papaparse'

export type Row = Readonly<Record<string, string>>

export const TABLES = [
  'physicians',
  'caregivers',
  'd_icd_diagnoses',
  'd_labitems',
  'patients',
  'admissions',
  'icustays',
  'diagnoses_icd',
  'labevents',
  'd_icd_procedures',
  'd_items',
  'd_cpt',
  'transfers',
  'services',
  'callout',
  'procedures_icd',
  'drgcodes',
  'cptevents',
  'microbiologyevents',
  'prescriptions',
  'chartevents',
  'datetimeevents',
  'inputevents_cv',
  'inputevents_mv',
  'outputevents',
  'procedureevents_mv',
  'noteevents',
  'progress',
  'questions'
] as const

export type TableName = (typeof TABLES)[number]

export function read(folder: string, table: TableName): { header: string[]; rows: Row[] } {
  const { data, errors, meta } = Papa.parse<Row>(readFileSync(join(folder, `${table.toUpperCase()}.csv`), 'utf8'), {
    header: true,
    newline: '\n',
    skipEmptyLines: true
  })
  if (errors.length > 0) throw new Error(`${table}: ${JSON.stringify(errors[0])}`)
  return { header: meta.fields ?? [], rows: data }
}

export function readAll(folder: string): Record<TableName, Row[]> {
  return Object.fromEntries(TABLES.map((table) => [table, read(folder, table).rows])) as Record<TableName, Row[]>
}

export function by(rows: readonly Row[], column: string): Map<string, Row[]> {
  const groups = new Map<string, Row[]>()
  for (const row of rows) {
    const group = groups.get(row[column]!)
    if (group === undefined) groups.set(row[column]!, [row])
    else group.push(row)
  }
  return groups
}

export function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN
}
