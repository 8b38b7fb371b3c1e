/** Pictures, videos and documents over a real connection: what comes in, who gets it, and what is left of what did not come whole. */
import { createHash, randomBytes } from 'node:crypto'
import { existsSync, readdirSync } from 'node:fs'
import { type IncomingMessage, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { gunzipSync, gzipSync } from 'node:zlib'
import t from 'tap'
import { ADMIN, build } from '../../helper.js'

const PNG = Buffer.concat([
  Buffer.from('89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de', 'hex'),
  Buffer.from('0000000c4944415408d763f8cfc00000030001011800d8d50000000049454e44ae426082', 'hex')
])
const PDF = Buffer.from('%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n')
const HTML = Buffer.from('<!DOCTYPE html><script>alert(1)</script>')
const SVG = Buffer.from('<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>')
const LIMIT = 30 * 1024 * 1024

setFlagsFromString('--expose-gc')
/** What is left in memory is held by somebody. */
const collect = runInNewContext('gc') as () => void

interface Sent {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly body: Buffer
}

const reference = (to: string) => ({ reference: to })
const patient = (id: string, number: string) => ({
  resourceType: 'Patient',
  id,
  identifier: [{ use: 'usual', system: 'urn:wardbridge:hospital:subject_id', value: number }],
  gender: 'female'
})
const stay = (id: string, of: string, physician: string) => ({
  resourceType: 'Encounter',
  id,
  identifier: [{ use: 'usual', system: 'urn:wardbridge:hospital:hadm_id', value: id === 'ea' ? '2001' : '2002' }],
  status: 'in-progress',
  class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'IMP' },
  subject: reference(`Patient/${of}`),
  participant: [{ individual: reference(`Practitioner/${physician}`) }]
})

