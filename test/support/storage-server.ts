/**
 * A small Cloud Storage for tests: real HTTP, objects in memory, the JSON API as @google-cloud/storage calls it. Any request that the public API
 * description does not know (storage-api.ts) is refused, and fails the test that made it.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gunzipSync } from 'node:zlib'
import type { Test } from 'tap'
import type { GoogleSettings } from '#wardbridge/config-google.js'
import { type Answer, failure, json, Refused } from './storage-answers.js'
import { type Call, callOf, objectFault, queryFault } from './storage-api.js'
import { Bucket, conditionFault, crc32c, md5, type NewObject, resourceOf, type StoredObject } from './storage-objects.js'
import { Uploads } from './storage-uploads.js'

export interface SeenRequest {
  readonly method: string
  /** With the query. */
  readonly url: string
  readonly range: string | undefined
}

/** What goes wrong with a request instead of, or in the middle of, the answer. */
export type Fault =
  /** This status, with nothing done. */
  | { readonly status: number }
  /** The connection is reset after so many bytes of the body (before the headers: -1). */
  | { readonly reset: number }
  /** So many bytes of the body, then a clean end of a connection that promised more. */
  | { readonly truncate: number }
  /** One byte of the body is another one. */
  | { readonly flip: number }
  /** Milliseconds between pieces of 16 KiB. */
  | { readonly slow: number }
  /** All is done, but the answer never comes: the connection is reset. */
  | { readonly lost: true }

export interface StorageServer {
  readonly url: string
  readonly token: string
  /** As loadSettings gives them, for this server. */
  readonly google: GoogleSettings
  bucket(name: string): Bucket
  readonly requests: readonly SeenRequest[]
  /** Requests that the API description does not know. A test that makes them on purpose empties this. */
  readonly complaints: string[]
  /** Asked about every request; undefined: nothing goes wrong. */
  fault: (request: SeenRequest) => Fault | undefined
}

const TOKEN = 'storage-test-token'

