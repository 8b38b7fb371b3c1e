import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DuckDBInstance } from '@duckdb/node-api'
import t from 'tap'
import { loadSettings } from '#wardbridge/config.js'
import { type ExportOptions, runExport } from '#wardbridge/export/export.js'
import { parseTarget } from '#wardbridge/export/target.js'
import { openService } from '#wardbridge/service/service.js'
import { type Column, duckdbType } from '#wardbridge/warehouse/columns.js'
import { ADMIN, build } from '../helper.js'

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url))
const HOSPITAL = fileURLToPath(new URL('../../fixtures/hospital-small', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'wardbridge-export-'))
const at = (...names: string[]) => join(folder, ...names)
t.teardown(() => rmSync(folder, { recursive: true, force: true }))

function run(words: readonly string[], env: NodeJS.ProcessEnv = {}) {
  return spawnSync(process.execPath, [CLI, ...words], { encoding: 'utf8', env: { PATH: process.env['PATH'], ...env }, cwd: folder })
}

const loaded = run(['ingest', HOSPITAL, '--mapping', 'hospital', '--source', 'urn:test', '--store', at('ward.db'), '--quiet'])
if (loaded.status !== 0) throw new Error(loaded.stderr)

const service = await openService({ store: at('ward.db') })
t.teardown(() => service.close())
const counts = await service.counts(ADMIN)

const { google } = loadSettings({ store: at('ward.db') }, {})
const exported = (to: string, more: Partial<ExportOptions> = {}) =>
  runExport({ service, who: ADMIN, to: parseTarget(to), jobs: 2, google, ...more })

const duckdb = await (await DuckDBInstance.create(':memory:')).connect()
t.teardown(() => duckdb.closeSync())
const query = async (sql: string) => (await duckdb.runAndReadAll(sql)).getRowObjectsJson()
const base64 = (text: string) => Buffer.from(text).toString('base64')
const textOf = (path: string) => readFileSync(path, 'utf8')

t.test('NDJSON: a file per type, every resource in it as the store has it', async (t) => {
  const report = await exported(`ndjson:${at('nd')}`)
  t.strictSame(Object.fromEntries(report.types.map(({ type, resources }) => [type, resources])), counts)
  t.strictSame(readdirSync(at('nd')).sort(), [...Object.keys(counts).map((type) => `${type}.ndjson`), 'export.json'].sort())
  t.match(JSON.parse(textOf(at('nd/export.json'))), { seq: report.seq, resources: report.resources, next: report.next })
  for (const [type, count] of Object.entries(counts)) {
    const lines = textOf(at(`nd/${type}.ndjson`)).split('\n')
    t.equal(lines.pop(), '', `${type}: the last line ends`)
    t.equal(lines.length, count, type)
    const { id } = JSON.parse(lines[0]!)
    t.equal(lines[0], (await service.read(ADMIN, type, id)).body, `${type}: the exact text`)
  }
})

t.test('Parquet: rows are resources, columns are those of the BigQuery schema, nested ones too', async (t) => {
  const report = await exported(`parquet:${at('pq')}`)
  t.equal(
    report.resources,
    Object.values(counts).reduce((sum, count) => sum + count, 0)
  )
  for (const [type, count] of Object.entries(counts)) {
    const file = at(`pq/${type}.parquet`)
    const [{ n, ids } = {}] = await query(`SELECT count(*) AS n, count(DISTINCT id) AS ids FROM '${file}'`)
    t.strictSame([Number(n), Number(ids)], [count, count], `${type}: a row for each resource`)
    const schema: readonly Column[] = JSON.parse(textOf(at(`pq/schema/${type}.json`)))
    const described = await query(`DESCRIBE SELECT * FROM '${file}'`)
    t.strictSame(
      described.map(({ column_name, column_type }) => [column_name, column_type]),
      await plainTypes(schema),
      `${type}: columns`
    )
  }
  const [first] = await query(
    `SELECT id, subject.patientId AS patient, period."start" AS start FROM '${at('pq/Encounter.parquet')}' LIMIT 1`
  )
  const encounter = JSON.parse((await service.read(ADMIN, 'Encounter', String(first!['id']))).body)
  t.equal(encounter.subject.reference, `Patient/${first!['patient']}`)
  t.equal(encounter.period.start, first!['start'])
  t.strictSame(
    readdirSync(at('pq')).filter((name) => name.startsWith('.')),
    [],
    'nothing else is left'
  )
})

/** Types as DuckDB writes them itself. */
async function plainTypes(columns: readonly Column[]) {
  const cells = columns.map((column) => `NULL::${duckdbType(column)} AS "${column.name}"`).join(', ')
  return (await query(`DESCRIBE SELECT ${cells}`)).map(({ column_name, column_type }) => [column_name, column_type])
}

