import { Client, type FhirResource, type SearchParams } from 'fhir-kit-client'
import t from 'tap'
import { patient } from '../helper.js'
import { listen, TRANSACTION } from './server.js'

// biome-ignore lint/suspicious/noExplicitAny: the client gives resources of every shape
type Any = any

const body = (more: object = {}) => patient(more) as FhirResource

t.test('fhir-kit-client', async (t) => {
  const { root, token } = await listen(t)
  const client = new Client({ baseUrl: `${root}/fhir` })
  client.bearerToken = token()

  await t.test('capabilities', async (t) => {
    const statement: Any = await client.capabilityStatement()
    t.equal(statement.fhirVersion, '4.0.1')
  })

  await t.test('create, read, update, vread, patch, delete', async (t) => {
    const created: Any = await client.create({ resourceType: 'Patient', body: body() })
    t.equal(Client.httpFor(created).response?.status, 201)
    const { id } = created
    t.strictSame(await client.read({ resourceType: 'Patient', id }), created)
    const updated: Any = await client.update({ resourceType: 'Patient', id, body: { ...created, gender: 'male' } })
    t.equal(updated.meta.versionId, '2')
    const old: Any = await client.vread({ resourceType: 'Patient', id, version: '1' })
    t.equal(old.gender, 'female')
    const patched: Any = await client.patch({
      resourceType: 'Patient',
      id,
      jsonPatch: [{ op: 'replace', path: '/gender', value: 'other' }]
    })
    t.equal(patched.gender, 'other')
    await client.delete({ resourceType: 'Patient', id })
    const gone: Any = await client.read({ resourceType: 'Patient', id }).catch((error: unknown) => error)
    t.match(gone.response, { status: 410, data: { resourceType: 'OperationOutcome' } })
    const never: Any = await client.read({ resourceType: 'Patient', id: 'never' }).catch((error: unknown) => error)
    t.equal(never.response.status, 404)
  })

  await t.test('conditional create and update', async (t) => {
    const one = body({ identifier: [{ system: 'urn:mrn', value: '7' }] })
    const options = { headers: { 'If-None-Exist': 'identifier=urn:mrn|7' } }
    const first: Any = await client.create({ resourceType: 'Patient', body: one, options })
    const again: Any = await client.create({ resourceType: 'Patient', body: one, options })
    t.equal(again.id, first.id)
    const searchParams: SearchParams = { identifier: 'urn:mrn|7' }
    const updated: Any = await client.update({ resourceType: 'Patient', searchParams, body: body({ ...one, gender: 'other' }) })
    t.equal(updated.id, first.id)
    t.equal(updated.meta.versionId, '2')
  })

  await t.test('search with paging, by GET and by POST', async (t) => {
    for (let n = 0; n < 5; n++) await client.create({ resourceType: 'Patient', body: body({ name: [{ family: `Paged${n}` }] }) })
    const search = { resourceType: 'Patient', searchParams: { family: 'Paged', _count: 2 } }
    const seen: string[] = []
    for (let bundle: Any = await client.search(search); bundle !== undefined; bundle = await client.nextPage({ bundle })) {
      t.ok(bundle.entry.length <= 2)
      seen.push(...bundle.entry.map(({ resource }: Any) => resource.name[0].family))
    }
    t.strictSame(seen.sort(), ['Paged0', 'Paged1', 'Paged2', 'Paged3', 'Paged4'])
    const posted: Any = await client.search({ resourceType: 'Patient', searchParams: { family: 'Paged3' }, options: { postSearch: true } })
    t.equal(posted.entry.length, 1)
  })

  await t.test('transaction and batch', async (t) => {
    const answer: Any = await client.transaction({ body: TRANSACTION as unknown as FhirResource })
    const [made, observed] = answer.entry.map(({ response }: Any) => response.location.split('/').slice(0, 2).join('/'))
    const [resourceType, id] = observed.split('/')
    const read: Any = await client.read({ resourceType, id })
    t.equal(read.subject.reference, made)
    const batch = { resourceType: 'Bundle', type: 'batch', entry: [{ request: { method: 'GET', url: made } }] }
    const batched: Any = await client.batch({ body: batch as unknown as FhirResource })
    t.equal(batched.entry[0].resource.name[0].family, 'Transacted')
    const resolved: Any = await client.resolve({ reference: read.subject.reference })
    t.equal(resolved.name[0].family, 'Transacted')
  })

  await t.test('operations', async (t) => {
    const outcome: Any = await client.operation({ name: 'validate', resourceType: 'Patient', input: body() })
    t.equal(outcome.resourceType, 'OperationOutcome')
  })

  await t.test('history of a resource, a type and the system', async (t) => {
    const { id }: Any = await client.create({
      resourceType: 'Organization',
      body: { resourceType: 'Organization', name: 'A' } as FhirResource
    })
    await client.update({ resourceType: 'Organization', id, body: { resourceType: 'Organization', id, name: 'B' } as FhirResource })
    const instance: Any = await client.history({ resourceType: 'Organization', id })
    t.strictSame(
      instance.entry.map(({ resource }: Any) => resource.name),
      ['B', 'A']
    )
    t.equal(((await client.history({ resourceType: 'Organization' })) as Any).entry.length, 2)
    t.ok(((await client.history()) as Any).entry.length > 2)
  })
})
