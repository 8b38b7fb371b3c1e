import t from 'tap'
import { type Built, build, patient } from '../helper.js'

const TAG = { system: 'urn:tags', code: 'blue' }
const SECRET = { system: 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality', code: 'R' }
const parameters = (valueMeta: object) => ({ resourceType: 'Parameters', parameter: [{ name: 'meta', valueMeta }] })
const change = (ask: Built['ask'], name: string, valueMeta: object, headers: Record<string, string> = {}) =>
  ask('POST', `/fhir/Patient/p/$${name}`, { body: parameters(valueMeta), headers })

/** The Meta that an operation returned. */
const returned = ({ json }: { json: { parameter: Array<{ name: string; valueMeta?: object }> } }) => {
  t.equal(json.parameter.length, 1)
  t.equal(json.parameter[0]!.name, 'return')
  return json.parameter[0]!.valueMeta
}

t.test('$meta of a resource and of a version: the meta that a read shows', async (t) => {
  const { ask } = await build(t)
  await ask('PUT', '/fhir/Patient/p', { body: patient({ id: 'p', meta: { tag: [TAG] } }) })
  await ask('PUT', '/fhir/Patient/p', { body: patient({ id: 'p', meta: { security: [SECRET] } }) })
  for (const method of ['GET', 'POST']) {
    const answer = await ask(method, '/fhir/Patient/p/$meta', method === 'POST' ? { body: { resourceType: 'Parameters' } } : {})
    t.equal(answer.status, 200)
    t.equal(answer.json.resourceType, 'Parameters')
    t.strictSame(returned(answer), (await ask('GET', '/fhir/Patient/p')).json.meta)
  }
  t.match(returned(await ask('GET', '/fhir/Patient/p/_history/1/$meta')), { versionId: '1', tag: [TAG] })
  t.equal((await ask('GET', '/fhir/Patient/never/$meta')).status, 404)
  await ask('DELETE', '/fhir/Patient/p')
  t.equal((await ask('GET', '/fhir/Patient/p/$meta')).status, 410)
})

t.test('$meta of a type and of everything: what is in use now, each once', async (t) => {
  const { ask } = await build(t)
  const put = (id: string, meta: object) => ask('PUT', `/fhir/Patient/${id}`, { body: patient({ id, meta }) })
  t.strictSame((await ask('GET', '/fhir/$meta')).json, { resourceType: 'Parameters' })
  await put('a', { profile: ['http://p/2', 'http://p/1'], tag: [{ ...TAG, display: 'Blue' }, { code: 'bare' }] })
  await put('b', { profile: ['http://p/1'], tag: [TAG], security: [SECRET] })
  await put('gone', { tag: [{ code: 'gone' }] })
  await ask('DELETE', '/fhir/Patient/gone')
  const device = { resourceType: 'Device', id: 'd', meta: { tag: [TAG, { system: 'urn:other', code: 'blue' }] } }
  await ask('PUT', '/fhir/Device/d', { body: device })
  t.strictSame(returned(await ask('GET', '/fhir/Patient/$meta')), {
    profile: ['http://p/1', 'http://p/2'],
    security: [SECRET],
    tag: [TAG, { code: 'bare' }]
  })
  t.strictSame(returned(await ask('GET', '/fhir/$meta')), {
    profile: ['http://p/1', 'http://p/2'],
    security: [SECRET],
    tag: [{ system: 'urn:other', code: 'blue' }, TAG, { code: 'bare' }]
  })
})

t.test('$meta-add adds to sets: labels by system and code, profiles by URL; what is there stays as it is', async (t) => {
  const { ask } = await build(t)
  await ask('PUT', '/fhir/Patient/p', { body: patient({ id: 'p', meta: { tag: [{ ...TAG, display: 'Blue' }] } }) })
  const answer = await change(ask, 'meta-add', {
    versionId: '77',
    profile: ['http://p/1', 'http://p/1'],
    security: [SECRET],
    tag: [{ ...TAG, version: '2', display: 'Azure' }, { system: 'urn:tags', code: 'green' }, { code: 'blue' }]
  })
  t.equal(answer.status, 200)
  const { versionId, profile, security, tag } = returned(answer) as Record<string, unknown>
  t.strictSame(
    { versionId, profile, security, tag },
    {
      versionId: '2',
      profile: ['http://p/1'],
      security: [SECRET],
      tag: [{ ...TAG, display: 'Blue' }, { system: 'urn:tags', code: 'green' }, { code: 'blue' }]
    }
  )
  t.equal(answer.headers['etag'], 'W/"2"')
  t.strictSame((await ask('GET', '/fhir/Patient/p')).json.meta, returned(answer))
  t.equal((await ask('GET', '/fhir/Patient?_tag=urn:tags|green')).json.entry.length, 1)
  t.match(returned(await change(ask, 'meta-add', { tag: [TAG] })), { versionId: '2' }, 'nothing new: no new version')
  t.equal((await ask('GET', '/fhir/Patient/p/_history')).json.total, 2)
})

t.test('$meta-delete takes from the sets; what is not there is no error', async (t) => {
  const { ask } = await build(t)
  const meta = { profile: ['http://p/1', 'http://p/2'], security: [SECRET], tag: [{ ...TAG, display: 'Blue' }, { code: 'blue' }] }
  await ask('PUT', '/fhir/Patient/p', { body: patient({ id: 'p', meta }) })
  const answer = await change(ask, 'meta-delete', { profile: ['http://p/1', 'http://p/none'], security: [SECRET], tag: [TAG] })
  t.equal(answer.status, 200)
  const { lastUpdated, ...rest } = returned(answer) as Record<string, unknown>
  t.ok(lastUpdated)
  t.strictSame(rest, { versionId: '2', profile: ['http://p/2'], tag: [{ code: 'blue' }] })
  t.match(returned(await change(ask, 'meta-delete', { tag: [{ code: 'none' }] })), { versionId: '2' })
  const { meta: _meta, ...content } = (await ask('GET', '/fhir/Patient/p')).json
  t.strictSame(content, { ...patient({ id: 'p' }), resourceType: 'Patient', id: 'p' })
})

t.test('$meta-add and $meta-delete: If-Match, what is not there, what is not a Meta, roles, POST only', async (t) => {
  const { ask, token } = await build(t)
  t.equal((await change(ask, 'meta-add', { tag: [TAG] })).status, 404)
  await ask('PUT', '/fhir/Patient/p', { body: patient({ id: 'p' }) })
  t.equal((await change(ask, 'meta-add', { tag: [TAG] }, { 'if-match': 'W/"2"' })).status, 412)
  t.equal((await change(ask, 'meta-add', { tag: [TAG] }, { 'if-match': 'W/"1"' })).status, 200)
  t.equal((await change(ask, 'meta-add', { tag: [{ code: 7 }] })).status, 422)
  for (const body of [
    '',
    '{}',
    '[]',
    { resourceType: 'Parameters', parameter: [] },
    { resourceType: 'Parameters', parameter: [{ name: 'meta' }] }
  ]) {
    const answer = await ask('POST', '/fhir/Patient/p/$meta-add', { body })
    t.match(answer, { status: 400, json: { resourceType: 'OperationOutcome' } }, JSON.stringify(body))
  }
  t.ok([404, 405].includes((await ask('GET', '/fhir/Patient/p/$meta-add')).status), 'it changes something: POST only')
  t.equal((await ask('POST', '/fhir/Patient/p/$meta-delete', { body: parameters({ tag: [TAG] }), token: token('analyst') })).status, 403)
  t.equal((await ask('GET', '/fhir/$meta', { token: token('nobody') })).status, 403)
})

t.test('an operation that changes something is not there by GET: 405 with Allow', async (t) => {
  const { ask } = await build(t)
  for (const method of ['GET', 'HEAD']) {
    const answer = await ask(method, '/fhir/Patient/p/$meta-add')
    t.equal(answer.status, 405)
    t.equal(answer.headers['allow'], 'POST')
  }
})
