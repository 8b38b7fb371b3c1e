import t from 'tap'
import { type ExportProgress, runExport } from '#wardbridge/export/export.js'
import { parseTarget } from '#wardbridge/export/target.js'
import { openService } from '#wardbridge/service/service.js'
import { ADMIN } from '../helper.js'
import { startStorage } from '../support/storage-server.js'
import { startTwin } from '../support/twin.js'

t.test('a store of the Cloud Healthcare API writes its NDJSON itself, as an operation that is followed', async (t) => {
  const storage = await startStorage(t)
  const twin = await startTwin(t, { googleStorageUrl: storage.url, googleToken: storage.token })
  for (const id of ['a', 'b']) await twin.service.update(ADMIN, 'Patient', id, `{"resourceType":"Patient","id":"${id}"}`)
  await twin.service.update(ADMIN, 'Basic', 'x', '{"resourceType":"Basic","id":"x","code":{"text":"x"}}')
  const { google } = twin
  const service = await openService({ store: twin.store, google, state: t.testdirName })
  t.teardown(() => service.close())
  const told: ExportProgress[] = []
  const options = { service, who: ADMIN, google, progress: (now: ExportProgress) => void told.push(now) }

  const report = await runExport({ ...options, to: parseTarget('gs://b/out') })
  t.equal(report.resources, 3)
  t.ok(Date.parse(report.next!) < Date.now())
  const texts = storage
    .bucket('b')
    .names()
    .map((name) => storage.bucket('b').get(name)!.bytes.toString())
    .join('\n')
  for (const id of ['a', 'b', 'x']) t.match(texts, new RegExp(`"id": ?"${id}"`))
  t.match(told.at(-1), { done: 3, total: 3 })

  const one = await runExport({ ...options, to: parseTarget('gs://b/basic'), types: ['Basic'] })
  t.equal(one.resources, 1)
  await t.rejects(runExport({ ...options, to: parseTarget(`parquet:${t.testdirName}/out`) }), { code: 'export.local' })
  await t.rejects(
    runExport({ ...options, who: { subject: 'd', role: 'physician', fhirUser: 'Practitioner/1' }, to: parseTarget('gs://b/no') }),
    {
      code: 'auth.forbidden'
    }
  )
  // The twin has no BigQuery: its refusal comes through.
  await t.rejects(runExport({ ...options, to: parseTarget('bq://p.d') }), { code: 'healthcare.refused', message: /exports to BigQuery/ })
})