/** Starts a server on a free port of this machine; it stops when the test ends. buckets: those that are there. anyToken: every bearer token will do. */
export async function startStorage(
  t: Test,
  { buckets = ['b'], anyToken = false }: { readonly buckets?: readonly string[]; readonly anyToken?: boolean } = {}
): Promise<StorageServer> {
  const all = new Map(buckets.map((name) => [name, new Bucket()]))
  const requests: SeenRequest[] = []
  const complaints: string[] = []
  const uploads = new Uploads()

  const handle = async (message: IncomingMessage, response: ServerResponse): Promise<void> => {
    const seen = { method: message.method ?? '', url: message.url ?? '', range: message.headers.range }
    requests.push(seen)
    const fault = storage.fault(seen)
    if (fault !== undefined && 'reset' in fault && fault.reset < 0) return void message.socket.destroy()
    const answered = await answer(message, fault).catch((error: unknown) => {
      if (!(error instanceof Refused)) throw error
      if (error.complaint) complaints.push(`${seen.method} ${seen.url}: ${error.message}`)
      return failure(error.status, error.reason, error.message)
    })
    await send(response, answered, fault)
  }

  const answer = async (message: IncomingMessage, fault: Fault | undefined): Promise<Answer> => {
    const url = new URL(message.url ?? '', 'http://storage')
    // The address of an upload that was begun is as good as a token.
    const begun = url.pathname.startsWith('/upload/') && url.searchParams.has('upload_id')
    const { authorization = '' } = message.headers
    if (!begun && (anyToken ? !authorization.startsWith('Bearer ') : authorization !== `Bearer ${TOKEN}`))
      throw new Refused(401, 'authError', 'Invalid Credentials')
    const call = callOf(message.method ?? '', url.pathname)
    if (call === undefined) throw new Refused(404, 'notFound', 'no such method or path', true)
    const wrong = queryFault(call.method, url.searchParams)
    if (wrong !== undefined) throw new Refused(400, 'invalidParameter', wrong, true)
    if (fault !== undefined && 'status' in fault) return failure(fault.status, 'backendError', 'a fault of the test')
    const bucket = all.get(call.bucket)
    if (bucket === undefined) throw new Refused(404, 'notFound', 'The specified bucket does not exist.')
    if (call.upload) return uploads.answer(message, url, call.bucket, bucket, storage.url)
    const body = await bodyOf(message)
    if (body.length > 0 && call.method !== 'objects.patch') throw new Refused(400, 'badRequest', `${call.method} takes no body`, true)
    return METHODS[call.method as Plain](bucket, call, url.searchParams, message, body)
  }

  const server = createServer((message, response) => {
    handle(message, response).catch((error: unknown) => {
      if (!message.destroyed) complaints.push(`the test server failed: ${String(error)}`)
      response.destroy()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const storage: StorageServer = {
    url,
    token: TOKEN,
    google: {
      healthcareUrl: undefined,
      storageUrl: url,
      bigqueryUrl: undefined,
      token: TOKEN,
      staging: undefined,
      callBudget: 30_000
    },
    bucket: (name) => all.get(name) ?? all.set(name, new Bucket()).get(name)!,
    requests,
    complaints,
    fault: () => undefined
  }
  t.teardown(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
    if (complaints.length > 0) throw new Error(`requests that Cloud Storage does not know:\n${complaints.join('\n')}`)
  })
  return storage
}

type Plain = Exclude<Call['method'], 'objects.insert'>
type Handler = (bucket: Bucket, call: Call, query: URLSearchParams, message: IncomingMessage, body: Buffer) => Answer

const METHODS: Readonly<Record<Plain, Handler>> = {
  'buckets.get': (_, call) =>
    json(200, { kind: 'storage#bucket', id: call.bucket, name: call.bucket, metageneration: '1', location: 'EU' }),
  'buckets.testIamPermissions': (bucket, _, query) =>
    json(200, {
      kind: 'storage#testIamPermissionsResponse',
      permissions: query.getAll('permissions').filter((one) => !bucket.withheld.includes(one))
    }),
  'objects.list': (bucket, call, query) => {
    const { items, prefixes, nextPageToken } = bucket.list(query)
    return json(200, {
      kind: 'storage#objects',
      ...(nextPageToken === undefined ? {} : { nextPageToken }),
      ...(prefixes.length === 0 ? {} : { prefixes }),
      ...(items.length === 0 ? {} : { items: items.map((item) => resourceOf(call.bucket, item)) })
    })
  },
  'objects.get': (bucket, call, query, message) => {
    const object = found(bucket, call, query, true)
    if (object === 304) return { status: 304, headers: {}, body: Buffer.alloc(0) }
    return query.get('alt') === 'media' ? media(object, message) : json(200, resourceOf(call.bucket, object))
  },
  'objects.delete': (bucket, call, query) => {
    found(bucket, call, query, false)
    bucket.delete(call.object!)
    return { status: 204, headers: {}, body: Buffer.alloc(0) }
  },
  'objects.patch': (bucket, call, query, _, body) => {
    const sent: unknown = JSON.parse(body.toString() || '{}')
    const wrong = objectFault(sent)
    if (wrong !== undefined) throw new Refused(400, 'invalid', wrong, true)
    const object = found(bucket, call, query, false) as StoredObject
    return json(200, resourceOf(call.bucket, bucket.patch(object, sent as NewObject)))
  }
}

/** The object a call names. Throws Refused: 404, 412. */
function found(bucket: Bucket, { object: name }: Call, query: URLSearchParams, isRead: boolean): StoredObject | 304 {
  const live = bucket.get(name!)
  const generation = query.get('generation')
  const object = generation === null || String(live?.generation) === generation ? live : undefined
  if (object === undefined && !query.has('ifGenerationMatch')) throw new Refused(404, 'notFound', `No such object: ${name}`)
  const fault = conditionFault(object, query, isRead)
  if (fault === 304) return 304
  if (fault !== undefined) throw new Refused(412, 'conditionNotMet', 'At least one of the pre-conditions you specified did not hold.')
  if (object === undefined) throw new Refused(404, 'notFound', `No such object: ${name}`)
  return object
}

/** The content, or a range of it. A zipped one is unzipped for clients that do not take gzip; hashes are those of what is stored. */
function media(object: StoredObject, { headers: asked }: IncomingMessage): Answer {
  const zipped = object.contentEncoding === 'gzip'
  const unzip = zipped && !/\bgzip\b/.test(asked['accept-encoding'] ?? '')
  const body = unzip ? gunzipSync(object.bytes) : object.bytes
  const headers = {
    'content-type': object.contentType ?? 'application/octet-stream',
    ...(zipped && !unzip ? { 'content-encoding': 'gzip' } : {}),
    etag: `"${object.generation}"`,
    'accept-ranges': 'bytes',
    'x-goog-generation': String(object.generation),
    'x-goog-metageneration': String(object.metageneration),
    'x-goog-storage-class': 'STANDARD',
    'x-goog-stored-content-encoding': object.contentEncoding ?? 'identity',
    'x-goog-stored-content-length': String(object.bytes.length),
    'x-goog-hash': `crc32c=${crc32c(object.bytes)}${object.hasMd5 ? `,md5=${md5(object.bytes)}` : ''}`
  }
  const range = /^bytes=(\d*)-(\d*)$/.exec(asked.range ?? '')
  // A range of what is unzipped on the way is not served: all of it comes.
  if (range === null || unzip) return { status: 200, headers, body }
  const length = body.length
  const start = range[1] === '' ? Math.max(0, length - Number(range[2])) : Number(range[1])
  const end = range[1] === '' || range[2] === '' ? length - 1 : Math.min(Number(range[2]), length - 1)
  if (start >= length || end < start) throw new Refused(416, 'requestedRangeNotSatisfiable', 'Request range not satisfiable')
  return { status: 206, headers: { ...headers, 'content-range': `bytes ${start}-${end}/${length}` }, body: body.subarray(start, end + 1) }
}

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of message) parts.push(part as Buffer)
  return Buffer.concat(parts)
}

async function send(response: ServerResponse, { status, headers, body }: Answer, fault: Fault | undefined): Promise<void> {
  if (fault !== undefined && 'lost' in fault) return void response.socket?.destroy()
  const spoilt = fault !== undefined && 'flip' in fault && status < 300 ? Buffer.from(body) : body
  if (fault !== undefined && 'flip' in fault && spoilt.length > fault.flip) spoilt[fault.flip]! ^= 1
  response.writeHead(status, { ...headers, ...(status === 204 || status === 304 ? {} : { 'content-length': String(body.length) }) })
  const kept = fault === undefined ? undefined : 'reset' in fault ? fault.reset : 'truncate' in fault ? fault.truncate : undefined
  if (kept !== undefined && kept < body.length) {
    response.write(spoilt.subarray(0, kept))
    // What was written goes out first.
    await new Promise((resolve) => setTimeout(resolve, 20))
    if ('reset' in fault!) response.socket?.resetAndDestroy()
    else response.socket?.end()
    return
  }
  if (fault !== undefined && 'slow' in fault) {
    for (let at = 0; at < spoilt.length; at += 16_384) {
      response.write(spoilt.subarray(at, at + 16_384))
      await new Promise((resolve) => setTimeout(resolve, fault.slow))
    }
    response.end()
    return
  }
  response.end(spoilt)
}
