/** The generated hospital: tables of any size in the shape of MIMIC-III, the same bytes for the same number of patients and seed. */

import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fail } from '../errors.js'
import { CsvFile } from './csv.js'
import { foundHospital, streamOf } from './hospital.js'
import { makePerson } from './person.js'
import { TABLES } from './tables/index.js'

export interface GenerateOptions {
  /** How many patients, at least 1. */
  readonly patients: number
  /** A whole number from 0; another seed gives another hospital. */
  readonly seed: number
  /** Folder the files go into; made when it is not there. Files of the same name are replaced. */
  readonly out: string
  /** Write NAME.csv.gz instead of NAME.csv. */
  readonly gzip?: boolean
  /** Minutes between two sets of charted vital signs in intensive care, 15 to 1440; 60 when left out, 15 gives as many rows as the source has. */
  readonly charting?: number
  readonly progress?: (done: number, total: number) => void
}

/**
 * Writes one CSV file per table, patient by patient, with memory that does not grow with the number of patients.
 * Gives the rows per table (lower-case name). Throws cli.usage for numbers out of range and source.io when a file cannot be written.
 */
export async function generateHospital(options: GenerateOptions): Promise<Record<string, number>> {
  const { patients, seed, out, gzip = false, charting = 60, progress } = options
  if (!Number.isSafeInteger(patients) || patients < 1)
    throw fail('cli.usage', { reason: `patients is ${patients}: a whole number from 1 is needed` })
  if (!Number.isSafeInteger(seed) || seed < 0) throw fail('cli.usage', { reason: `seed is ${seed}: a whole number from 0 is needed` })
  if (!Number.isSafeInteger(charting) || charting < 15 || charting > 1440)
    throw fail('cli.usage', { reason: `charting is ${charting}: whole minutes from 15 to 1440 are needed` })
  try {
    await mkdir(out, { recursive: true })
  } catch (error) {
    throw fail('source.io', { path: out, reason: (error as Error).message }, { cause: error })
  }
  const hospital = foundHospital(patients, seed, charting)
  const open = TABLES.map((table) => {
    const file = new CsvFile(join(out, `${table.name.toUpperCase()}.csv${gzip ? '.gz' : ''}`), table.columns, gzip)
    return { table, file }
  })
  try {
    for (const { table, file } of open) table.fixed?.(hospital, file, streamOf(hospital, table.name))
    for (let index = 0; index < patients; index++) {
      const person = makePerson(hospital, index)
      for (const { table, file } of open) {
        table.of?.(person, file, streamOf(hospital, table.name, index), hospital)
        if (file.behind) await file.settled()
      }
      progress?.(index + 1, patients)
    }
  } finally {
    await Promise.all(open.map(({ file }) => file.close()))
  }
  return Object.fromEntries(open.map(({ table, file }) => [table.name, file.rows]))
}
