import t from 'tap'
import { type Answer, type Built, build, observation, patient } from '../helper.js'
import { create, type Entry, other, put } from './entries.js'

const send = (built: Built, entry: Entry[], headers: Record<string, string> = {}) =>
  built.ask('POST', '/fhir', { body: { resourceType: 'Bundle', type: 'batch', entry }, headers })
const statuses = (answer: Answer) => answer.json.entry.map(({ response }: { response: { status: string } }) => response.status)
const post = (resource: object, more?: Record<string, string>) => create(resource, undefined, more)

t.test('each entry on its own: some succeed, some fail, the answer is 200 with one entry each, in order', async (t) => {
  const built = await build(t)
  await built.ask('PUT', '/fhir/Patient/a', { body: patient({ id: 'a' }) })
  const answer = await send(built, [
    post(patient()),
    post(patient({ gender: 'x' })),
    other('GET', 'Patient/a'),
    other('GET', 'Patient/never'),
    put(patient({ id: 'b' }), 'Patient/b'),
    put(patient({ id: 'a' }), 'Patient/a', { ifMatch: 'W/"9"' }),
    other('DELETE', 'Patient/never'),
    other('PUT', 'Patient/c'),
    { resource: patient() },
    other('GET', 'Starship/1'),
    other('GET', 'http://elsewhere.org/fhir/Patient/a'),
    other('POST', 'Patient/a'),
    { resource: patient(), request: { method: 'POST', url: 'Observation' } }
  ])
  t.equal(answer.status, 200)
  t.equal(answer.json.type, 'batch-response')
  t.strictSame(statuses(answer), [
    '201 Created',
    '422 Unprocessable Entity',
    '200 OK',
    '404 Not Found',
    '201 Created',
    '412 Precondition Failed',
    '204 No Content',
    '400 Bad Request',
    '400 Bad Request',
    '404 Not Found',
    '400 Bad Request',
    '400 Bad Request',
    '400 Bad Request'
  ])
  const [made, wrong, read] = answer.json.entry
  t.match(made.response, { location: /^Patient\/[0-9a-f-]{36}\/_history\/1$/, etag: 'W/"1"', lastModified: /^\d{4}-.*Z$/ })
  t.equal(made.resource, undefined)
  t.match(wrong.response.outcome, { resourceType: 'OperationOutcome', issue: [{ expression: ['Patient.gender'] }] })
  t.equal(wrong.resource, undefined)
  t.match(read, { fullUrl: /\/fhir\/Patient\/a$/, resource: { id: 'a' }, response: { etag: 'W/"1"' } })
  t.equal(read.response.lastModified, read.resource.meta.lastUpdated)
})

t.test('an empty batch is answered with an empty batch-response', async (t) => {
  const { ask } = await build(t)
  t.strictSame((await ask('POST', '/fhir', { body: { resourceType: 'Bundle', type: 'batch' } })).json, {
    resourceType: 'Bundle',
    type: 'batch-response'
  })
})

t.test('searches, versions, capabilities and HEAD inside; parameters are decoded as in an address', async (t) => {
  const built = await build(t)
  await built.ask('PUT', '/fhir/Patient/a', { body: patient({ id: 'a', name: [{ family: 'Ängström' }] }) })
  await built.ask('PUT', '/fhir/Patient/a', { body: patient({ id: 'a', name: [{ family: 'Ångström & Co' }] }) })
  const answer = await send(built, [
    other('GET', '/Patient?family=%C3%85ngstr%C3%B6m%20%26&_summary=count'),
    other('GET', 'Patient/a/_history/1'),
    other('GET', 'metadata'),
    other('HEAD', 'Patient/a'),
    other('GET', 'http://localhost:80/fhir/Patient/a'),
    other('POST', 'Patient/_search?_id=a'),
    other('GET', 'Patient/a', { ifNoneMatch: 'W/"2"' }),
    other('GET', 'Patient/a', { ifModifiedSince: '2100-01-01T00:00:00Z' }),
    other('GET', 'Patient?shoe=44')
  ])
  t.strictSame(statuses(answer), [
    '200 OK',
    '200 OK',
    '200 OK',
    '200 OK',
    '200 OK',
    '200 OK',
    '304 Not Modified',
    '304 Not Modified',
    '200 OK'
  ])
  const [count, version, capabilities, head, absolute, search, , , unknown] = answer.json.entry
  t.equal(count.resource.total, 1)
  t.equal(version.resource.name[0].family, 'Ängström')
  t.equal(capabilities.resource.resourceType, 'CapabilityStatement')
  t.equal(head.resource, undefined)
  t.equal(absolute.resource.id, 'a')
  t.equal(search.resource.entry[0].resource.id, 'a')
  t.equal(unknown.resource.entry.at(-1).search.mode, 'outcome')
  const strict = await send(built, [other('GET', 'Patient?shoe=44')], { prefer: 'handling=strict' })
  t.strictSame(statuses(strict), ['400 Bad Request'])
})

