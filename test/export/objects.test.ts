import t from 'tap'
import { runExport } from '#wardbridge/export/export.js'
import { parseTarget } from '#wardbridge/export/target.js'
import { ADMIN, build } from '../helper.js'
import { startStorage } from '../support/storage-server.js'

const text = (id: string, more = '') => `{"resourceType":"Basic","id":"${id}","code":{"text":"${more}"}}`

t.test('gs://: an object per type, whole, in place of an earlier one', async (t) => {
  const { service } = await build(t)
  const storage = await startStorage(t)
  const { google } = storage
  const to = parseTarget('gs://b/out')
  // More than one piece of an upload.
  for (let n = 0; n < 12; n++) await service.update(ADMIN, 'Basic', `b${n}`, text(`b${n}`, 'x'.repeat(800_000)))
  await service.update(ADMIN, 'Patient', 'p', '{"resourceType":"Patient","id":"p"}')
  const report = await runExport({ service, who: ADMIN, google, to })
  t.strictSame(storage.bucket('b').names(), ['out/Basic.ndjson', 'out/Patient.ndjson', 'out/export.json'])
  const lines = storage.bucket('b').get('out/Basic.ndjson')!.bytes.toString().trimEnd().split('\n')
  t.equal(lines.length, 12)
  t.equal(lines[0], (await service.read(ADMIN, 'Basic', JSON.parse(lines[0]!).id)).body)
  t.equal(report.types[0]!.bytes, lines.join('\n').length + 1)

  await service.delete(ADMIN, 'Patient', 'p')
  await runExport({ service, who: ADMIN, google, to })
  t.strictSame(storage.bucket('b').names(), ['out/Basic.ndjson', 'out/export.json'], 'a type that is gone')

  await t.rejects(runExport({ service, who: ADMIN, google, to, since: 0 }), { code: 'export.not-empty' })
  const changes = await runExport({ service, who: ADMIN, google, to: parseTarget('ndjson:gs://b/changes/'), since: 0, types: ['Patient'] })
  t.match(changes, { resources: 0, deleted: 1 })
  t.match(storage.bucket('b').get('changes/deleted.ndjson')!.bytes.toString(), '"url":"Patient/p"')
})

t.test('gs://: given up, the object that was there stays as it was', async (t) => {
  const { service } = await build(t)
  const storage = await startStorage(t)
  for (let n = 0; n < 12; n++) await service.update(ADMIN, 'Basic', `b${n}`, text(`b${n}`, 'x'.repeat(800_000)))
  storage.bucket('b').put('out/Basic.ndjson', 'before')
  const stop = new AbortController()
  const options = { service, who: ADMIN, google: storage.google, to: parseTarget('gs://b/out'), signal: stop.signal }
  await t.rejects(runExport({ ...options, progress: ({ done }) => done > 3 && stop.abort() }), { name: 'AbortError' })
  t.equal(storage.bucket('b').get('out/Basic.ndjson')!.bytes.toString(), 'before')
})
