import t from 'tap'
import { type Built, build, observation, patient } from '../helper.js'

const JSON_PATCH = { 'content-type': 'application/json-patch+json' }

/** A FHIRPath Patch that replaces one value. */
function replacing(path: string, value: object): object {
  const part = [
    { name: 'type', valueCode: 'replace' },
    { name: 'path', valueString: path },
    { name: 'value', ...value }
  ]
  return { resourceType: 'Parameters', parameter: [{ name: 'operation', part }] }
}

function patch(ask: Built['ask'], url: string, operations: unknown, headers: Record<string, string> = {}) {
  return ask('PATCH', `/fhir/${url}`, { body: JSON.stringify(operations), headers: { ...JSON_PATCH, ...headers } })
}

const male = [{ op: 'replace', path: '/gender', value: 'male' }]

t.test('JSON Patch: 200, the next version, ETag, Last-Modified, the patched resource; every other digit stays', async (t) => {
  const { ask } = await build(t)
  const body =
    `{"resourceType":"Observation","id":"o","status":"final","code":{"text":"x"},"valueQuantity":{"value":1.00},"component":[]}`.replace(
      ',"component":[]',
      ''
    )
  await ask('PUT', '/fhir/Observation/o', { body })
  const answer = await patch(ask, 'Observation/o', [{ op: 'replace', path: '/status', value: 'amended' }])
  t.equal(answer.status, 200)
  t.equal(answer.headers['etag'], 'W/"2"')
  t.ok(answer.headers['last-modified'])
  t.match(answer.json.meta, { versionId: '2' })
  t.equal(answer.text.replace(/,?"meta":\{[^}]*\}/, ''), body.replace('final', 'amended'))
  t.equal((await ask('GET', '/fhir/Observation/o')).text, answer.text)
  t.equal((await ask('GET', '/fhir/Observation/o/_history/1')).json.status, 'final')
})

t.test('FHIRPath Patch: a Parameters resource as FHIR JSON or plain JSON', async (t) => {
  const { ask } = await build(t)
  await ask('PUT', '/fhir/Patient/p', { body: patient({ id: 'p' }) })
  const one = await ask('PATCH', '/fhir/Patient/p', { body: replacing('Patient.gender', { valueCode: 'male' }) })
  t.match(one, { status: 200, headers: { etag: 'W/"2"' }, json: { gender: 'male' } })
  const plain = { 'content-type': 'application/json' }
  const two = await ask('PATCH', '/fhir/Patient/p', { body: replacing('Patient.gender', { valueCode: 'other' }), headers: plain })
  t.match(two, { status: 200, json: { gender: 'other' } })
  const three = await patch(ask, 'Patient/p', male, plain)
  t.match(three, { status: 200, json: { gender: 'male' } }, 'an array as plain JSON is a JSON Patch')
})

t.test('Prefer: return, and a patch that changes nothing', async (t) => {
  const { ask } = await build(t)
  await ask('PUT', '/fhir/Patient/p', { body: patient({ id: 'p' }) })
  t.match(await patch(ask, 'Patient/p', male, { prefer: 'return=minimal' }), { status: 200, text: '', headers: { etag: 'W/"2"' } })
  t.match((await patch(ask, 'Patient/p', male, { prefer: 'return=OperationOutcome' })).json, { resourceType: 'OperationOutcome' })
  t.match(await patch(ask, 'Patient/p', []), { status: 200, headers: { etag: 'W/"2"' } })
})

t.test('404 on what never was, 410 on what was deleted', async (t) => {
  const { ask } = await build(t)
  t.equal((await patch(ask, 'Patient/never', male)).status, 404)
  await ask('PUT', '/fhir/Patient/p', { body: patient({ id: 'p' }) })
  await ask('DELETE', '/fhir/Patient/p')
  t.equal((await patch(ask, 'Patient/p', male)).status, 410)
})

t.test('415 for XML and other patches, 400 for what is no patch, 422 for one that cannot be applied: the resource stays', async (t) => {
  const { ask } = await build(t)
  await ask('PUT', '/fhir/Patient/p', { body: patient({ id: 'p' }) })
  for (const type of ['application/xml-patch+xml', 'application/fhir+xml', 'application/merge-patch+json', 'text/plain']) {
    t.match(
      await patch(ask, 'Patient/p', male, { 'content-type': type }),
      { status: 415, json: { resourceType: 'OperationOutcome' } },
      type
    )
  }
  t.equal((await patch(ask, 'Patient/p', { op: 'remove' })).status, 400)
  t.equal((await patch(ask, 'Patient/p', [{ op: 'remove' }])).status, 400)
  t.equal((await ask('PATCH', '/fhir/Patient/p', { body: patient() })).status, 400)
  t.equal((await ask('PATCH', '/fhir/Patient/p', { body: '', headers: JSON_PATCH })).status, 400)
  const test = await patch(ask, 'Patient/p', [...male, { op: 'test', path: '/gender', value: 'female' }])
  t.match(test, { status: 422, json: { issue: [{ details: { text: /Operation 2/ } }] } })
  const missing = await ask('PATCH', '/fhir/Patient/p', {
    body: replacing('Patient.maritalStatus', { valueCodeableConcept: { text: 'x' } })
  })
  t.match(missing, {
    status: 422,
    json: { issue: [{ expression: ['Parameters.parameter[0]'], details: { text: /Patient.maritalStatus/ } }] }
  })
  t.equal((await ask('GET', '/fhir/Patient/p')).json.meta.versionId, '1')
})

