import { MedplumClient, OperationOutcomeError } from '@medplum/core'
import t from 'tap'
import { patient } from '../helper.js'
import { listen, TRANSACTION } from './server.js'

// biome-ignore lint/suspicious/noExplicitAny: the client gives resources of every shape
type Any = any

t.test('@medplum/core', async (t) => {
  const { root, token } = await listen(t)
  const client: Any = new MedplumClient({ baseUrl: `${root}/`, fhirUrlPath: 'fhir', accessToken: token(), fetch, cacheTime: 0 })

  await t.test('create, read, update, versions, patch, delete', async (t) => {
    const created = await client.createResource(patient())
    const { id } = created
    t.strictSame(await client.readResource('Patient', id), created)
    const updated = await client.updateResource({ ...created, gender: 'male' })
    t.equal(updated.meta.versionId, '2')
    t.equal((await client.readVersion('Patient', id, '1')).gender, 'female')
    const patched = await client.patchResource('Patient', id, [{ op: 'replace', path: '/gender', value: 'other' }])
    t.equal(patched.gender, 'other')
    await client.deleteResource('Patient', id)
    const gone: Any = await client.readResource('Patient', id).catch((error: unknown) => error)
    t.ok(gone instanceof OperationOutcomeError)
    t.equal(gone.outcome.issue[0].code, 'deleted')
    const never: Any = await client.readResource('Patient', 'never').catch((error: unknown) => error)
    t.ok(never instanceof OperationOutcomeError)
    t.equal(never.outcome.issue[0].code, 'not-found')
  })

  await t.test('create if none exists, upsert', async (t) => {
    const one = patient({ identifier: [{ system: 'urn:mrn', value: '7' }] })
    const first = await client.createResourceIfNoneExist(one, 'identifier=urn:mrn|7')
    const again = await client.createResourceIfNoneExist(one, 'identifier=urn:mrn|7')
    t.equal(again.id, first.id)
    const upserted = await client.upsertResource({ ...one, gender: 'other' }, 'identifier=urn:mrn|7')
    t.equal(upserted.id, first.id)
    t.equal(upserted.gender, 'other')
  })

  await t.test('search with paging', async (t) => {
    for (let n = 0; n < 5; n++) await client.createResource(patient({ name: [{ family: `Paged${n}` }] }))
    const bundle = await client.search('Patient', 'family=Paged&_count=2&_total=accurate')
    t.equal(bundle.total, 5)
    t.equal(bundle.entry.length, 2)
    const seen: string[] = []
    for await (const page of client.searchResourcePages('Patient', 'family=Paged&_count=2'))
      seen.push(...page.map(({ name }: Any) => name[0].family))
    t.strictSame(seen.sort(), ['Paged0', 'Paged1', 'Paged2', 'Paged3', 'Paged4'])
    t.equal((await client.searchOne('Patient', 'family=Paged3')).name[0].family, 'Paged3')
  })

  await t.test('transaction', async (t) => {
    const answer = await client.executeBatch(TRANSACTION)
    t.equal(answer.type, 'transaction-response')
    const [made, observed] = answer.entry.map(({ response }: Any) => response.location.split('/').slice(0, 2).join('/'))
    const [type, id] = observed.split('/')
    const read = await client.readResource(type, id)
    t.equal(read.subject.reference, made)
    t.equal((await client.readReference(read.subject)).name[0].family, 'Transacted')
  })

  await t.test('reads that are put together to a batch', async (t) => {
    const batching: Any = new MedplumClient({
      baseUrl: `${root}/`,
      fhirUrlPath: 'fhir',
      accessToken: token(),
      fetch,
      cacheTime: 0,
      autoBatchTime: 10
    })
    const ids: string[] = []
    for (let n = 0; n < 3; n++) ids.push((await client.createResource(patient({ name: [{ family: `Batched${n}` }] }))).id)
    const read = await Promise.all(ids.map((id) => batching.readResource('Patient', id)))
    t.strictSame(
      read.map(({ id }: Any) => id),
      ids
    )
  })

  await t.test('validation', async (t) => {
    t.equal((await client.validateResource(patient())).resourceType, 'OperationOutcome')
  })

  await t.test('history', async (t) => {
    const { id } = await client.createResource({ resourceType: 'Organization', name: 'A' })
    await client.updateResource({ resourceType: 'Organization', id, name: 'B' })
    const history = await client.readHistory('Organization', id)
    t.strictSame(
      history.entry.map(({ resource }: Any) => resource.name),
      ['B', 'A']
    )
  })
})