t.test('media', async (t) => {
  const { app, service, settings, token, ask, state } = await build(t, { mediaLimit: LIMIT })
  for (const resource of [
    patient('ann', '1001'),
    patient('bob', '1002'),
    { resourceType: 'Practitioner', id: 'house', identifier: [{ system: 'urn:wardbridge:hospital:physician_id', value: 'H' }] },
    { resourceType: 'Practitioner', id: 'cox', identifier: [{ system: 'urn:wardbridge:hospital:physician_id', value: 'C' }] },
    stay('ea', 'ann', 'house'),
    stay('eb', 'bob', 'cox')
  ])
    await service.update(ADMIN, resource.resourceType, resource.id, JSON.stringify(resource))
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo
  const TOKENS = {
    ann: token('patient', { fhirUser: 'Patient/ann' }),
    bob: token('patient', { fhirUser: 'Patient/bob' }),
    house: token('physician', { fhirUser: 'Practitioner/house' }),
    cox: token('physician', { fhirUser: 'Practitioner/cox' }),
    desk: token('front-desk'),
    entry: token('data-entry'),
    analyst: token('analyst'),
    auditor: token('auditor'),
    admin: token()
  }
  type Who = keyof typeof TOKENS

  const send = (
    who: Who | undefined,
    method: string,
    url: string,
    { headers = {}, body }: { readonly headers?: Record<string, string>; readonly body?: Buffer | Readable } = {}
  ): Promise<Sent> =>
    new Promise((resolve, reject) => {
      const authorization = who === undefined ? {} : { authorization: `Bearer ${TOKENS[who]}` }
      const path = url.startsWith('http') ? new URL(url).pathname + new URL(url).search : url
      const outgoing = request({ host: '127.0.0.1', port, method, path, headers: { ...authorization, ...headers } }, (answer) => {
        const chunks: Buffer[] = []
        answer.on('data', (chunk: Buffer) => chunks.push(chunk))
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(chunks) }))
        answer.on('error', reject)
      })
      outgoing.on('error', reject)
      if (body instanceof Readable) body.pipe(outgoing)
      else outgoing.end(body)
    })
  const json = ({ body }: Sent) => JSON.parse(body.toString())
  const post = (who: Who, query: string, body: Buffer | Readable, contentType = 'image/png', headers: Record<string, string> = {}) =>
    send(who, 'POST', `/rest/media${query}`, { headers: { 'content-type': contentType, ...headers }, body })
  /** Names of all files, finished or not. */
  const kept = (): string[] =>
    existsSync(settings.files)
      ? readdirSync(settings.files, { recursive: true, withFileTypes: true })
          .filter((entry) => entry.isFile())
          .map(({ name }) => name)
      : []

  t.test('a patient uploads a picture, asks with it, and the physician in care opens it', async (t) => {
    const made = await post('ann', '?title=Left%20hand', PNG)
    t.equal(made.status, 201, made.body.toString())
    const row = json(made)
    t.match(row, {
      subject_id: 1001,
      hadm_id: null,
      kind: 'attachment',
      title: 'Left hand',
      content_type: 'image/png',
      size: PNG.length,
      resource: `Media/${row.media_id}`
    })
    t.equal(made.headers.location, `http://127.0.0.1:${port}/rest/media/${row.media_id}`)
    t.equal(made.headers['cache-control'], 'private, no-store')
    const media = (await ask('GET', `/fhir/${row.resource}`)).json
    t.match(media, {
      status: 'completed',
      subject: { reference: 'Patient/ann' },
      operator: { reference: 'Patient/ann' },
      identifier: [{ system: 'urn:wardbridge:hospital:media_id', value: row.media_id }],
      content: {
        contentType: 'image/png',
        url: row.binary,
        size: PNG.length,
        hash: createHash('sha1').update(PNG).digest('base64'),
        title: 'Left hand'
      }
    })
    const { issue } = (await ask('POST', '/fhir/Media/$validate', { body: media })).json
    t.strictSame(
      issue.filter(({ severity }: { severity: string }) => severity === 'error'),
      [],
      'valid R4'
    )
    const asked = await send('ann', 'POST', '/rest/patients/1001/question', {
      headers: { 'content-type': 'application/json' },
      body: Buffer.from(JSON.stringify({ question: 'Is this healing?', media_id: row.media_id }))
    })
    t.equal(asked.status, 201, asked.body.toString())
    t.equal(json(asked).media_id, row.media_id)
    const opened = await send('house', 'GET', `/rest/media/${json(asked).media_id}`)
    t.equal(opened.status, 200, opened.body.toString())
    const file = await send(undefined, 'GET', json(opened).url)
    t.equal(file.status, 200, file.body.toString())
    t.strictSame(file.body, PNG)
    t.match(file.headers, {
      'content-type': 'image/png',
      'content-length': String(PNG.length),
      'x-content-type-options': 'nosniff',
      'cache-control': 'private, no-store',
      'content-disposition': /^inline; filename="/,
      'content-security-policy': /sandbox/
    })
    const found = await ask('GET', '/fhir/Communication?category=question&subject=Patient/ann')
    t.match(found.json.entry[0].resource.payload, [
      {},
      { contentReference: { reference: row.resource, type: 'Media', identifier: { value: row.media_id } } }
    ])
    const refused = await send('admin', 'DELETE', `/rest/media/${row.media_id}`)
    t.equal(refused.status, 409, refused.body.toString())
    t.match(json(refused), { code: 'media.named' })
    t.equal((await ask('DELETE', `/fhir/${row.resource}`)).status, 409, 'at every door')
  })

  t.test('nobody else reads it: by number, by Media, by Binary, by file, by a link to another one', async (t) => {
    const [hers, his] = [json(await post('ann', '', PNG)), json(await post('bob', '', PNG))]
    for (const who of ['bob', 'cox', 'desk', 'auditor'] as const) {
      for (const path of [
        `/rest/media/${hers.media_id}`,
        `/fhir/${hers.resource}`,
        `/fhir/${hers.binary}`,
        `/fhir/${hers.binary}/_history/1`
      ]) {
        const { status, body } = await send(who, 'GET', path)
        t.ok([403, 404].includes(status), `${who} ${path}: ${status}`)
        t.notMatch(body.toString(), /url_expires_at|"contentType"/)
      }
      const file = await send(who, 'GET', new URL(hers.url).pathname)
      t.ok([403, 404].includes(file.status), `${who} /files: ${file.status}`)
    }
    t.equal((await send('bob', 'GET', `/rest/media/${hers.media_id}`)).status, 404)
    t.equal((await send('bob', 'GET', `/fhir/${hers.binary}`)).status, 404)
    const swapped = new URL(his.url)
    swapped.pathname = new URL(hers.url).pathname
    const crossed = await send(undefined, 'GET', swapped.href)
    t.equal(crossed.status, 403)
    t.match(json(crossed), { code: 'auth.link' })
    t.equal((await send('bob', 'GET', swapped.href)).status, 403, 'a token does not help')
    t.match((await ask('GET', `/fhir/Media?identifier=${hers.media_id}`, { token: TOKENS.bob })).json, { total: 0 })
    t.equal((await send(undefined, 'GET', new URL(hers.url).pathname)).status, 401)
    t.equal((await post('bob', '?subject_id=1001', PNG)).status, 404, 'nor uploads for her')
    t.equal((await post('cox', '?subject_id=1001', PNG)).status, 404)
  })

  t.test('the Binary gives its content to whoever may read its Media', async (t) => {
    const row = json(await post('ann', '', PNG))
    for (const who of ['ann', 'house', 'admin', 'entry', 'analyst'] as const) {
      const itself = await send(who, 'GET', `/fhir/${row.binary}`, { headers: { accept: 'image/png' } })
      t.equal(itself.status, 200, `${who} ${itself.body}`)
      t.strictSame(itself.body, PNG)
      t.match(itself.headers, { 'content-type': 'image/png', 'content-security-policy': /sandbox/ })
    }
    const inJson = await send('ann', 'GET', `/fhir/${row.binary}`, { headers: { accept: 'application/fhir+json' } })
    t.match(json(inJson), { contentType: 'image/png', securityContext: { reference: row.resource }, data: PNG.toString('base64') })
    t.equal((await send('ann', 'GET', `/fhir/${row.binary}`, { headers: { accept: 'image/gif' } })).status, 406)
    const head = await send('ann', 'HEAD', `/fhir/${row.binary}`, { headers: { accept: 'image/png' } })
    t.equal(head.status, 200)
    t.equal(head.body.length, 0)
  })

  t.test('a Binary is made by those who may make what its securityContext names, and by nobody else', async (t) => {
    const binary = (context?: string) => ({
      resourceType: 'Binary',
      contentType: 'text/plain',
      ...(context === undefined ? {} : { securityContext: reference(context) }),
      data: 'aGk='
    })
    const make = (who: Who, context?: string) => ask('POST', '/fhir/Binary', { token: TOKENS[who], body: binary(context) })
    t.equal((await make('ann', 'Patient/ann')).status, 201)
    t.equal((await make('ann', 'Patient/bob')).status, 403)
    t.equal((await make('ann')).status, 403)
    t.equal((await make('house', 'Patient/ann')).status, 201)
    t.equal((await make('house', 'Patient/bob')).status, 403)
    const scoped = token('patient', { fhirUser: 'Patient/ann', patient: 'ann', scope: 'patient/Media.rs' })
    const row = json(await post('ann', '', PNG))
    t.equal((await ask('GET', `/fhir/${row.binary}`, { token: scoped })).status, 403, 'a scope for Media is none for Binary')
    const both = token('patient', { fhirUser: 'Patient/ann', patient: 'ann', scope: 'patient/Media.rs patient/Binary.r' })
    t.equal((await ask('GET', `/fhir/${row.binary}`, { token: both })).status, 200)
    const alone = token('patient', { fhirUser: 'Patient/ann', patient: 'ann', scope: 'patient/Binary.r' })
    t.equal((await ask('GET', `/fhir/${row.binary}`, { token: alone })).status, 404)
  })

  t.test('28 MB come and go piece by piece', async (t) => {
    const size = 28 * 1024 * 1024
    const chunk = randomBytes(64 * 1024)
    let most = 0
    /** Every 5 MB: what is held, and not only not yet collected. */
    const look = async (bytes: number, step: number) => {
      if (Math.floor(bytes / 5e6) === Math.floor((bytes - step) / 5e6)) return
      collect()
      await new Promise((resolve) => setTimeout(resolve, 50))
      collect()
      most = Math.max(most, process.memoryUsage().arrayBuffers)
    }
    const content = async function* (looking: boolean) {
      yield PNG
      for (let sent = PNG.length; sent < size; sent += chunk.length) {
        if (looking) await look(sent, chunk.length)
        yield chunk.subarray(0, Math.min(chunk.length, size - sent))
      }
    }
    const hash = createHash('sha1')
    for await (const part of content(false)) hash.update(part)
    collect()
    const before = process.memoryUsage().arrayBuffers
    const made = await post('ann', '', Readable.from(content(true), { objectMode: false }))
    t.equal(made.status, 201, made.body.toString())
    const row = json(made)
    t.equal(row.size, size)
    const down = await new Promise<{ readonly bytes: number; readonly sha1: string }>((resolve, reject) => {
      const { pathname, search } = new URL(row.url)
      request({ host: '127.0.0.1', port, path: pathname + search }, async (answer) => {
        const sha1 = createHash('sha1')
        let bytes = 0
        for await (const part of answer) {
          bytes += part.length
          await look(bytes, part.length)
          sha1.update(part)
        }
        resolve({ bytes, sha1: sha1.digest('base64') })
      })
        .on('error', reject)
        .end()
    })
    const sha1 = hash.digest('base64')
    t.strictSame(down, { bytes: size, sha1 })
    t.equal((await ask('GET', `/fhir/${row.resource}`)).json.content.hash, sha1)
    t.ok(most > 0 && most - before < size / 2, `at most ${Math.round((most - before) / 1024)} KiB of buffers`)
  })

  t.test('packed bodies are unpacked, and the packed one is no way around the limit', async (t) => {
    const packed = { 'content-encoding': 'gzip' }
    const made = await post('ann', '', gzipSync(PNG), 'image/png', packed)
    t.match(json(made), { size: PNG.length, content_type: 'image/png' })
    const bomb = gzipSync(Buffer.concat([PNG, Buffer.alloc(LIMIT)]))
    t.ok(bomb.length < LIMIT / 10)
    t.equal((await post('ann', '', bomb, 'image/png', packed)).status, 413)
    t.equal((await post('ann', '', PNG, 'image/png', packed)).status, 400)
    const inJson = await send('ann', 'GET', `/fhir/${json(made).binary}`, {
      headers: { accept: 'application/fhir+json', 'accept-encoding': 'gzip' }
    })
    const body = inJson.headers['content-encoding'] === 'gzip' ? gunzipSync(inJson.body) : inJson.body
    t.equal(JSON.parse(body.toString()).data, PNG.toString('base64'))
  })

  t.test('one that says how large it is is refused before it comes', async (t) => {
    const answer = await new Promise<number>((resolve, reject) => {
      const headers = { authorization: `Bearer ${TOKENS.ann}`, 'content-type': 'image/png', 'content-length': String(LIMIT + 1) }
      const outgoing = request({ host: '127.0.0.1', port, method: 'POST', path: '/rest/media', headers }, ({ statusCode = 0 }) => {
        resolve(statusCode)
        outgoing.destroy()
      })
      outgoing.on('error', reject)
      outgoing.write(PNG)
    })
    t.equal(answer, 413)
  })

  t.test('nobody reads it through a bundle, $everything or an include either', async (t) => {
    const row = json(await post('desk', '?subject_id=1001&kind=identity-document', PNG))
    const everything = (who: Who) => ask('GET', '/fhir/Patient/ann/$everything?_count=1000', { token: TOKENS[who] })
    t.match((await everything('ann')).text, row.media_id)
    t.notMatch((await everything('house')).text, row.media_id)
    const batch = {
      resourceType: 'Bundle',
      type: 'batch',
      entry: [row.resource, row.binary, `DocumentReference?_id=${row.media_id}`].map((url) => ({ request: { method: 'GET', url } }))
    }
    t.notMatch((await ask('POST', '/fhir', { token: TOKENS.house, body: batch })).text, 'image/png')
    const hers = await ask('POST', '/fhir', { token: TOKENS.ann, body: batch })
    t.match(
      hers.json.entry,
      [{ response: { status: '200 OK' } }, { response: { status: '200 OK' } }, { resource: { entry: [{}] } }],
      hers.text
    )
    const included = await ask('GET', '/fhir/Patient?_id=ann&_revinclude=*', { token: TOKENS.house })
    t.notMatch(included.text, row.media_id)
    const transaction = {
      resourceType: 'Bundle',
      type: 'transaction',
      entry: ['ann', 'bob'].map((of) => ({
        fullUrl: `urn:uuid:0000000${of.length}-0000-4000-8000-00000000000${of === 'ann' ? 1 : 2}`,
        resource: {
          resourceType: 'Media',
          status: 'completed',
          subject: reference(`Patient/${of}`),
          content: { contentType: 'image/png', url: row.binary }
        },
        request: { method: 'POST', url: 'Media' }
      }))
    }
    t.equal((await ask('POST', '/fhir', { token: TOKENS.ann, body: transaction })).status, 403)
    const [own] = transaction.entry
    const binary = {
      fullUrl: 'urn:uuid:00000005-0000-4000-8000-000000000005',
      resource: { resourceType: 'Binary', contentType: 'text/plain', data: 'aGk=', securityContext: reference(own!.fullUrl) },
      request: { method: 'POST', url: 'Binary' }
    }
    const both = await ask('POST', '/fhir', { token: TOKENS.bob, body: { ...transaction, entry: [own, binary] } })
    t.equal(both.status, 403, 'not for another patient')
    const made = await ask('POST', '/fhir', { token: TOKENS.ann, body: { ...transaction, entry: [own, binary] } })
    t.equal(made.status, 200, made.text)
    const place = made.json.entry[1].response.location
    const address = place.slice(place.indexOf('Binary/'), place.indexOf('/_history'))
    t.equal((await ask('GET', `/fhir/${address}`, { token: TOKENS.ann })).status, 200)
    t.equal((await ask('GET', `/fhir/${address}`, { token: TOKENS.bob })).status, 404)
  })

  t.test('a Media that names the content of another patient does not give it', async (t) => {
    const hers = json(await post('ann', '', PNG))
    const stolen = await ask('POST', '/fhir/Media', {
      token: TOKENS.bob,
      body: {
        resourceType: 'Media',
        status: 'completed',
        subject: reference('Patient/bob'),
        content: { contentType: 'image/png', url: hers.binary }
      }
    })
    t.equal(stolen.status, 201, stolen.text)
    const row = json(await send('bob', 'GET', `/rest/media/${stolen.json.id}`))
    t.equal((await send(undefined, 'GET', row.url)).status, 404)
  })

  t.test('ranges', async (t) => {
    const { url } = json(await post('ann', '', PNG))
    const get = (range: string, headers: Record<string, string> = {}) => send(undefined, 'GET', url, { headers: { range, ...headers } })
    for (const [range, from, to] of [
      ['bytes=0-9', 0, 10],
      ['bytes=10-', 10, PNG.length],
      ['bytes=-5', PNG.length - 5, PNG.length],
      [`bytes=5-${PNG.length * 2}`, 5, PNG.length],
      [`bytes=-${PNG.length * 2}`, 0, PNG.length]
    ] as const) {
      const { status, headers, body } = await get(range)
      t.equal(status, 206, range)
      t.strictSame(body, PNG.subarray(from, to), range)
      t.equal(headers['content-range'], `bytes ${from}-${to - 1}/${PNG.length}`)
    }
    for (const range of ['bytes=0-1,4-5', 'lines=1-2', 'bytes=9-3', 'nonsense']) t.equal((await get(range)).status, 200, range)
    for (const range of [`bytes=${PNG.length}-`, 'bytes=-0']) {
      const { status, headers } = await get(range)
      t.equal(status, 416, range)
      t.equal(headers['content-range'], `bytes */${PNG.length}`)
    }
    const { headers } = await get('bytes=0-1')
    t.equal((await get('bytes=0-1', { 'if-range': headers.etag! })).status, 206)
    t.equal((await get('bytes=0-1', { 'if-range': '"other"' })).status, 200)
  })

  t.test('what is not taken leaves nothing behind', async (t) => {
    const before = kept()
    const refused = async (sent: Promise<Sent>, status: number, code: string, why: string) => {
      const answer = await sent
      t.equal(answer.status, status, `${why}: ${answer.body}`)
      t.equal(json(answer).code, code, why)
      t.match(answer.headers['content-type'], 'application/problem+json')
    }
    await refused(post('ann', '', HTML, 'text/html'), 415, 'media.type', 'HTML')
    await refused(post('ann', '', HTML, 'image/png'), 415, 'media.type', 'HTML that says it is a picture')
    await refused(post('ann', '', SVG, 'image/svg+xml'), 415, 'media.type', 'SVG')
    await refused(post('ann', '', Buffer.from('PK\x03\x04zip'), 'application/zip'), 415, 'media.type', 'ZIP')
    await refused(post('ann', '', PDF, 'image/png'), 415, 'media.mismatch', 'a PDF that says it is a picture')
    await refused(post('ann', '', Buffer.alloc(0)), 400, 'media.empty', 'nothing')
    await refused(post('ann', '?kind=other', PNG), 400, 'rest.parameter', 'an unknown kind')
    await refused(post('ann', '?patient=1', PNG), 400, 'rest.parameter', 'an unknown parameter')
    await refused(post('house', '', PNG), 400, 'rest.parameter', 'no patient')
    await refused(post('analyst', '?subject_id=1001', PNG), 403, 'auth.forbidden', 'a role that writes nothing')
    await refused(post('auditor', '?subject_id=1001', PNG), 403, 'auth.forbidden', 'an auditor')
    const large = function* () {
      yield PNG
      for (let sent = 0; sent <= LIMIT; sent += 1 << 20) yield Buffer.alloc(1 << 20)
    }
    await refused(post('ann', '', Readable.from(large(), { objectMode: false })), 413, 'media.too-large', 'too large, untold')
    await t.test('an upload that is cut off', async () => {
      const cut = request({
        host: '127.0.0.1',
        port,
        method: 'POST',
        path: '/rest/media',
        headers: { authorization: `Bearer ${TOKENS.ann}`, 'content-type': 'image/png', 'content-length': '5000000' }
      })
      cut.on('error', () => {})
      cut.write(PNG)
      cut.write(randomBytes(1 << 20))
      // Until it has begun to be written.
      while (kept().length === before.length) await new Promise((resolve) => setTimeout(resolve, 5))
      cut.destroy()
      while (kept().length > before.length) await new Promise((resolve) => setTimeout(resolve, 5))
    })
    t.strictSame(kept().sort(), before.sort())
  })

  t.test('links end, and are what they were made', async (t) => {
    const row = json(await post('ann', '', PNG))
    const url = new URL(row.url)
    const signature = url.searchParams.get('signature')!
    for (const other of [
      '',
      'x',
      signature.slice(1),
      signature.slice(0, -2),
      `${signature.slice(0, 30)}${signature[30] === 'A' ? 'B' : 'A'}${signature.slice(31)}`
    ]) {
      url.searchParams.set('signature', other)
      const answer = await send(undefined, 'GET', url.href)
      t.equal(answer.status, 403, other)
      t.match(json(answer), { code: 'auth.link' })
    }
    t.notMatch(Buffer.from(signature, 'base64url').toString('latin1'), /patient|ann/i, 'it tells nothing of who made it')
    for (const method of ['PUT', 'POST', 'DELETE']) t.equal((await send(undefined, method, row.url)).status === 200, false, method)
    const expires = Date.parse(row.url_expires_at) - Date.now()
    t.ok(expires > 0 && expires <= 300_000, 'five minutes')
    t.equal((await send(undefined, 'HEAD', row.url)).status, 200)
    const admitted = await ask('GET', '/fhir/Encounter/ea')
    const { url: hers } = json(await send('house', 'GET', `/rest/media/${row.media_id}`))
    await ask('PUT', '/fhir/Encounter/ea', { body: { ...admitted.json, participant: undefined } })
    t.equal((await send(undefined, 'GET', hers)).status, 404, 'the care has ended, and so does the link')
    await ask('PUT', '/fhir/Encounter/ea', { body: stay('ea', 'ann', 'house') })
    t.equal((await send(undefined, 'GET', hers)).status, 200)
  })

  t.test('an identity document is for the front desk and the patient', async (t) => {
    const made = await post('desk', '?subject_id=1001&kind=identity-document&title=Passport', PDF, 'application/pdf')
    t.equal(made.status, 201, made.body.toString())
    const row = json(made)
    t.match(row, { kind: 'identity-document', content_type: 'application/pdf', resource: `DocumentReference/${row.media_id}` })
    const expected = { desk: 200, ann: 200, admin: 200, bob: 404, house: 404, cox: 404 } as const
    for (const [who, status] of Object.entries(expected)) {
      for (const path of [`/rest/media/${row.media_id}`, `/fhir/${row.resource}`, `/fhir/${row.binary}`])
        t.equal((await send(who as Who, 'GET', path)).status, status, `${who} ${path}`)
      const found = await send(who as Who, 'GET', `/fhir/DocumentReference?_id=${row.media_id}&_total=accurate`)
      t.equal(json(found).total, status === 200 ? 1 : 0, `${who} searches`)
    }
    const report = json(await post('house', '?subject_id=1001&kind=record', PDF, 'application/pdf'))
    t.match(report.resource, /^DocumentReference\//)
    t.equal((await send('house', 'GET', `/rest/media/${report.media_id}`)).status, 200)
    t.equal((await send('desk', 'GET', `/rest/media/${report.media_id}`)).status, 404, 'reports are not')
    const category = [{ coding: [{ system: 'https://fhir.wardbridge.dev/CodeSystem/media-kind', code: 'identity-document' }] }]
    const stored = (await ask('GET', `/fhir/${report.resource}`)).json
    const changed = await ask('PUT', `/fhir/${report.resource}`, { token: TOKENS.house, body: { ...stored, category } })
    t.equal(changed.status, 403, 'a physician makes none of them')
    t.match((await send('ann', 'GET', row.url)).headers['content-disposition'], /^attachment; filename=".*\.pdf"$/)
  })

  t.test('the same file under the same key is kept once', async (t) => {
    const key = { 'idempotency-key': 'upload-1' }
    const before = kept().length
    const first = await post('ann', '', PNG, 'image/png', key)
    const again = await post('ann', '', PNG, 'image/png', key)
    t.equal(again.status, 201)
    t.equal(again.headers['idempotency-replayed'], 'true')
    t.equal(json(again).media_id, json(first).media_id)
    t.equal((await send(undefined, 'GET', json(again).url)).status, 200)
    const other = await post('ann', '', Buffer.concat([PNG, PNG]), 'image/png', key)
    t.equal(other.status, 422)
    t.match(json(other), { code: 'rest.idempotency-reused' })
    t.equal(kept().length, before + 1)
  })

  t.test('one that nothing names is deleted with its content', async (t) => {
    const row = json(await post('ann', '', PNG))
    t.equal((await send('ann', 'DELETE', `/rest/media/${row.media_id}`)).status, 403)
    t.equal((await send('admin', 'DELETE', `/rest/media/${row.media_id}`)).status, 204)
    for (const path of [`/rest/media/${row.media_id}`, `/fhir/${row.resource}`, `/fhir/${row.binary}`, row.url])
      t.ok([404, 410].includes((await send('admin', 'GET', path)).status), path)
    t.notOk(kept().includes(row.binary.slice('Binary/'.length)))
    t.equal((await send('admin', 'DELETE', `/rest/media/${row.media_id}`)).status, 404)
  })

  t.ok((await state.getSecret('files')).length === 32)
  t.ok(join(settings.state, 'files') === settings.files)
})