t.test('--types: those and no others; an unknown one is refused', async (t) => {
  const report = await exported(`ndjson:${at('some')}`, { types: ['Patient', 'Account', 'Basic'] })
  t.strictSame(
    report.types.map(({ type }) => type),
    ['Account', 'Patient']
  )
  await t.rejects(exported(`ndjson:${at('some')}`, { types: ['Pasient'] }), { code: 'resource.unknown-type' })
})

t.test('one moment: what is written while it is read is in none of the pages', async (t) => {
  const { service } = await build(t)
  for (let n = 0; n < 3; n++) await service.update(ADMIN, 'Basic', `b${n}`, basic(`b${n}`, 'before'))
  const view = await service.openExport(ADMIN, undefined)
  try {
    await service.update(ADMIN, 'Basic', 'b0', basic('b0', 'after'))
    await service.delete(ADMIN, 'Basic', 'b1')
    await service.update(ADMIN, 'Basic', 'b9', basic('b9', 'after'))
    t.equal(view.seq, 3)
    t.strictSame([...view.counts], [['Basic', 3]])
    const texts: string[] = []
    for await (const { bytes } of view.pages('Basic')) texts.push(Buffer.from(bytes).toString())
    t.match(texts.join(''), /b0.*b1.*b2/)
    t.notMatch(texts.join(''), 'after')
  } finally {
    await view.close()
  }
})

function basic(id: string, text: string): string {
  return JSON.stringify({ resourceType: 'Basic', id, code: { text } })
}

t.test('--since: what has changed and what was deleted, and nothing written meanwhile is ever left out', async (t) => {
  const { service } = await build(t)
  for (let n = 0; n < 3; n++) await service.update(ADMIN, 'Basic', `b${n}`, basic(`b${n}`, 'before'))
  const options = { service, who: ADMIN, google, jobs: 1 }
  const root = mkdtempSync(at('out-'))
  const whole = await runExport({ ...options, to: parseTarget(`ndjson:${root}/whole`) })
  await new Promise((resolve) => setTimeout(resolve, 1100))
  const since = Date.now()
  await service.update(ADMIN, 'Basic', 'b0', basic('b0', 'after'))
  await service.delete(ADMIN, 'Basic', 'b1')
  const changes = await runExport({ ...options, to: parseTarget(`ndjson:${root}/changes`), since })
  t.match(changes, { resources: 1, deleted: 1, types: [{ type: 'Basic', resources: 1, deleted: 1 }] })
  t.match(textOf(`${root}/changes/Basic.ndjson`), 'after')
  t.match(JSON.parse(textOf(`${root}/changes/deleted.ndjson`)), {
    resourceType: 'Bundle',
    type: 'transaction',
    entry: [{ request: { method: 'DELETE', url: 'Basic/b1' } }]
  })
  const next = await runExport({ ...options, to: parseTarget(`ndjson:${root}/next`), since: Date.parse(whole.next!) })
  t.equal(next.deleted, 1, 'what was written since the whole export')
  t.ok(next.resources >= 1)
  await t.rejects(runExport({ ...options, to: parseTarget(`ndjson:${root}/whole`), since }), { code: 'export.not-empty' })
  const table = await runExport({ ...options, to: parseTarget(`parquet:${root}/tables`), since })
  t.equal(table.deleted, 1)
  t.strictSame(await query(`SELECT resourceType, id, versionId FROM '${root}/tables/deleted.parquet'`), [
    { resourceType: 'Basic', id: 'b1', versionId: '2' }
  ])
  t.match(await query(`SELECT code.text AS text FROM '${root}/tables/Basic.parquet'`), [{ text: 'after' }])
})

t.test('an export takes the place of an earlier one, also of types that are gone', async (t) => {
  const { service } = await build(t)
  const root = mkdtempSync(at('out-'))
  const to = parseTarget(`ndjson:${root}/out`)
  await service.update(ADMIN, 'Basic', 'b', basic('b', 'x'))
  await service.update(ADMIN, 'Patient', 'p', '{"resourceType":"Patient","id":"p"}')
  await runExport({ service, who: ADMIN, google, to })
  await service.delete(ADMIN, 'Basic', 'b')
  await runExport({ service, who: ADMIN, google, to })
  t.strictSame(readdirSync(`${root}/out`).sort(), ['Patient.ndjson', 'export.json'])
})

t.test('two extensions that want one name: every row has the same columns, wherever the second one came', async (t) => {
  const { service } = await build(t)
  // Several pages for several threads; the other extension is in the last one alone.
  const filler = 'x'.repeat(400_000)
  for (let n = 0; n < 12; n++) {
    const url = n === 11 ? 'http://b.org/kind' : 'http://a.org/kind'
    const extension = [{ url, valueString: `k${n}` }]
    await service.update(ADMIN, 'Basic', `b${n}`, JSON.stringify({ resourceType: 'Basic', id: `b${n}`, extension, code: { text: filler } }))
  }
  const root = mkdtempSync(at('out-'))
  await runExport({ service, who: ADMIN, google, jobs: 2, to: parseTarget(`parquet:${root}/out`) })
  const rows = await query(
    `SELECT count(a_org_kind[1].value.string) AS a, count(b_org_kind[1].value.string) AS b FROM '${root}/out/Basic.parquet'`
  )
  t.strictSame(rows, [{ a: '11', b: '1' }])
})

