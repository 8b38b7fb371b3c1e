import t from 'tap'
import { build, patient } from '../helper.js'

t.test('create: 201, the server’s id, Location of the version, ETag, Last-Modified, the stored resource', async (t) => {
  const { ask } = await build(t)
  const answer = await ask('POST', '/fhir/Patient', { body: patient({ id: 'mine' }) })
  t.equal(answer.status, 201)
  t.equal(answer.headers['content-type'], 'application/fhir+json; charset=utf-8')
  t.equal(answer.headers['etag'], 'W/"1"')
  t.match(answer.headers['last-modified'], /^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$/)
  const { id, meta } = answer.json
  t.match(id, /^[0-9a-f]{8}-/)
  t.equal(meta.versionId, '1')
  t.equal(new Date(meta.lastUpdated).toUTCString(), answer.headers['last-modified'])
  t.equal(answer.headers['location'], `http://localhost:80/fhir/Patient/${id}/_history/1`)
  const read = await ask('GET', `/fhir/Patient/${id}`)
  t.equal(read.status, 200)
  t.equal(read.text, answer.text)
})

t.test('what was sent comes back to the character: decimals, order of members, escapes', async (t) => {
  const { ask } = await build(t)
  const body =
    '{"resourceType":"Observation","id":"o1","status":"final","code":{"text":"\\u00e9 ü 漢"},"valueQuantity":{"value":1.00,"unit":"g"},"component":[{"code":{"text":"x"},"valueQuantity":{"value":1e-7}}]}'
  t.equal((await ask('PUT', '/fhir/Observation/o1', { body })).status, 201)
  const { text } = await ask('GET', '/fhir/Observation/o1')
  t.equal(text.replace(/,?"meta":\{[^}]*\}/, ''), body)
  const pretty = await ask('GET', '/fhir/Observation/o1?_pretty=true')
  t.match(pretty.text, '"value": 1.00')
  t.match(pretty.text, '"value": 1e-7')
  t.strictSame(pretty.json, JSON.parse(text))
})

t.test('update: 201 when new, 200 after, the same version when nothing changed', async (t) => {
  const { ask } = await build(t)
  const created = await ask('PUT', '/fhir/Patient/p1', { body: patient({ id: 'p1' }) })
  t.equal(created.status, 201)
  t.equal(created.headers['location'], 'http://localhost:80/fhir/Patient/p1/_history/1')
  const same = await ask('PUT', '/fhir/Patient/p1', { body: patient({ id: 'p1' }) })
  t.equal(same.status, 200)
  t.equal(same.headers['etag'], 'W/"1"')
  t.equal(same.text, created.text)
  const changed = await ask('PUT', '/fhir/Patient/p1', { body: patient({ id: 'p1', gender: 'other' }) })
  t.equal(changed.status, 200)
  t.equal(changed.headers['etag'], 'W/"2"')
  t.equal(changed.headers['location'], undefined)
  t.equal(changed.json.gender, 'other')
  const old = await ask('GET', '/fhir/Patient/p1/_history/1')
  t.equal(old.status, 200)
  t.equal(old.json.gender, 'female')
  t.equal(old.headers['etag'], 'W/"1"')
  t.equal((await ask('GET', '/fhir/Patient/p1/_history/3')).status, 404)
  t.equal((await ask('GET', '/fhir/Patient/p1/_history/x')).status, 404)
})

t.test('update refuses another id, another type, no id, and an address that cannot be an id', async (t) => {
  const { ask } = await build(t)
  t.equal((await ask('PUT', '/fhir/Patient/p1', { body: patient({ id: 'p2' }) })).status, 400)
  t.equal((await ask('PUT', '/fhir/Patient/p1', { body: patient() })).status, 400)
  t.equal((await ask('PUT', '/fhir/Patient/p1', { body: { resourceType: 'Practitioner', id: 'p1' } })).status, 400)
  t.equal((await ask('POST', '/fhir/Patient', { body: { resourceType: 'Practitioner' } })).status, 400)
  t.equal((await ask('PUT', '/fhir/Patient/a_b', { body: patient({ id: 'a_b' }) })).status, 400)
  t.equal((await ask('GET', '/fhir/Patient?_summary=count')).json.total, 0)
})

