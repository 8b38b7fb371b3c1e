import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { loadSettings } from '#wardbridge/config.js'
import { runExport } from '#wardbridge/export/export.js'
import { parseTarget } from '#wardbridge/export/target.js'
import { openService } from '#wardbridge/service/service.js'
import { analyses, analysisSql } from '#wardbridge/warehouse/analyses.js'
import { query } from '#wardbridge/warehouse/duckdb.js'
import { ADMIN } from '../helper.js'

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url))
const HOSPITAL = fileURLToPath(new URL('../../fixtures/hospital-small', import.meta.url))
const DEMO = fileURLToPath(new URL('../../../shared/data/mimic-iii-demo', import.meta.url))
const root = mkdtempSync(join(tmpdir(), 'wardbridge-analyses-'))
const at = (...names: string[]) => join(root, ...names)
t.teardown(() => rmSync(root, { recursive: true, force: true }))

function run(...words: string[]) {
  return spawnSync(process.execPath, [CLI, ...words], { encoding: 'utf8', cwd: root, env: { PATH: process.env['PATH'] } })
}

/** Loads sources and exports them to Parquet. */
async function exported(name: string, mapping: string, ...sources: string[]) {
  const store = at(`${name}.db`)
  const loaded = run('ingest', ...sources, '--mapping', mapping, '--source', 'urn:test', '--store', store, '--quiet')
  if (loaded.status !== 0) throw new Error(loaded.stderr)
  const service = await openService({ store })
  t.teardown(() => service.close())
  const to = parseTarget(`parquet:${at(name)}`)
  await runExport({ service, who: ADMIN, to, jobs: 2, google: loadSettings({ store }, {}).google })
  return service
}

t.test('waiting times of the generated hospital are those that the service tells itself', async (t) => {
  const service = await exported('hospital', 'hospital', HOSPITAL)
  const rows = await query(analysisSql('waiting-times', 'duckdb', at('hospital')))
  const { physicians } = await service.waitingTimes(ADMIN)
  const told = new Map(rows.map((row) => [`Practitioner/${row['physician']}`, row]))
  t.strictSame([...told.keys()].sort(), physicians.map(({ physician }) => physician).sort())
  for (const { physician, answered, waiting, median_seconds } of physicians) {
    const row = told.get(physician)!
    t.strictSame([Number(row['answered']), Number(row['unanswered'])], [answered, waiting], physician)
    const hours = row['median_hours'] as number | null
    t.equal(hours === null, median_seconds === null)
    // Of an even number theirs is the lower one of the two in the middle.
    if (hours !== null && answered % 2 === 1) t.ok(Math.abs(hours - median_seconds! / 3600) < 0.01, `${hours} h`)
  }
})

const skip = existsSync(DEMO) ? false : 'needs the MIMIC-III demo in ../shared/data/mimic-iii-demo'

t.test('the MIMIC-III demo: admissions and laboratory values', { skip }, async (t) => {
  const tables = ['ADMISSIONS', 'PATIENTS', 'D_LABITEMS', 'LABEVENTS'].map((name) => join(DEMO, `${name}.csv.gz`))
  const service = await exported('demo', 'mimic-iii', ...tables)
  const counts = await service.counts(ADMIN)
  for (const [type, count] of Object.entries(counts)) {
    const [row] = await query(`SELECT COUNT(*) AS n FROM read_parquet('${at('demo', `${type}.parquet`)}')`)
    t.equal(Number(row!['n']), count, `${type}: a row for each resource`)
  }

  t.test('admissions and length of stay by type and insurance', async (t) => {
    const csv = `read_csv('${join(DEMO, 'ADMISSIONS.csv.gz')}', all_varchar = true)`
    const expected = await query(
      `SELECT admission_type, insurance, COUNT(*) AS admissions,
         ROUND(AVG(EPOCH(dischtime::TIMESTAMP - admittime::TIMESTAMP) / 86400), 2) AS mean_days
       FROM ${csv} GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2`
    )
    const rows = await query(analysisSql('admissions', 'duckdb', at('demo')))
    t.strictSame(
      rows.map(({ admission_type, insurance, admissions, mean_days }) => ({ admission_type, insurance, admissions, mean_days })),
      expected
    )
  })

  t.test('trend of each test of each patient', async (t) => {
    const rows = await query(analysisSql('lab-trend', 'duckdb', at('demo')))
    const measured = rows.reduce((sum, row) => sum + Number(row['measured']), 0)
    const [all] = await query(
      `SELECT COUNT(*) AS n FROM read_parquet('${at('demo/Observation.parquet')}') WHERE value.quantity.value IS NOT NULL AND effective.dateTime IS NOT NULL`
    )
    t.equal(measured, Number(all!['n']), 'every value counts once')
    const csv = `read_csv('${join(DEMO, 'LABEVENTS.csv.gz')}', all_varchar = true)`
    const [potassium] = await query(
      `SELECT COUNT(*) AS n, MIN(valuenum::DOUBLE) AS low, MAX(valuenum::DOUBLE) AS high FROM ${csv} WHERE subject_id = '10006' AND itemid = '50971' AND valuenum <> ''`
    )
    const [patient] = await query(
      `SELECT id FROM read_parquet('${at('demo/Patient.parquet')}') WHERE EXISTS (SELECT 1 FROM (SELECT UNNEST(identifier) AS i) WHERE i.value = '10006')`
    )
    const row = rows.find((one) => one['patient'] === patient!['id'] && one['name'] === 'Potassium')!
    t.match(row, { measured: potassium!['n'], lowest: potassium!['low'], highest: potassium!['high'] })
    t.ok(Number.isFinite(row['slope_per_day']))
  })
})

t.test('the form for BigQuery names the tables of the dataset, and leaves no mark behind', async (t) => {
  for (const name of analyses()) {
    const sql = analysisSql(name, 'bigquery', 'p.d')
    t.notMatch(sql, /\{\{|\}\}|undefined/, name)
    t.match(sql, /`p\.d\.[A-Z][A-Za-z]+`/)
  }
})

t.test('tables that an export does not have are named', async (t) => {
  const store = at('hospital.db')
  t.equal(run('export', '--to', 'parquet:some', '--types', 'Task,Encounter', '--store', store, '--quiet').status, 0)
  const { status, stderr } = run('analysis', 'waiting-times', '--from', 'parquet:some')
  t.equal(status, 1)
  t.match(stderr, /some has no Communication\.parquet, which this analysis reads/)
  t.match(run('analysis', 'admissions', '--from', 'parquet:some').stderr, /has no Account\.parquet and Coverage\.parquet/)
})

t.test('the command prints rows, NDJSON or SQL', async (t) => {
  const from = `parquet:${at('hospital')}`
  const rows = run('analysis', 'waiting-times', '--from', from)
  t.equal(rows.status, 0, rows.stderr)
  t.match(rows.stdout, /^physician +questions +answered/)
  const lines = run('analysis', 'admissions', '--from', from, '--json').stdout.trim().split('\n')
  t.match(JSON.parse(lines[0]!), { admission_type: String, insurance: String })
  t.match(run('analysis', 'admissions', '--from', 'bq://p.d').stdout, '`p.d.Encounter`')
  t.match(run('analysis', 'admissions', '--from', from, '--sql').stdout, 'read_parquet(')
  t.equal(run('analysis', 'beds', '--from', from).status, 2)
  t.match(run('analysis', 'admissions', '--from', 'gs://b/p'), { status: 2, stderr: /--from takes/ })
})
