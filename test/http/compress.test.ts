import { brotliCompressSync, deflateSync, gunzipSync, gzipSync, inflateSync } from 'node:zlib'
import t from 'tap'
import { build, patient } from '../helper.js'

const long = patient({
  id: 'long',
  text: { status: 'generated', div: `<div xmlns="http://www.w3.org/1999/xhtml">${'long '.repeat(1000)}</div>` }
})
const GZIP = { 'accept-encoding': 'gzip' }

t.test('answers are packed when the client asks for it and they are not tiny; the ETag stays', async (t) => {
  const { app, ask, token } = await build(t)
  await ask('PUT', '/fhir/Patient/long', { body: long })
  await ask('PUT', '/fhir/Patient/short', { body: patient({ id: 'short' }) })
  const get = (url: string, encoding: string, method: 'GET' | 'HEAD' = 'GET') =>
    app.inject({ method, url, headers: { authorization: `Bearer ${token()}`, 'accept-encoding': encoding } })
  const plain = await ask('GET', '/fhir/Patient/long')
  t.equal(plain.headers['content-encoding'], undefined)

  const gzip = await get('/fhir/Patient/long', 'gzip, deflate, br')
  t.equal(gzip.headers['content-encoding'], 'gzip')
  t.match(gzip.headers['vary'], /accept-encoding/i)
  t.equal(gzip.headers['etag'], plain.headers['etag'])
  t.equal(gzip.headers['content-type'], plain.headers['content-type'])
  t.equal(gunzipSync(gzip.rawPayload).toString(), plain.text)
  t.ok(gzip.rawPayload.length < plain.text.length / 10)
  t.equal(inflateSync((await get('/fhir/Patient/long', 'deflate')).rawPayload).toString(), plain.text)
  const bundle = await get('/fhir/Patient', 'gzip')
  t.equal(JSON.parse(gunzipSync(bundle.rawPayload).toString()).entry.length, 2)

  t.equal((await get('/fhir/Patient/short', 'gzip')).headers['content-encoding'], undefined)
  for (const none of ['identity', 'br', 'gzip;q=0']) {
    const answer = await get('/fhir/Patient/long', none)
    t.match(answer, { statusCode: 200, payload: plain.text, headers: { 'content-encoding': undefined } }, none)
  }
  const head = await get('/fhir/Patient/long', 'gzip', 'HEAD')
  t.match(head, { statusCode: 200, payload: '', headers: { etag: plain.headers['etag'] } })
  const known = await ask('GET', '/fhir/Patient/long', { headers: { ...GZIP, 'if-none-match': plain.headers['etag']! } })
  t.match(known, { status: 304, text: '' })
})

t.test('packed requests: gzip and deflate are read', async (t) => {
  const { ask } = await build(t)
  const body = Buffer.from(JSON.stringify(long))
  const put = (packed: Buffer, encoding: string) =>
    ask('PUT', '/fhir/Patient/long', { body: packed, headers: { 'content-encoding': encoding } })
  t.equal((await put(gzipSync(body), 'gzip')).status, 201)
  t.equal((await put(deflateSync(body), 'deflate')).status, 200)
  t.equal((await put(body, 'identity')).status, 200)
  t.strictSame((await ask('GET', '/fhir/Patient/long')).json.text, (long as { text: object }).text)
  const form = await ask('POST', '/fhir/Patient/_search', {
    body: gzipSync('_id=long'),
    headers: { 'content-encoding': 'gzip', 'content-type': 'application/x-www-form-urlencoded' }
  })
  t.equal(form.json.entry.length, 1)
})

t.test('other encodings are 415, bytes that are not what they say 400', async (t) => {
  const { ask } = await build(t)
  const body = Buffer.from(JSON.stringify(long))
  const put = (packed: Buffer, encoding: string) =>
    ask('PUT', '/fhir/Patient/long', { body: packed, headers: { 'content-encoding': encoding } })
  const outcome = { json: { resourceType: 'OperationOutcome' } }
  t.match(await put(brotliCompressSync(body), 'br'), { status: 415, ...outcome })
  t.match(await put(gzipSync(gzipSync(body)), 'gzip, gzip'), { status: 415, ...outcome })
  t.match(await put(body, 'gzip'), { status: 400, ...outcome })
  t.match(await put(gzipSync(body).subarray(0, 50), 'gzip'), { status: 400, ...outcome })
  t.equal((await ask('GET', '/fhir/Patient/long')).status, 404)
})

t.test('the body limit counts unpacked bytes: a bomb is 413, and the server goes on', async (t) => {
  const { ask } = await build(t)
  const bomb = gzipSync(Buffer.alloc(64 << 20, ' '))
  const answer = await ask('POST', '/fhir/Patient', { body: bomb, headers: { 'content-encoding': 'gzip' } })
  t.match(answer, { status: 413, json: { resourceType: 'OperationOutcome', issue: [{ code: 'too-long' }] } })
  t.equal((await ask('PUT', '/fhir/Patient/long', { body: long })).status, 201)
})
