/** Rows to FHIR NDJSON: `wardbridge map` on lab rows, beside DuckDB's to_json of the same rows (CSV in, NDJSON out) in the same run. */
import { copyFileSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { duckdb } from './duckdb.mjs'
import { hospital, median, repeat, SOURCE, spread, wardbridge } from './measure.mjs'

export const title = 'Rows to FHIR NDJSON'

export async function bench({ folder, runs, patients }) {
  const tables = await hospital(folder, patients)
  const input = join(folder, 'labs')
  mkdirSync(input, { recursive: true })
  for (const name of ['LABEVENTS.csv', 'D_LABITEMS.csv']) copyFileSync(join(tables, name), join(input, name))
  const database = await duckdb()
  const ours = []
  const theirs = []
  let rows = 0
  await repeat(runs, async () => {
    const out = join(folder, 'mapped')
    const report = await wardbridge('map', input, '--mapping', 'mimic-iii', '--source', SOURCE, '--out', out, '--json', '--quiet')
    rows = report.tables.find(({ table }) => table === 'labevents').rowsIn
    ours.push(rows / report.seconds)
    rmSync(out, { recursive: true })
    if (database === undefined) return
    const file = join(folder, 'duckdb.ndjson')
    const start = performance.now()
    await database.run(
      `COPY (SELECT to_json(t) FROM read_csv('${join(input, 'LABEVENTS.csv')}', all_varchar = true) t) TO '${file}' (FORMAT csv, HEADER false, QUOTE '', ESCAPE '', DELIMITER E'\\x01')`
    )
    theirs.push((rows / (performance.now() - start)) * 1000)
    rmSync(file)
  })
  const lines = [
    ['lab rows', rows.toLocaleString('en-US')],
    ['wardbridge map, rows/s', spread(ours)]
  ]
  if (theirs.length > 0) {
    lines.push(['DuckDB to_json, rows/s', spread(theirs)], ['ratio', (median(ours) / median(theirs)).toFixed(2)])
  } else lines.push(['DuckDB to_json', 'not measured: @duckdb/node-api could not be installed'])
  return lines
}
