/** What nothing shows goes, and nothing else. */
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { openFiles } from '#wardbridge/files/files.js'
import { orphans } from '#wardbridge/jobs/orphans.js'
import { openService } from '#wardbridge/service/service.js'
import { ADMIN, patient } from '../helper.js'

const KIND = 'https://fhir.wardbridge.dev/CodeSystem/media-kind'

async function* content(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('content')
}

async function filled(t: Test) {
  const folder = t.testdir()
  const service = await openService({ store: `${folder}/store.db`, files: join(folder, 'files') })
  t.teardown(() => service.close())
  await service.update(ADMIN, 'Patient', 'ann', JSON.stringify({ ...patient(), id: 'ann' }))
  const media = async (kind: string) => {
    const id = await service.contents.keep(content())
    const resource = {
      resourceType: 'Media',
      id,
      meta: { tag: [{ system: KIND, code: kind }] },
      identifier: [{ system: 'urn:media', value: id }],
      status: 'completed',
      subject: { reference: 'Patient/ann' },
      content: { contentType: 'image/png', url: `Binary/${id}` }
    }
    const binary = { resourceType: 'Binary', id, contentType: 'image/png', securityContext: { reference: `Media/${id}` } }
    await service.createAll(ADMIN, [
      { type: 'Media', id, text: JSON.stringify(resource) },
      { type: 'Binary', id, text: JSON.stringify(binary) }
    ])
    return id
  }
  const files = openFiles(join(folder, 'files'))
  const kept = async () => {
    const keys: string[] = []
    for await (const { key } of files.list()) keys.push(key)
    return keys.sort()
  }
  const question = (contentReference: object) =>
    service.create(
      ADMIN,
      'Communication',
      JSON.stringify({
        resourceType: 'Communication',
        status: 'completed',
        subject: { reference: 'Patient/ann' },
        payload: [{ contentReference }]
      })
    )
  const observation = (more: object) =>
    service.create(ADMIN, 'Observation', JSON.stringify({ resourceType: 'Observation', status: 'final', code: { text: 'x' }, ...more }))
  const run = async (age: number) => {
    const job = orphans(service, { age, every: 0 })
    t.equal(job.pending(), true)
    while ((await job.step()) !== undefined);
  }
  return { service, media, kept, question, observation, run }
}

t.test('attachments that nothing names go with their content', async (t) => {
  const { service, media, kept, question, observation, run } = await filled(t)
  const byReference = await media('attachment')
  const byIdentifier = await media('attachment')
  const byEntry = await media('attachment')
  const byNumberOfEntry = await media('attachment')
  const record = await media('record')
  const lost = await media('attachment')
  await question({ reference: `Media/${byReference}` })
  await question({ type: 'Media', identifier: { system: 'urn:media', value: byIdentifier } })
  await observation({ derivedFrom: [{ reference: `Media/${byEntry}` }] })
  await observation({ derivedFrom: [{ type: 'Media', identifier: { system: 'urn:media', value: byNumberOfEntry } }] })
  await run(60_000)
  t.equal((await kept()).length, 6, 'nothing before its time')
  await run(-1000)
  t.strictSame(await kept(), [byReference, byIdentifier, byEntry, byNumberOfEntry, record].sort())
  await t.rejects(service.read(ADMIN, 'Media', lost), { code: 'resource.deleted' })
  await t.rejects(service.read(ADMIN, 'Binary', lost), { code: 'resource.deleted' })
})

t.test('an attachment is looked at once', async (t) => {
  const { service, media, question, run } = await filled(t)
  const id = await media('attachment')
  const { id: asked } = await question({ reference: `Media/${id}` })
  await run(-1000)
  await service.delete(ADMIN, 'Communication', asked)
  await run(-1000)
  await t.resolves(service.read(ADMIN, 'Media', id))
})

t.test('contents without a Binary, or with one that speaks for nothing, go', async (t) => {
  const { service, media, kept, run } = await filled(t)
  const never = await service.contents.keep(content())
  const [deleted, stays] = [await media('record'), await media('record')]
  await service.delete(ADMIN, 'Media', deleted)
  await run(60_000)
  t.strictSame(await kept(), [never, deleted, stays].sort())
  await run(-1000)
  t.strictSame(await kept(), [stays])
  await t.rejects(service.read(ADMIN, 'Binary', deleted), { code: 'resource.deleted' })
  await t.resolves(service.read(ADMIN, 'Binary', stays))
})

t.test('a Binary takes its content with it', async (t) => {
  const { service, media, kept } = await filled(t)
  const id = await media('record')
  await service.delete(ADMIN, 'Binary', id)
  t.strictSame(await kept(), [])
})

t.test('a medium that is named is not deleted', async (t) => {
  const { service, media, question } = await filled(t)
  const id = await media('attachment')
  const { id: asked } = await question({ reference: `Media/${id}` })
  await t.rejects(service.delete(ADMIN, 'Media', id), { code: 'media.named', status: 409 })
  await service.delete(ADMIN, 'Communication', asked)
  await t.resolves(service.delete(ADMIN, 'Media', id))
})
