import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { type ExportOptions, runExport } from '#wardbridge/export/export.js'
import { parseTarget } from '#wardbridge/export/target.js'
import { openService } from '#wardbridge/service/service.js'
import { ADMIN, build } from '../helper.js'
import { startBigQuery } from '../support/bigquery-server.js'
import { startStorage } from '../support/storage-server.js'

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url))
const HOSPITAL = fileURLToPath(new URL('../../fixtures/hospital-small', import.meta.url))
const to = parseTarget('bq://p.d')

t.test('a hospital in BigQuery: a table per type, every resource a row that fits the schema', async (t) => {
  const root = mkdtempSync(join(tmpdir(), 'wardbridge-bigquery-'))
  t.teardown(() => rmSync(root, { recursive: true, force: true }))
  const store = join(root, 'ward.db')
  const words = ['ingest', HOSPITAL, '--mapping', 'hospital', '--source', 'urn:test', '--store', store, '--quiet']
  const loaded = spawnSync(process.execPath, [CLI, ...words], { encoding: 'utf8', env: { PATH: process.env['PATH'] } })
  t.equal(loaded.status, 0, loaded.stderr)
  const service = await openService({ store })
  t.teardown(() => service.close())
  const bigquery = await startBigQuery(t)
  await runExport({ service, who: ADMIN, google: bigquery.google, to, jobs: 2 })
  t.strictSame(Object.fromEntries([...bigquery.tables].map(([name, { rows }]) => [name, rows.length])), await service.counts(ADMIN))
})

const patient = (id: string, url: string) =>
  `{"resourceType":"Patient","id":"${id}","extension":[{"url":"${url}","valueString":"${id}"}],"name":[{"given":["A"]}]}`

t.test('whole exports take the place of what was there, changes are added; columns keep their names', async (t) => {
  const { service } = await build(t)
  const { google, tables } = await startBigQuery(t)
  const options: ExportOptions = { service, who: ADMIN, google, to, jobs: 1 }
  await service.update(ADMIN, 'Patient', 'a', patient('a', 'http://a.org/kind'))
  await service.update(ADMIN, 'Basic', 'x', '{"resourceType":"Basic","id":"x","code":{"text":"x"}}')
  await runExport(options)
  await runExport(options)
  t.match(tables.get('Patient')!.rows, [{ id: 'a', kind: [{ value: { string: 'a' } }], name: [{ given: ['A'] }] }])
  t.equal(tables.get('Patient')!.rows.length, 1)

  const since = Date.now()
  await service.update(ADMIN, 'Patient', 'b', patient('b', 'http://b.org/kind'))
  await service.delete(ADMIN, 'Basic', 'x')
  await runExport({ ...options, since })
  const { rows, schema } = tables.get('Patient')!
  t.match(rows.at(-1), { id: 'b', b_org_kind: [{ value: { string: 'b' } }] })
  t.ok(rows.length >= 2)
  t.strictSame(
    schema.filter(({ description }) => description !== undefined).map(({ name, description }) => [name, description]),
    [
      ['b_org_kind', 'Extension http://b.org/kind'],
      ['kind', 'Extension http://a.org/kind']
    ]
  )
  t.match(tables.get('deleted')!.rows, [{ resourceType: 'Basic', id: 'x', versionId: '2' }])
})

t.test('by way of a staging prefix: the object is there for the job, and gone afterwards', async (t) => {
  const { service } = await build(t)
  await service.update(ADMIN, 'Patient', 'a', patient('a', 'http://a.org/kind'))
  const storage = await startStorage(t)
  const seen: string[] = []
  const object = (uri: string) => {
    seen.push(uri)
    return storage.bucket('b').get(uri.slice('gs://b/'.length))?.bytes
  }
  const bigquery = await startBigQuery(t, { object, token: storage.token })
  const google = { ...bigquery.google, storageUrl: storage.google.storageUrl, staging: 'gs://b/stage' }
  await runExport({ service, who: ADMIN, google, to, jobs: 1 })
  t.equal(bigquery.tables.get('Patient')!.rows.length, 1)
  t.match(seen, [/^gs:\/\/b\/stage\/export-.+\/Patient\.ndjson$/])
  t.strictSame(storage.bucket('b').names(), [])
})

t.test('an answer that is lost: the job is found by its id, and not made twice', async (t) => {
  const { service } = await build(t)
  await service.update(ADMIN, 'Patient', 'a', patient('a', 'http://a.org/kind'))
  const bigquery = await startBigQuery(t)
  let lost = 0
  bigquery.fault = (request) => (request.startsWith('POST') && lost++ === 0 ? 'lost' : undefined)
  await runExport({ service, who: ADMIN, google: bigquery.google, to, jobs: 1 })
  t.equal(bigquery.tables.get('Patient')!.rows.length, 1)
  t.equal(bigquery.requests.filter((request) => request.startsWith('POST')).length, 1)
})

t.test('a dataset that is not there, and one that may not be used', async (t) => {
  const { service } = await build(t)
  await service.update(ADMIN, 'Patient', 'a', patient('a', 'http://a.org/kind'))
  const bigquery = await startBigQuery(t)
  const options: ExportOptions = { service, who: ADMIN, google: bigquery.google, to, jobs: 1 }
  await t.rejects(runExport({ ...options, to: parseTarget('bq://p.other') }), { code: 'bigquery.missing' })
  bigquery.fault = (request) => (request.startsWith('POST') ? 403 : undefined)
  await t.rejects(runExport(options), { code: 'bigquery.denied', help: /bigquery\.jobUser/ })
})