t.test('the result must be a valid resource of the same type and id; meta.versionId and lastUpdated are the server’s', async (t) => {
  const { ask } = await build(t)
  await ask('PUT', '/fhir/Patient/p', { body: patient({ id: 'p' }) })
  const set = (path: string, value: unknown) => patch(ask, 'Patient/p', [{ op: 'replace', path, value }])
  t.match(await set('/gender', 'unknowable'), { status: 422, json: { issue: [{ expression: ['Patient.gender'] }] } })
  t.equal((await set('/id', 'q')).status, 400)
  t.equal((await patch(ask, 'Patient/p', [{ op: 'remove', path: '/id' }])).status, 400)
  t.equal((await set('/resourceType', 'Practitioner')).status, 400)
  t.equal((await set('', [])).status, 400)
  t.equal((await ask('GET', '/fhir/Patient/p')).json.meta.versionId, '1')
  t.match(await set('/meta/versionId', '77'), { status: 200, json: { meta: { versionId: '1' } } })
  t.match(await patch(ask, 'Patient/p', [{ op: 'add', path: '/meta/tag', value: [{ code: 'x' }] }]), {
    status: 200,
    json: { id: 'p', meta: { versionId: '2', tag: [{ code: 'x' }] } }
  })
})

t.test('If-Match: 412 on another version, without it 32 patches at once are all applied', async (t) => {
  const { ask } = await build(t)
  await ask('PUT', '/fhir/Patient/p', { body: patient({ id: 'p', telecom: [{ value: '-' }] }) })
  t.equal((await patch(ask, 'Patient/p', male, { 'if-match': 'W/"2"' })).status, 412)
  t.equal((await patch(ask, 'Patient/p', male, { 'if-match': 'W/"1"' })).status, 200)
  const answers = await Promise.all(
    Array.from({ length: 32 }, (_, n) => patch(ask, 'Patient/p', [{ op: 'add', path: '/telecom/-', value: { value: `${n}` } }]))
  )
  t.strictSame(
    answers.map(({ status }) => status),
    Array(32).fill(200)
  )
  const { telecom } = (await ask('GET', '/fhir/Patient/p')).json
  t.strictSame(telecom.map(({ value }: { value: string }) => value).sort(), ['-', ...Array.from({ length: 32 }, (_, n) => `${n}`)].sort())
})

t.test('conditional patch: one match is patched, none is 404, many are 412, unknown criteria 400', async (t) => {
  const { ask } = await build(t)
  for (const id of ['a', 'b']) await ask('PUT', `/fhir/Patient/${id}`, { body: patient({ id, identifier: [{ value: id }], active: true }) })
  t.match(await patch(ask, 'Patient?identifier=a', male), {
    status: 200,
    json: { id: 'a', gender: 'male' },
    headers: { etag: 'W/"2"', location: 'http://localhost:80/fhir/Patient/a/_history/2' }
  })
  t.match(await patch(ask, 'Patient?identifier=c', male), { status: 404, json: { resourceType: 'OperationOutcome' } })
  t.equal((await patch(ask, 'Patient?active=true', male)).status, 412)
  t.equal((await patch(ask, 'Patient?nosuch=a', male)).status, 400)
  t.equal((await patch(ask, 'Patient', male)).status, 400)
  t.equal((await patch(ask, 'Patient?identifier=b', male, { 'if-match': 'W/"2"' })).status, 412)
  t.equal((await ask('GET', '/fhir/Patient/b')).json.meta.versionId, '1')
  const more = await Promise.all(
    ['official', 'usual', 'temp'].map((use) => patch(ask, 'Patient?identifier=b', [{ op: 'add', path: '/name/-', value: { use } }]))
  )
  t.strictSame(
    more.map(({ status }) => status),
    [200, 200, 200]
  )
  t.equal((await ask('GET', '/fhir/Patient/b')).json.name.length, 4)
})

t.test('a role that may not patch is refused', async (t) => {
  const { ask, token } = await build(t)
  await ask('PUT', '/fhir/Observation/o', { body: observation('p', '2020-01-01', { id: 'o' }) })
  const ask403 = (url: string) => ask('PATCH', url, { body: '[]', headers: JSON_PATCH, token: token('analyst') })
  t.equal((await ask403('/fhir/Observation/o')).status, 403)
  t.equal((await ask403('/fhir/Observation?status=final')).status, 403)
})

t.test('an expression without end is given up, and the next patch works', { timeout: 60_000 }, async (t) => {
  const { ask } = await build(t)
  await ask('PUT', '/fhir/Patient/p', { body: patient({ id: 'p' }) })
  const nested = Array.from({ length: 12 }).reduce((inner) => `%resource.descendants().where(${inner}).exists()`, 'true')
  const endless = `Patient.where(${nested}).gender`
  const answer = await ask('PATCH', '/fhir/Patient/p', { body: replacing(endless, { valueCode: 'male' }) })
  t.match(answer, { status: 422, json: { issue: [{ code: 'too-costly' }] } })
  t.equal((await ask('PATCH', '/fhir/Patient/p', { body: replacing('Patient.gender', { valueCode: 'male' }) })).status, 200)
})
