/**
 * Rows to FHIR NDJSON: `wardbridge map` on lab rows, beside DuckDB on the same rows in the same run (CSV in, NDJSON out): once with to_json of the bare
 * row, and once with to_json of the Observation that the row becomes, written as SQL (without checks, code maps, comparators and kept source texts).
 */
import { copyFileSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { duckdb } from './duckdb.mjs'
import { hospital, median, repeat, SOURCE, spread, wardbridge } from './measure.mjs'

export const title = 'Rows to FHIR NDJSON'

const id = (space, key) => `md5('${space}' || ${key})`
const reference = (type, space, key) =>
  `{reference: '${type}/' || ${id(space, key)}, identifier: {system: '${SOURCE}:${key}', value: ${key}}}`
const OBSERVATION = `to_json({
  resourceType: 'Observation', id: ${id('lab', 'row_id')}, meta: {profile: ['https://fhir.wardbridge.dev/StructureDefinition/wardbridge-lab-observation']},
  identifier: [{system: '${SOURCE}:labevent', value: row_id}], status: 'final',
  category: [{coding: [{system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'laboratory', display: 'Laboratory'}]}],
  code: {coding: [
    {system: 'https://fhir.wardbridge.dev/CodeSystem/mimic-iii-d-labitems', code: itemid, display: d.label},
    {system: 'http://loinc.org', code: d.loinc_code, display: NULL}], text: d.label},
  subject: ${reference('Patient', 'patient', 'subject_id')},
  encounter: CASE WHEN hadm_id IS NOT NULL THEN ${reference('Encounter', 'encounter', 'hadm_id')} END,
  effectiveDateTime: replace(charttime, ' ', 'T') || '-05:00',
  valueQuantity: CASE WHEN try_cast(value AS DOUBLE) IS NOT NULL
    THEN {value: try_cast(value AS DOUBLE), unit: valueuom, system: 'http://unitsofmeasure.org', code: valueuom} END,
  valueString: CASE WHEN try_cast(value AS DOUBLE) IS NULL THEN value END,
  interpretation: CASE WHEN flag IS NOT NULL THEN [{coding: [{system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation', code: 'A'}], text: flag}] END
})`

export async function bench({ folder, runs, patients }) {
  const tables = await hospital(folder, patients)
  const input = join(folder, 'labs')
  mkdirSync(input, { recursive: true })
  for (const name of ['LABEVENTS.csv', 'D_LABITEMS.csv']) copyFileSync(join(tables, name), join(input, name))
  const database = await duckdb()
  const ours = []
  const bare = []
  const shaped = []
  let rows = 0
  await repeat(runs, async () => {
    const out = join(folder, 'mapped')
    const report = await wardbridge('map', input, '--mapping', 'mimic-iii', '--source', SOURCE, '--out', out, '--json', '--quiet')
    rows = report.tables.find(({ table }) => table === 'labevents').rowsIn
    ours.push(rows / report.seconds)
    rmSync(out, { recursive: true })
    if (database === undefined) return
    const time = async (select) => {
      const file = join(folder, 'duckdb.ndjson')
      const start = performance.now()
      await database.run(`COPY (${select}) TO '${file}' (FORMAT csv, HEADER false, QUOTE '', ESCAPE '', DELIMITER E'\\x01')`)
      rmSync(file)
      return (rows / (performance.now() - start)) * 1000
    }
    const table = (name) => `read_csv('${join(input, name)}', all_varchar = true)`
    bare.push(await time(`SELECT to_json(t) FROM ${table('LABEVENTS.csv')} t`))
    shaped.push(
      await time(
        `SELECT ${OBSERVATION} FROM ${table('LABEVENTS.csv')} l LEFT JOIN (SELECT itemid, label, loinc_code FROM ${table('D_LABITEMS.csv')}) d USING (itemid)`
      )
    )
  })
  const lines = [
    ['lab rows', rows.toLocaleString('en-US')],
    ['wardbridge map, rows/s', spread(ours)]
  ]
  if (bare.length > 0) {
    lines.push(
      ['DuckDB to_json of the Observation, rows/s', spread(shaped)],
      ['ratio', (median(ours) / median(shaped)).toFixed(2)],
      ['DuckDB to_json of the bare row, rows/s', spread(bare)],
      ['ratio', (median(ours) / median(bare)).toFixed(2)]
    )
  } else lines.push(['DuckDB to_json', 'not measured: @duckdb/node-api could not be installed'])
  return lines
}
