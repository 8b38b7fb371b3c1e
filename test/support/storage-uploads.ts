/** Uploads of the Cloud Storage test server: in one request (multipart or the content alone), or resumable in several. */
import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { type Answer, json, Refused } from './storage-answers.js'
import { objectFault } from './storage-api.js'
import { type Bucket, conditionFault, crc32c, md5, resourceOf } from './storage-objects.js'

interface Sent {
  readonly name?: string
  readonly contentType?: string
  readonly contentEncoding?: string
  readonly metadata?: Readonly<Record<string, string>>
  readonly crc32c?: string
  readonly md5Hash?: string
}

interface Session {
  readonly name: string
  readonly sent: Sent
  readonly query: URLSearchParams
  bytes: Buffer
  /** Once it is whole. */
  answer: Answer | undefined
}

/** Pieces of an upload are multiples of this, the last one aside. */
const GRAIN = 256 * 1024

export class Uploads {
  readonly #sessions = new Map<string, Session>()

  /** Throws Refused. origin: of this server. */
  async answer(message: IncomingMessage, url: URL, bucketName: string, bucket: Bucket, origin: string): Promise<Answer> {
    const query = url.searchParams
    const id = query.get('upload_id')
    if (id !== null) return this.#continue(message, id, bucketName, bucket)
    if (message.method !== 'POST') throw new Refused(400, 'required', 'an upload that is continued is named by its upload_id', true)
    const protocol = query.get('uploadType')
    if (protocol === null) throw new Refused(400, 'required', 'uploadType is missing', true)
    const content = await bytesOf(message)
    if (protocol === 'multipart') {
      const { sent, media, type } = multipart(message.headers['content-type'] ?? '', content)
      return finish(bucketName, bucket, { contentType: type, ...sent }, nameOf(query, sent), query, media, hashesIn(message))
    }
    if (protocol === 'media') {
      const type = message.headers['content-type']
      return finish(
        bucketName,
        bucket,
        type === undefined ? {} : { contentType: type },
        nameOf(query, {}),
        query,
        content,
        hashesIn(message)
      )
    }
    const type = message.headers['x-upload-content-type']
    const sent = { ...(typeof type === 'string' ? { contentType: type } : {}), ...objectOf(content.toString() || '{}') }
    const name = nameOf(query, sent)
    check(bucket, name, query)
    const session = randomUUID()
    this.#sessions.set(session, { name, sent, query, bytes: Buffer.alloc(0), answer: undefined })
    const location = `${origin}/upload/storage/v1/b/${bucketName}/o?uploadType=resumable&name=${encodeURIComponent(name)}&upload_id=${session}`
    return { status: 200, headers: { location, 'x-guploader-uploadid': session }, body: Buffer.alloc(0) }
  }

  async #continue(message: IncomingMessage, id: string, bucketName: string, bucket: Bucket): Promise<Answer> {
    const session = this.#sessions.get(id)
    if (session === undefined) throw new Refused(404, 'notFound', 'no such upload')
    if (message.method === 'DELETE') {
      this.#sessions.delete(id)
      return { status: 499, headers: {}, body: Buffer.alloc(0) }
    }
    const range = message.headers['content-range'] ?? ''
    const status = /^bytes \*\/(\*|\d+)$/.test(range)
    const [, first, last, total] = /^bytes (\d+)-(\d+|\*)\/(\d+|\*)$/.exec(range) ?? []
    if (!status && first === undefined) throw new Refused(400, 'badRequest', `Content-Range "${range}"`, true)
    if (session.answer !== undefined) return session.answer
    if (status) return incomplete(session)
    if (Number(first) !== session.bytes.length)
      throw new Refused(400, 'badRequest', `bytes ${first} do not follow ${session.bytes.length}`, true)
    const parts = [session.bytes]
    try {
      for await (const part of message) parts.push(part as Buffer)
    } finally {
      // What came before a connection broke is kept.
      session.bytes = Buffer.concat(parts)
    }
    const isLast =
      last === '*' ? total === '*' || session.bytes.length === Number(total) : total !== '*' && Number(last) + 1 === Number(total)
    if (last !== '*' && session.bytes.length !== Number(last) + 1) throw new Refused(400, 'badRequest', `not the bytes of ${range}`, true)
    if (!isLast && session.bytes.length % GRAIN !== 0)
      throw new Refused(400, 'badRequest', `a piece of ${session.bytes.length} bytes`, true)
    if (!isLast) return incomplete(session)
    session.answer = finish(bucketName, bucket, session.sent, session.name, session.query, session.bytes, hashesIn(message))
    return session.answer
  }
}

