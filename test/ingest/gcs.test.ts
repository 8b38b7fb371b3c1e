/** Loads from Cloud Storage are those from local folders, to the byte, also through a bad connection. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { readPack } from '#wardbridge/files/packs.js'
import { ingest, type LoadOptions, type LoadReport, mapToFolder } from '#wardbridge/ingest/index.js'
import { openService } from '#wardbridge/service/service.js'
import { type Fault, startStorage } from '../support/storage-server.js'
import { SMALL, TABLES } from './pack.js'

const DEMO = '../shared/data/mimic-iii-demo'
const SOURCE = 'https://hospital.example/mimic'
const SYNTHEA = '../shared/data/synthea'
const server = await startStorage(t)
// A connection that gives nothing is given up after a quarter of that.
const google = { ...server.google, callBudget: 4000 }

t.afterEach(() => {
  server.fault = () => undefined
})

function folder(t: Test): string {
  const path = mkdtempSync(join(tmpdir(), 'wardbridge-test-'))
  t.teardown(() => rmSync(path, { recursive: true, force: true }))
  return path
}

/** Puts files into the bucket, below a prefix. */
function upload(prefix: string, from: string, names: readonly string[]): void {
  for (const name of names) server.bucket('b').put(`${prefix}/${name}`, readFileSync(join(from, name)))
}

/** What a load writes, by file; and its report less times. */
async function mapped(
  t: Test,
  options: Omit<LoadOptions, 'jobs'>
): Promise<{ files: Record<string, string>; report: Partial<LoadReport> }> {
  const out = folder(t)
  const { seconds, resourcesPerSecond, peakRssMb, finishedAt, ...report } = await mapToFolder({ ...options, jobs: 2 }, out)
  return { files: Object.fromEntries(readdirSync(out).map((name) => [name, readFileSync(join(out, name), 'utf8')])), report }
}

/** Every seventh read of a content breaks somewhere. */
function spoil(): { readonly count: () => number } {
  const faults: readonly Fault[] = [{ reset: 70_000 }, { status: 503 }, { truncate: 200_000 }, { reset: 0 }, { reset: -1 }, { slow: 1 }]
  let calls = 0
  let broken = 0
  server.fault = ({ url }) => (url.includes('alt=media') && ++calls % 3 === 1 ? faults[broken++ % faults.length] : undefined)
  return { count: () => broken }
}

t.test('tables', async (t) => {
  const from = folder(t)
  for (const [name, text] of Object.entries(TABLES)) writeFileSync(join(from, name), text)
  upload('small', from, Object.keys(TABLES))
  const local = await mapped(t, { sources: [from], pack: SMALL })
  const remote = await mapped(t, { sources: ['gs://b/small'], pack: SMALL, google })
  t.strictSame(remote.files, local.files)
  t.strictSame(remote.report.tables, local.report.tables)
  t.strictSame(remote.report.totals, local.report.totals)
})

t.test('tables of MIMIC-III, through a bad connection', { skip: !existsSync(DEMO) && 'the MIMIC-III demo is not there' }, async (t) => {
  const pack = await readPack('mimic-iii')
  const names = ['PATIENTS', 'ADMISSIONS', 'ICUSTAYS', 'PRESCRIPTIONS', 'D_ICD_DIAGNOSES', 'DIAGNOSES_ICD'].map((name) => `${name}.csv.gz`)
  upload('mimic', DEMO, names)
  const local = await mapped(t, { sources: names.map((name) => join(DEMO, name)), pack, source: SOURCE })
  const bad = spoil()
  const remote = await mapped(t, { sources: ['gs://b/mimic/*.csv.gz'], pack, source: SOURCE, google })
  t.ok(bad.count() >= 4, `${bad.count()} reads broke`)
  t.strictSame(Object.keys(remote.files), Object.keys(local.files))
  for (const [name, text] of Object.entries(local.files)) t.ok(remote.files[name] === text, name)
  t.strictSame(remote.report.tables, local.report.tables)
})

t.test('NDJSON and Bundles, into a store', { skip: !existsSync(SYNTHEA) && 'the Synthea Bundles are not there' }, async (t) => {
  const dir = folder(t)
  mkdirSync(join(dir, 'in'))
  const bundles = readdirSync(SYNTHEA)
    .filter((name) => /\.json(\.gz)?$/.test(name))
    .sort()
    .slice(0, 1)
  for (const name of bundles) writeFileSync(join(dir, 'in', name), readFileSync(join(SYNTHEA, name)))
  const people = Array.from({ length: 3000 }, (_, i) => JSON.stringify({ resourceType: 'Patient', id: `p${i}`, gender: 'female' }))
  writeFileSync(join(dir, 'in', 'people.ndjson'), people.join('\n'))
  upload('fhir', join(dir, 'in'), [...bundles, 'people.ndjson'])
  const pack = await readPack('mimic-iii')
  const reports: LoadReport[] = []
  const service = await openService({ store: join(dir, 'store.db') })
  t.teardown(() => service.close())
  reports.push(await ingest({ sources: [join(dir, 'in')], pack, source: SOURCE }, service, { subject: 'test', role: 'system' }))
  spoil()
  reports.push(await ingest({ sources: ['gs://b/fhir'], pack, source: SOURCE, google }, service, { subject: 'test', role: 'system' }))
  const [first, second] = reports as [LoadReport, LoadReport]
  t.ok(first.totals.created > 3000)
  t.match(second.totals, { created: 0, updated: 0, unchanged: first.totals.resources }, 'the same resources with the same content')
  t.strictSame(second.errors, [])
})

t.test('a table that is changed while it is read ends with an error that names it', async (t) => {
  const people = `${TABLES['PEOPLE.csv']}`
  server.bucket('b').put('changing/people.csv', people)
  let reads = 0
  server.fault = ({ url }) => {
    // The header is read, then somebody writes the table anew.
    if (url.includes('alt=media') && ++reads === 2) server.bucket('b').put('changing/people.csv', `${people}9,x\n`)
    return undefined
  }
  const { report, files } = await mapped(t, { sources: ['gs://b/changing/people.csv'], pack: SMALL, google })
  t.match(report.errors, [{ code: 'source.changed', message: /gs:\/\/b\/changing\/people\.csv was changed/ }])
  t.strictSame(Object.keys(files), [])
})
