import t from 'tap'
import { build, patient } from '../helper.js'

t.test('a known path under another method is 405 with Allow, an unknown one 404; both OperationOutcomes', async (t) => {
  const { ask } = await build(t)
  for (const [method, url, allow] of [
    ['POST', '/fhir/Patient/1', 'DELETE, GET, HEAD, PATCH, PUT'],
    ['DELETE', '/fhir/Patient/1/_history/1', 'GET, HEAD'],
    ['POST', '/livez', 'GET, HEAD'],
    ['OPTIONS', '/fhir/Patient', 'DELETE, GET, HEAD, PATCH, POST, PUT']
  ] as const) {
    const answer = await ask(method, url)
    t.equal(answer.status, 405, `${method} ${url}`)
    t.equal(answer.headers['allow'], allow)
    t.equal(answer.json.resourceType, 'OperationOutcome')
  }
  for (const url of ['/fhir/Patient/1/2/3', '/elsewhere', '/fhir/Starship', '/fhir/Patient/$everything/x', '/docs/static/none.js']) {
    const answer = await ask('GET', url)
    t.equal(answer.status, 404, url)
    t.match(answer.headers['content-type'], 'application/fhir+json')
    t.equal(answer.json.resourceType, 'OperationOutcome')
  }
})

t.test('addresses that cannot be decoded are 400', async (t) => {
  const { ask } = await build(t)
  for (const url of ['/fhir/Patient/%', '/fhir/Patient/%zz', '/fhir/%ff', '/fhir/Patient?name=%zz', '/fhir/Patient/1?_format=%ff']) {
    const answer = await ask('GET', url)
    t.equal(answer.status, 400, url)
    t.equal(answer.json.resourceType, 'OperationOutcome')
  }
})

t.test('a body over the limit is 413', async (t) => {
  const { ask } = await build(t, { bodyLimit: 2000 })
  const answer = await ask('POST', '/fhir/Patient', { body: patient({ name: [{ family: 'x'.repeat(3000) }] }) })
  t.equal(answer.status, 413)
  t.match(answer.json.issue[0].details.text, '2000')
})

t.test('an unexpected error is 500 with a reference that stands in the log, and tells nothing else', async (t) => {
  const { app, ask, log } = await build(t)
  const { service } = { service: 'Robinson' }
  app.addHook('onRequest', async (request) => {
    if (request.headers['x-break']) throw new TypeError(`secret of ${service}`)
  })
  const answer = await ask('GET', '/livez', { headers: { 'x-break': '1' } })
  t.equal(answer.status, 500)
  const reference = answer.headers['x-request-id']!
  t.match(answer.json.issue[0].details.text, reference)
  t.notMatch(answer.text, 'Robinson')
  const line = log.find((text) => text.includes(reference) && text.includes('TypeError'))
  t.ok(line, 'name of the error in the log')
  t.match(line, 'routes.test')
  t.notMatch(log.join(''), 'Robinson')
})

t.test('/livez, /readyz and /version; /readyz is 503 when the store does not answer', async (t) => {
  const { ask, service } = await build(t)
  t.strictSame((await ask('GET', '/livez', { token: false })).json, { status: 'ok' })
  t.strictSame((await ask('GET', '/readyz', { token: false })).json, { status: 'ok' })
  t.match((await ask('GET', '/version', { token: false })).json, { name: 'wardbridge', version: /^\d+\.\d+\.\d+/, fhirVersion: '4.0.1' })
  service.getNote = async () => {
    throw new Error('gone')
  }
  t.equal((await ask('GET', '/readyz', { token: false })).status, 503)
  t.equal((await ask('GET', '/livez', { token: false })).status, 200)
})

t.test('security headers: nothing from elsewhere, no inline script, no framing, no CORS; HSTS only behind https', async (t) => {
  const { ask } = await build(t)
  for (const url of ['/', '/docs/', '/fhir/metadata']) {
    const { headers } = await ask('GET', url, { headers: { origin: 'https://elsewhere.example.org' } })
    const policy = headers['content-security-policy']!
    t.match(policy, "default-src 'none'", url)
    t.match(policy, /script-src 'self'|^default-src 'none';frame/)
    t.match(policy, "frame-ancestors 'none'")
    t.notMatch(policy, 'unsafe')
    t.equal(headers['x-content-type-options'], 'nosniff')
    t.equal(headers['strict-transport-security'], undefined)
    t.equal(headers['access-control-allow-origin'], undefined)
  }
  t.test('https', async (t) => {
    const { ask } = await build(t, { publicUrl: 'https://fhir.example.org' })
    t.match((await ask('GET', '/livez')).headers['strict-transport-security'], 'max-age=')
  })
})

t.test('/docs/json describes every FHIR route, and nothing on the pages is inline or from elsewhere', async (t) => {
  const { ask } = await build(t)
  const { json } = await ask('GET', '/docs/json', { token: false })
  t.match(json.paths['/fhir/{type}/{id}'], { get: { tags: ['fhir'] }, put: {}, delete: {} })
  t.match(json.paths['/fhir/{type}'], { get: {}, post: {} })
  t.ok(json.paths['/fhir/{type}/_search'].post)
  t.ok(json.paths['/fhir/metadata'].get)
  t.strictSame(json.paths['/fhir/{type}/{id}'].get.security, [{ token: [] }])
  const page = (await ask('GET', '/docs/', { token: false })).text
  t.notMatch(page, /<script(?![^>]*\ssrc=)[^>]*>\s*\S/)
  t.notMatch(page, /(src|href)="https?:/)
})