function incomplete({ bytes }: Session): Answer {
  return { status: 308, headers: bytes.length === 0 ? {} : { range: `bytes=0-${bytes.length - 1}` }, body: Buffer.alloc(0) }
}

function finish(
  bucketName: string,
  bucket: Bucket,
  sent: Sent,
  name: string,
  query: URLSearchParams,
  bytes: Buffer,
  hashes: Readonly<Record<string, string>>
): Answer {
  check(bucket, name, query)
  for (const [said, actual] of [
    [sent.crc32c ?? hashes['crc32c'], crc32c(bytes)],
    [sent.md5Hash ?? hashes['md5'], md5(bytes)]
  ] as const) {
    if (said !== undefined && said !== actual)
      throw new Refused(400, 'invalid', `Provided hash "${said}" doesn't match calculated hash "${actual}".`)
  }
  const { contentType, contentEncoding = query.get('contentEncoding') ?? undefined, metadata } = sent
  return json(200, resourceOf(bucketName, bucket.put(name, bytes, { contentType, contentEncoding, metadata })))
}

/** Throws Refused: 412. */
function check(bucket: Bucket, name: string, query: URLSearchParams): void {
  const fault = conditionFault(bucket.get(name), query, false)
  if (fault !== undefined) throw new Refused(412, 'conditionNotMet', 'At least one of the pre-conditions you specified did not hold.')
}

function nameOf(query: URLSearchParams, { name }: Sent): string {
  const given = query.get('name') ?? name
  if (given === undefined || given === '' || Buffer.byteLength(given) > 1024)
    throw new Refused(400, 'required', 'Required object name', true)
  return given
}

/** The metadata and the content of a multipart/related body. */
function multipart(type: string, body: Buffer): { readonly sent: Sent; readonly media: Buffer; readonly type: string } {
  const boundary = /^multipart\/related;.*boundary="?([^";]+)"?/i.exec(type)?.[1]
  if (boundary === undefined) throw new Refused(400, 'badContent', `Content-Type ${type} is no multipart/related`, true)
  const mark = `--${boundary}`
  const parts: Array<{ head: string; content: Buffer }> = []
  for (let at = body.indexOf(mark); at !== -1 && body.toString('latin1', at + mark.length, at + mark.length + 2) === '\r\n'; ) {
    const start = body.indexOf('\r\n', at) + 2
    const next = body.indexOf(`\r\n${mark}`, start)
    if (next === -1) break
    const head = body.indexOf('\r\n\r\n', start)
    parts.push({ head: body.toString('latin1', start, head), content: body.subarray(head + 4, next) })
    at = next + 2
  }
  if (parts.length !== 2) throw new Refused(400, 'badContent', `${parts.length} parts where two are needed`, true)
  const [metadata, media] = parts as [(typeof parts)[0], (typeof parts)[0]]
  const contentType = /^content-type: *(.+)$/im.exec(media.head)?.[1] ?? 'application/octet-stream'
  return { sent: objectOf(metadata.content.toString()), media: Buffer.from(media.content), type: contentType }
}

function objectOf(text: string): Sent {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new Refused(400, 'parseError', 'the metadata is no JSON', true)
  }
  const wrong = objectFault(value)
  if (wrong !== undefined) throw new Refused(400, 'invalid', wrong, true)
  return value as Sent
}

function hashesIn({ headers }: IncomingMessage): Record<string, string> {
  const text = String(headers['x-goog-hash'] ?? '')
  return Object.fromEntries(
    text
      .split(',')
      .flatMap((part) => (part.includes('=') ? [[part.slice(0, part.indexOf('=')).trim(), part.slice(part.indexOf('=') + 1)]] : []))
  )
}

async function bytesOf(message: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of message) parts.push(part as Buffer)
  return Buffer.concat(parts)
}