t.test('a link that has expired', async (t) => {
  const { app, service, token } = await build(t, { linkLifetime: '1s' })
  await service.update(ADMIN, 'Patient', 'ann', JSON.stringify(patient('ann', '1001')))
  const made = await app.inject({
    method: 'POST',
    url: '/rest/media?subject_id=1001',
    headers: { authorization: `Bearer ${token()}`, 'content-type': 'image/png' },
    payload: PNG
  })
  const { url, url_expires_at: expires } = made.json()
  await new Promise((resolve) => setTimeout(resolve, Date.parse(expires) - Date.now() + 1))
  const answer = await app.inject({ method: 'GET', url: url.slice(url.indexOf('/files')) })
  t.equal(answer.statusCode, 403)
  t.match(answer.json(), { code: 'auth.link' })
})

t.test('a disk without room', async (t) => {
  const { app, service, token, settings } = await build(t, { filesReserve: Number.MAX_SAFE_INTEGER })
  await service.update(ADMIN, 'Patient', 'ann', JSON.stringify(patient('ann', '1001')))
  const made = await app.inject({
    method: 'POST',
    url: '/rest/media?subject_id=1001',
    headers: { authorization: `Bearer ${token()}`, 'content-type': 'image/png' },
    payload: PNG
  })
  t.equal(made.statusCode, 507, made.body)
  t.match(made.json(), { code: 'files.full' })
  t.strictSame(readdirSync(join(settings.files, 'unfinished')), [])
})