t.test('given up: no file is there in part', async (t) => {
  const stop = new AbortController()
  const progress = () => stop.abort()
  await t.rejects(exported(`parquet:${at('stopped')}`, { signal: stop.signal, progress }), { name: 'AbortError' })
  const files = readdirSync(at('stopped')).filter((name) => name !== 'schema')
  t.strictSame(files, [])
})

t.test('access: analysts export all but the audit, others do not; exports are audited', async (t) => {
  const { service, ask } = await build(t)
  await service.update(ADMIN, 'Patient', 'p', '{"resourceType":"Patient","id":"p"}')
  const analyst = { subject: 'ana', role: 'analyst' }
  const view = await service.openExport(analyst, undefined)
  t.strictSame([...view.counts], [['Patient', 1]])
  await view.close()
  await t.rejects(service.openExport(analyst, ['AuditEvent']), { code: 'auth.forbidden' })
  for (const who of [
    { subject: 'doc', role: 'physician', fhirUser: 'Practitioner/1' },
    { subject: 'pat', role: 'patient', fhirUser: 'Patient/p' },
    { subject: 'aud', role: 'auditor' },
    { subject: 'app', role: 'analyst', scope: 'user/Patient.rs' }
  ])
    await t.rejects(service.openExport(who, undefined), { code: 'auth.forbidden' }, who.role)
  const { json } = await ask('GET', '/fhir/AuditEvent?agent:identifier=ana')
  const all = (json.entry ?? []) as ReadonlyArray<{ resource: { type: { code: string }; outcome: string; outcomeDesc?: string } }>
  const exports = all.filter(({ resource }) => resource.type.code === '110106')
  t.equal(exports.length, 1, 'the export that was made')
  t.match(exports[0]!.resource.outcomeDesc, 'of 1 writes')
})

t.test('the command: report, usage, a missing store, a missing package', async (t) => {
  const made = run(['export', '--to', 'ndjson:cli', '--store', at('ward.db'), '--types', 'Patient', '--json', '--quiet'])
  t.equal(made.status, 0, made.stderr)
  t.equal(JSON.parse(made.stdout).resources, counts['Patient'])
  t.equal(run(['export', '--to', 'csv:cli', '--store', at('ward.db')]).status, 2)
  t.equal(run(['export', '--to', 'ndjson:cli', '--store', at('ward.db'), '--since', 'yesterday']).status, 2)
  t.equal(run(['export', '--to', 'ndjson:cli', '--store', at('none.db')]).status, 1)
  t.notOk(existsSync(at('none.db')), 'it is not made')
  const hook = `export async function resolve(name, context, next) { if (name === '@duckdb/node-api') throw new Error('absent'); return next(name, context) }`
  const register = `import { register } from 'node:module'; register('data:text/javascript;base64,${base64(hook)}')`
  const without = run(['export', '--to', 'parquet:none', '--store', at('ward.db')], {
    NODE_OPTIONS: `--import data:text/javascript;base64,${base64(register)}`
  })
  t.equal(without.status, 1)
  t.match(without.stderr, /need the package @duckdb\/node-api \d+\.\d+\.\d+\S*, which is not installed/)
})

t.test('the command: stopped by a signal it leaves nothing in part, and its exit code is 130', async (t) => {
  const child = spawn(process.execPath, [CLI, 'export', '--to', `parquet:${at('killed')}`, '--store', at('ward.db')], { cwd: folder })
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve))
  let told = ''
  child.stderr.setEncoding('utf8').on('data', (text) => (told += text))
  while (!existsSync(at('killed', 'Account.parquet'))) await new Promise((resolve) => setTimeout(resolve, 5))
  child.kill('SIGINT')
  const code = await ended
  // It may have been quicker than the signal.
  if (code === 0) return t.comment('done before the signal came')
  t.equal(code, 130, told)
  t.match(told, 'stopped')
  t.strictSame(
    readdirSync(at('killed')).filter((name) => name.startsWith('.')),
    []
  )
})

t.test('where an export goes', async (t) => {
  t.match(parseTarget('gs://b/p'), { kind: 'objects', prefix: 'gs://b/p/' })
  t.match(parseTarget('ndjson:gs://b/p/'), { kind: 'objects', prefix: 'gs://b/p/' })
  t.match(parseTarget('bq://my-project.ward_1'), { kind: 'bigquery', project: 'my-project', dataset: 'ward_1' })
  for (const wrong of ['bq://p', 'parquet:gs://b/p', 'ndjson:', 'out', 'bq://p.d-s'])
    t.throws(() => parseTarget(wrong), { code: 'cli.usage' }, wrong)
})