t.test('If-Match guards update and delete: 412 on another version, 400 when malformed', async (t) => {
  const { ask } = await build(t)
  const put = (ifMatch: string, gender: string) =>
    ask('PUT', '/fhir/Patient/p1', { body: patient({ id: 'p1', gender }), headers: { 'if-match': ifMatch } })
  t.equal((await put('W/"1"', 'female')).status, 412, 'there is no version yet')
  await ask('PUT', '/fhir/Patient/p1', { body: patient({ id: 'p1' }) })
  t.equal((await put('W/"1"', 'male')).status, 200)
  t.equal((await put('W/"1"', 'other')).status, 412)
  t.equal((await put('"2"', 'other')).status, 200, 'strong form')
  t.equal((await put('2', 'female')).status, 400)
  t.equal((await ask('GET', '/fhir/Patient/p1')).json.gender, 'other')
  t.equal((await ask('DELETE', '/fhir/Patient/p1', { headers: { 'if-match': 'W/"1"' } })).status, 412)
  t.equal((await ask('DELETE', '/fhir/Patient/p1', { headers: { 'if-match': 'no' } })).status, 400)
  t.equal((await ask('DELETE', '/fhir/Patient/p1', { headers: { 'if-match': 'W/"3"' } })).status, 204)
})

t.test('If-Match and If-None-Match take lists, on every interaction that writes one resource', async (t) => {
  const { ask } = await build(t)
  const put = (headers: Record<string, string>, gender: string) =>
    ask('PUT', '/fhir/Patient/p1', { body: patient({ id: 'p1', gender }), headers })
  t.equal((await put({ 'if-none-match': 'W/"1", W/"2"' }, 'male')).status, 201, 'there is none of these versions')
  t.equal((await put({ 'if-match': 'W/"7", "1"' }, 'female')).status, 200)
  t.equal((await put({ 'if-match': 'W/"7", "1"' }, 'other')).status, 412)
  t.equal((await put({ 'if-none-match': 'W/"1", W/"2"' }, 'other')).status, 412)
  t.equal((await put({ 'if-none-match': 'W/"1"' }, 'other')).headers['etag'], 'W/"3"')
  const headers = { 'content-type': 'application/json-patch+json' }
  const patch = (more: Record<string, string>, gender: string) =>
    ask('PATCH', '/fhir/Patient/p1', {
      body: JSON.stringify([{ op: 'replace', path: '/gender', value: gender }]),
      headers: { ...headers, ...more }
    })
  t.equal((await patch({ 'if-match': 'W/"1", W/"2"' }, 'male')).status, 412)
  t.equal((await patch({ 'if-none-match': 'W/"3"' }, 'male')).status, 412)
  t.equal((await patch({ 'if-match': 'W/"1", W/"3"' }, 'male')).headers['etag'], 'W/"4"')
  t.equal((await ask('DELETE', '/fhir/Patient/p1', { headers: { 'if-none-match': '*' } })).status, 412)
  t.equal((await ask('DELETE', '/fhir/Patient/p1', { headers: { 'if-match': '"4", "5"' } })).status, 204)
})

t.test('If-Match: * asks for any version there is', async (t) => {
  const { ask } = await build(t)
  const headers = { 'if-match': '*' }
  const patch = (url: string) =>
    ask('PATCH', url, {
      body: '[{"op":"replace","path":"/gender","value":"other"}]',
      headers: { ...headers, 'content-type': 'application/json-patch+json' }
    })
  t.equal((await ask('PUT', '/fhir/Patient/p1', { body: patient({ id: 'p1' }), headers })).status, 412)
  t.equal((await ask('DELETE', '/fhir/Patient/p1', { headers })).status, 412)
  t.equal((await ask('PUT', '/fhir/Patient?_id=p1', { body: patient(), headers })).status, 412)
  await ask('PUT', '/fhir/Patient/p1', { body: patient({ id: 'p1' }) })
  t.equal((await ask('PUT', '/fhir/Patient/p1', { body: patient({ id: 'p1', gender: 'male' }), headers })).headers['etag'], 'W/"2"')
  t.equal((await patch('/fhir/Patient/p1')).headers['etag'], 'W/"3"')
  t.equal((await ask('PUT', '/fhir/Patient?_id=p1', { body: patient(), headers })).headers['etag'], 'W/"4"')
  t.equal((await patch('/fhir/Patient?_id=p1')).headers['etag'], 'W/"5"')
  t.equal((await ask('DELETE', '/fhir/Patient/p1', { headers })).status, 204)
})

