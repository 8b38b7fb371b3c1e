import type { IncomingMessage, ServerResponse } from 'node:http'
import { createRequire } from 'node:module'
import t from 'tap'
import { patient } from '../helper.js'
import { listen, TRANSACTION } from './server.js'

// biome-ignore lint/suspicious/noExplicitAny: the client gives resources of every shape
type Any = any

/** SMART App Launch client, used without a launch: with a server and a token. */
const FHIR: Any = createRequire(import.meta.url)('fhirclient')

t.test('fhirclient', async (t) => {
  const { root, token } = await listen(t)
  const client = FHIR({ headers: {} } as IncomingMessage, {} as ServerResponse).client({
    serverUrl: `${root}/fhir`,
    tokenResponse: { access_token: token() }
  })

  await t.test('the release of FHIR, from the capabilities', async (t) => {
    t.equal(await client.getFhirVersion(), '4.0.1')
    t.equal(await client.getFhirRelease(), 4)
  })

  await t.test('create, read, update, vread, patch, delete', async (t) => {
    const created = await client.create(patient())
    const { id } = created
    t.strictSame(await client.request(`Patient/${id}`), created)
    const updated = await client.update({ ...created, gender: 'male' })
    t.equal(updated.meta.versionId, '2')
    t.equal((await client.request(`Patient/${id}/_history/1`)).gender, 'female')
    const patched = await client.patch(`Patient/${id}`, [{ op: 'replace', path: '/gender', value: 'other' }])
    t.equal(patched.gender, 'other')
    await client.delete(`Patient/${id}`)
    const gone = await client.request(`Patient/${id}`).catch((error: unknown) => error)
    t.equal(gone.statusCode, 410)
    const never = await client.request('Patient/never').catch((error: unknown) => error)
    t.equal(never.statusCode, 404)
  })

  await t.test('conditional create', async (t) => {
    const one = patient({ identifier: [{ system: 'urn:mrn', value: '7' }] })
    const headers = { 'if-none-exist': 'identifier=urn:mrn|7' }
    const first = await client.create(one, { headers })
    t.equal((await client.create(one, { headers })).id, first.id)
  })

  await t.test('search with paging, and references resolved', async (t) => {
    const { id } = await client.create(patient({ name: [{ family: 'Seen' }] }))
    for (let n = 0; n < 5; n++) {
      await client.create({ resourceType: 'Observation', status: 'final', code: { text: `${n}` }, subject: { reference: `Patient/${id}` } })
    }
    const all = await client.request(`Observation?patient=${id}&_count=2`, { pageLimit: 0, flat: true })
    t.strictSame(all.map(({ code }: Any) => code.text).sort(), ['0', '1', '2', '3', '4'])
    const seen: string[] = []
    for await (const { code } of client.resources(`Observation?patient=${id}&_count=2`)) seen.push(code.text)
    t.equal(seen.length, 5)
    const resolved = await client.request(`Observation?patient=${id}&_count=1`, { resolveReferences: 'subject', graph: true })
    t.equal(resolved.entry[0].resource.subject.name[0].family, 'Seen')
  })

  await t.test('transaction', async (t) => {
    const answer = await client.request({
      url: '/',
      method: 'POST',
      body: JSON.stringify(TRANSACTION),
      headers: { 'content-type': 'application/fhir+json' }
    })
    t.equal(answer.type, 'transaction-response')
    const [made, observed] = answer.entry.map(({ response }: Any) => response.location.split('/').slice(0, 2).join('/'))
    t.equal((await client.request(observed)).subject.reference, made)
  })

  await t.test('history', async (t) => {
    const { id } = await client.create({ resourceType: 'Organization', name: 'A' })
    await client.update({ resourceType: 'Organization', id, name: 'B' })
    const history = await client.request(`Organization/${id}/_history`)
    t.strictSame(
      history.entry.map(({ resource }: Any) => resource.name),
      ['B', 'A']
    )
  })
})