t.test('the order is that of a transaction: DELETE, POST, PUT and PATCH, GET; entries for one address keep theirs', async (t) => {
  const built = await build(t)
  await built.ask('PUT', '/fhir/Patient/gone', { body: patient({ id: 'gone' }) })
  const answer = await send(built, [
    other('GET', 'Patient/gone'),
    other('GET', 'Patient/new'),
    put(patient({ id: 'new', gender: 'male' }), 'Patient/new'),
    put(patient({ id: 'new', gender: 'other' }), 'Patient/new'),
    other('DELETE', 'Patient/gone')
  ])
  t.strictSame(statuses(answer), ['410 Gone', '200 OK', '201 Created', '200 OK', '204 No Content'])
  t.equal(answer.json.entry[1].resource.gender, 'other')
})

t.test('references between entries are not resolved in a batch', async (t) => {
  const built = await build(t)
  const urn = 'urn:uuid:11111111-1111-4111-8111-111111111111'
  const answer = await send(
    built,
    [{ ...post(patient()), fullUrl: urn }, post({ ...observation('x', '2026-01-01'), subject: { reference: urn } })],
    { prefer: 'return=representation' }
  )
  t.strictSame(statuses(answer), ['201 Created', '201 Created'])
  t.equal(answer.json.entry[1].resource.subject.reference, urn)
  t.equal(`Patient/${answer.json.entry[0].resource.id}/_history/1`, answer.json.entry[0].response.location)
})

t.test('conditional entries: create, update, delete, patch', async (t) => {
  const built = await build(t)
  const one = (more: object = {}) => patient({ identifier: [{ system: 'urn:mrn', value: '1' }], ...more })
  const create = post(one(), { ifNoneExist: 'identifier=urn:mrn|1' })
  t.strictSame(statuses(await send(built, [create])), ['201 Created'])
  const again = await send(built, [create])
  t.strictSame(statuses(again), ['200 OK'])
  t.match(again.json.entry[0].response.location, /^Patient\/.*\/_history\/1$/)
  const updated = await send(built, [put(one({ gender: 'male' }), 'Patient?identifier=urn:mrn|1')])
  t.strictSame(statuses(updated), ['200 OK'])
  t.match(updated.json.entry[0].response.location, /_history\/2$/)
  const patch = {
    resourceType: 'Binary',
    contentType: 'application/json-patch+json',
    data: Buffer.from('[{"op":"replace","path":"/gender","value":"other"}]').toString('base64')
  }
  t.strictSame(statuses(await send(built, [{ resource: patch, request: { method: 'PATCH', url: 'Patient?identifier=urn:mrn|1' } }])), [
    '200 OK'
  ])
  t.equal((await built.ask('GET', '/fhir/Patient?identifier=urn:mrn|1')).json.entry[0].resource.gender, 'other')
  t.strictSame(statuses(await send(built, [other('DELETE', 'Patient?identifier=urn:mrn|1')])), ['204 No Content'])
  t.equal((await built.ask('GET', '/fhir/Patient?_summary=count')).json.total, 0)
})

t.test('operations are called with their parameters', async (t) => {
  const built = await build(t)
  await built.ask('PUT', '/fhir/Patient/a', { body: patient({ id: 'a' }) })
  const answer = await send(built, [
    { resource: patient({ gender: 'x' }), request: { method: 'POST', url: 'Patient/$validate' } },
    other('GET', 'Patient/$no-such-operation'),
    other('GET', 'Patient/a/$meta')
  ])
  t.match(answer.json.entry[0].response.status, '200')
  t.equal(answer.json.entry[0].resource.resourceType, 'OperationOutcome')
  t.match(answer.json.entry[1].response.status, '404')
  t.equal(answer.json.entry[2].resource.parameter[0].valueMeta.versionId, '1')
})

t.test('every entry needs the right to do what it does; the others go on', async (t) => {
  const built = await build(t)
  await built.ask('PUT', '/fhir/Patient/a', { body: patient({ id: 'a' }) })
  const answer = await built.ask('POST', '/fhir', {
    body: { resourceType: 'Bundle', type: 'batch', entry: [post(patient()), other('GET', 'Patient/a'), other('DELETE', 'Patient/a')] },
    token: built.token('analyst')
  })
  t.strictSame(statuses(answer), ['403 Forbidden', '200 OK', '403 Forbidden'])
})

t.test('Prefer shapes every entry: representation, minimal, OperationOutcome', async (t) => {
  const built = await build(t)
  const ask = async (prefer: string) => (await send(built, [post(patient())], { prefer })).json.entry[0]
  t.match(await ask('return=representation'), { resource: { gender: 'female' }, fullUrl: /\/fhir\/Patient\// })
  t.equal((await ask('return=minimal')).resource, undefined)
  t.match((await ask('return=OperationOutcome')).response.outcome, { issue: [{ severity: 'information' }] })
})

t.test('what is stored is what was sent, to the character', async (t) => {
  const built = await build(t)
  const resource = '{"resourceType":"Observation","id":"o","status":"final","code":{"text":"\\u00e9 漢"},"valueQuantity":{"value":1.50}}'
  const body = `{"resourceType":"Bundle","type":"batch","entry":[{"resource":${resource},"request":{"method":"PUT","url":"Observation/o"}}]}`
  const answer = await built.ask('POST', '/fhir', { body })
  t.strictSame(statuses(answer), ['201 Created'])
  const { text } = await built.ask('GET', '/fhir/Observation/o')
  t.equal(text.replace(/,?"meta":\{[^}]*\}/, ''), resource)
})
