/** Binary in its own format (R4 binary.html#rest). */
import t from 'tap'
import { build } from '../helper.js'

const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0xff, 0x00])

t.test('content comes in and goes out as it is', async (t) => {
  const { ask, app, token } = await build(t)
  const headers = { 'content-type': 'image/png', 'x-security-context': 'Patient/p' }
  const created = await ask('POST', '/fhir/Binary', { body: PNG, headers })
  t.equal(created.status, 201)
  t.match(created.json, {
    resourceType: 'Binary',
    contentType: 'image/png',
    securityContext: { reference: 'Patient/p' },
    data: PNG.toString('base64')
  })
  const url = `/fhir/Binary/${created.json.id}`
  const raw = async (accept: string, path = url) => {
    const response = await app.inject({ method: 'GET', url: path, headers: { authorization: `Bearer ${token()}`, accept } })
    return {
      status: response.statusCode,
      type: response.headers['content-type'],
      body: response.rawPayload,
      etag: response.headers['etag']
    }
  }
  for (const accept of ['image/png', 'image/*', 'text/html, image/*;q=0.5'])
    t.strictSame(await raw(accept), { status: 200, type: 'image/png', body: PNG, etag: 'W/"1"' }, accept)
  t.strictSame((await raw('image/png', `${url}/_history/1`)).body, PNG)
  t.strictSame((await raw('*/*', `${url}?_format=image/png`)).body, PNG)
  for (const accept of ['*/*', 'application/fhir+json', 'application/json', 'image/png, application/fhir+json'])
    t.match(await raw(accept), { status: 200, type: /json/ }, accept)
  for (const accept of ['text/plain', 'application/fhir+xml', 'image/png;q=0']) t.equal((await raw(accept)).status, 406, accept)
  t.equal((await raw('image/png', '/fhir/Binary/none')).status, 404)
  t.equal((await raw('image/png', '/fhir/Binary')).status, 406, 'searches are FHIR')
  t.equal((await ask('GET', '/fhir/Patient/p', { headers: { accept: 'image/png' } })).status, 406)

  const head = await ask('HEAD', url, { headers: { accept: 'image/png' } })
  t.match(head, { status: 200, text: '', headers: { 'content-type': 'image/png', 'content-length': String(PNG.length) } })
})

t.test('an update takes content, too; a Binary resource stays one', async (t) => {
  const { ask } = await build(t)
  const put = (body: string, type: string) => ask('PUT', '/fhir/Binary/b', { body, headers: { 'content-type': type } })
  t.match(await put('hällo', 'text/plain; charset=utf-8'), { status: 201, json: { id: 'b', contentType: 'text/plain; charset=utf-8' } })
  const read = await ask('GET', '/fhir/Binary/b', { headers: { accept: 'text/plain' } })
  t.match(read, { status: 200, text: 'hällo', headers: { 'content-type': 'text/plain; charset=utf-8' } })
  t.match(await put('{"resourceType":"Binary","id":"b","contentType":"text/html","data":"PGI+"}', 'application/fhir+json'), {
    status: 200,
    json: { contentType: 'text/html', meta: { versionId: '2' } }
  })
  t.match((await ask('GET', '/fhir/Binary/b', { headers: { accept: 'text/html' } })).headers['content-security-policy'], /sandbox/)
  t.equal((await put('<Binary xmlns="http://hl7.org/fhir"/>', 'application/fhir+xml')).status, 415)
  t.equal((await ask('POST', '/fhir/Patient', { body: 'x', headers: { 'content-type': 'text/plain' } })).status, 415)
})