t.test('of 32 updates of one version at once one is taken, the others are 412', async (t) => {
  const { ask } = await build(t)
  await ask('PUT', '/fhir/Patient/p1', { body: patient({ id: 'p1' }) })
  const answers = await Promise.all(
    Array.from({ length: 32 }, (_, n) =>
      ask('PUT', '/fhir/Patient/p1', { body: patient({ id: 'p1', language: `x-${n}` }), headers: { 'if-match': 'W/"1"' } })
    )
  )
  t.strictSame(answers.map(({ status }) => status).sort(), [200, ...Array(31).fill(412)])
  const won = answers.find(({ status }) => status === 200)!
  t.equal((await ask('GET', '/fhir/Patient/p1')).text, won.text)
})

t.test('delete: 204 again and again, then 410 on read, 404 on what never was, old versions stay, update brings it back', async (t) => {
  const { ask } = await build(t)
  await ask('PUT', '/fhir/Patient/p1', { body: patient({ id: 'p1' }) })
  const first = await ask('DELETE', '/fhir/Patient/p1')
  t.equal(first.status, 204)
  t.equal(first.headers['etag'], 'W/"2"')
  t.equal(first.text, '')
  t.equal((await ask('DELETE', '/fhir/Patient/p1')).status, 204)
  t.equal((await ask('DELETE', '/fhir/Patient/never')).status, 204)
  const gone = await ask('GET', '/fhir/Patient/p1')
  t.equal(gone.status, 410)
  t.match(gone.json, { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code: 'deleted' }] })
  t.equal((await ask('GET', '/fhir/Patient/never')).status, 404)
  t.equal((await ask('GET', '/fhir/Patient/p1/_history/1')).status, 200)
  t.equal((await ask('GET', '/fhir/Patient/p1/_history/2')).status, 410)
  const back = await ask('PUT', '/fhir/Patient/p1', { body: patient({ id: 'p1' }) })
  t.equal(back.status, 201)
  t.equal(back.headers['etag'], 'W/"3"')
})

t.test('delete takes no notice of a Content-Type or a body', async (t) => {
  const { ask } = await build(t)
  const headers = { 'content-type': 'application/fhir+json' }
  for (const [id, body] of [['a'], ['b', '{}']] as const) {
    await ask('PUT', `/fhir/Patient/${id}`, { body: patient({ id }) })
    t.equal((await ask('DELETE', `/fhir/Patient/${id}`, { headers, ...(body === undefined ? {} : { body }) })).status, 204)
    t.equal((await ask('GET', `/fhir/Patient/${id}`)).status, 410)
  }
})

t.test('Prefer: return=minimal, representation and OperationOutcome', async (t) => {
  const { ask } = await build(t)
  const put = (prefer: string, gender: string) =>
    ask('PUT', '/fhir/Patient/p1', { body: patient({ id: 'p1', gender }), headers: { prefer } })
  const minimal = await put('return=minimal', 'female')
  t.match(minimal, { status: 201, text: '', headers: { etag: 'W/"1"', location: /_history\/1$/, 'content-length': '0' } })
  t.match((await put('return=representation', 'male')).json, { resourceType: 'Patient', gender: 'male' })
  t.match((await put('return=OperationOutcome', 'other')).json, { resourceType: 'OperationOutcome', issue: [{ severity: 'information' }] })
  const deleted = await ask('DELETE', '/fhir/Patient/p1', { headers: { prefer: 'return=OperationOutcome' } })
  t.equal(deleted.status, 200)
  t.equal(deleted.json.resourceType, 'OperationOutcome')
})

t.test('conditional read: 304 without a body by ETag and by date', async (t) => {
  const { ask } = await build(t)
  const { headers } = await ask('PUT', '/fhir/Patient/p1', { body: patient({ id: 'p1' }) })
  const byTag = await ask('GET', '/fhir/Patient/p1', { headers: { 'if-none-match': 'W/"1"' } })
  t.match(byTag, { status: 304, text: '', headers: { etag: 'W/"1"' } })
  t.equal((await ask('GET', '/fhir/Patient/p1', { headers: { 'if-modified-since': headers['last-modified']! } })).status, 304)
  t.equal((await ask('GET', '/fhir/Patient/p1', { headers: { 'if-none-match': 'W/"9"' } })).status, 200)
  t.equal((await ask('GET', '/fhir/Patient/p1', { headers: { 'if-none-match': 'W/"9", "1"' } })).status, 304, 'a list')
  const later = { 'if-none-match': 'W/"9"', 'if-modified-since': headers['last-modified']! }
  t.equal((await ask('GET', '/fhir/Patient/p1', { headers: later })).status, 200, 'If-None-Match counts before If-Modified-Since')
  t.match(await ask('GET', '/fhir/Patient/p1/_history/1', { headers: { 'if-none-match': 'W/"1"' } }), { status: 304, text: '' })
  t.match(await ask('HEAD', '/fhir/Patient/p1', { headers: { 'if-none-match': 'W/"1"' } }), { status: 304, text: '' })
  t.equal((await ask('GET', '/fhir/Patient/p1', { headers: { 'if-modified-since': 'Mon, 01 Jan 2001 00:00:00 GMT' } })).status, 200)
})

t.test('HEAD answers as GET does, without the body', async (t) => {
  const { ask } = await build(t)
  await ask('PUT', '/fhir/Patient/p1', { body: patient({ id: 'p1' }) })
  const get = await ask('GET', '/fhir/Patient/p1')
  const head = await ask('HEAD', '/fhir/Patient/p1')
  t.equal(head.status, 200)
  t.equal(head.text, '')
  for (const name of ['etag', 'last-modified', 'content-type']) t.equal(head.headers[name], get.headers[name], name)
  t.equal(head.headers['content-length'], String(Buffer.byteLength(get.text)))
  t.equal((await ask('HEAD', '/fhir/Patient/never')).status, 404)
  t.equal((await ask('HEAD', '/fhir/Patient/p1', { token: false })).status, 401)
})

t.test('formats: JSON kinds are given, XML is 406 on answers and 415 on bodies', async (t) => {
  const { ask } = await build(t)
  await ask('PUT', '/fhir/Patient/p1', { body: patient({ id: 'p1' }) })
  t.equal(
    (await ask('GET', '/fhir/Patient/p1', { headers: { accept: 'application/json' } })).headers['content-type'],
    'application/json; charset=utf-8'
  )
  const xml = await ask('GET', '/fhir/Patient/p1', { headers: { accept: 'application/fhir+xml' } })
  t.match(xml, { status: 406, json: { resourceType: 'OperationOutcome' } })
  t.equal((await ask('GET', '/fhir/Patient/p1?_format=xml')).status, 406)
  t.equal((await ask('GET', '/fhir/Patient/p1?_format=json', { headers: { accept: 'application/fhir+xml' } })).status, 200)
  t.equal((await ask('GET', '/fhir/Patient/p1?_format=application/fhir+json')).status, 200)

  const put = (contentType: string, body: string | Buffer) =>
    ask('PUT', '/fhir/Patient/p1', { body, headers: { 'content-type': contentType } })
  const json = JSON.stringify(patient({ id: 'p1' }))
  t.equal((await put('application/json', json)).status, 200)
  t.equal((await put('application/fhir+json; charset=utf-8', json)).status, 200)
  for (const type of ['application/fhir+xml', 'text/plain', 'application/x-www-form-urlencoded', 'application/json; charset=latin1']) {
    t.equal((await put(type, json)).status, 415, type)
  }
  const unnamed = await ask('POST', '/fhir/Patient', { body: json, headers: { 'content-type': '' } })
  t.equal(unnamed.status, 415)
  t.equal((await put('application/fhir+json', Buffer.from([0x7b, 0xff, 0xfe, 0x7d]))).status, 400, 'not UTF-8')
  t.equal(
    (await put('application/fhir+json', Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(json)]))).status,
    200,
    'byte order mark'
  )
  t.equal((await ask('POST', '/fhir/Patient')).status, 400, 'no body')
})

t.test('a resource that is not valid is 422 with the element, broken JSON is 400 with the place', async (t) => {
  const { ask } = await build(t)
  const invalid = await ask('POST', '/fhir/Patient', { body: { resourceType: 'Patient', gender: 'unknowable', birthDate: 'yesterday' } })
  t.equal(invalid.status, 422)
  t.ok(
    invalid.json.issue.every((issue: { expression?: string[] }) => issue.expression?.[0]?.startsWith('Patient.')),
    invalid.text
  )
  const broken = await ask('POST', '/fhir/Patient', { body: '{"resourceType":"Patient",}' })
  t.equal(broken.status, 400)
  t.match(broken.json.issue[0].details.text, /line 1, column \d+/)
})
