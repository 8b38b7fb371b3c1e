/** One generation of an object, from its beginning to its end, whatever happens to connections on the way. */
import { createHash } from 'node:crypto'
import type { Readable } from 'node:stream'
import type { CRC32C, FileMetadata } from '@google-cloud/storage'
import { fail } from '../errors.js'
import { type BucketCaller, reasonOf } from './gcs-caller.js'
import { statusOf } from './gcs-client.js'

/** A state of an object as it was found; what is read is this state or nothing. */
export interface PinnedObject {
  readonly name: string
  readonly generation: string
  /** Bytes as they are stored. */
  readonly size: number
  /** Base64; an object that was composed of others has no MD5. */
  readonly crc32c: string | undefined
  readonly md5: string | undefined
  /** Stored zipped, and unzipped by clients that read it: Content-Encoding gzip. */
  readonly zipped: boolean
  /** Milliseconds since 1970 UTC. */
  readonly made: number
}

export interface ReadOptions {
  /** First and last byte; all when not given. */
  readonly range?: { readonly start: number; readonly end: number } | undefined
  /** The error for an object that is not there in this state any more. */
  readonly changed: () => Error
  /** Hears the number of bytes that came. */
  readonly onRead?: ((bytes: number) => void) | undefined
}

/** Bytes that are given at a time. The client's pieces are too small to be handled one by one. */
const PIECE = 1024 * 1024
/** Milliseconds without a byte, at most, after which a connection is taken for broken: the client does not tell of every one that was closed. */
const STALL = 15_000

export function pin(metadata: FileMetadata): PinnedObject {
  return {
    name: String(metadata.name),
    generation: String(metadata.generation),
    size: Number(metadata.size),
    crc32c: metadata.crc32c,
    md5: metadata.md5Hash,
    zipped: metadata.contentEncoding === 'gzip',
    made: Date.parse(String(metadata.timeCreated))
  }
}

/**
 * The stored bytes. After a broken connection reading goes on at the next byte, until nothing has come for the time of a call. Once all was read, its
 * CRC32C and MD5 are compared with those of the object.
 * Throws the error of `changed`, source.checksum, source.io, bucket.denied.
 */
export async function* readObject(caller: BucketCaller, object: PinnedObject, options: ReadOptions): AsyncGenerator<Buffer> {
  const { start, end } = options.range ?? { start: 0, end: object.size - 1 }
  const hashes = options.range === undefined ? await Hashes.open() : undefined
  let at = start
  let tries = 0
  let deadline = performance.now() + caller.budget
  while (at <= end) {
    let failure: unknown
    try {
      for await (const piece of pieces(caller, object, { start: at, end }, options.changed)) {
        at += piece.length
        tries = 0
        hashes?.update(piece)
        options.onRead?.(piece.length)
        yield piece
        deadline = performance.now() + caller.budget
      }
    } catch (error) {
      if (!caller.isTransient(error)) throw errorFor(caller, error, options)
      failure = error
    }
    if (at <= end && !(await caller.pause(tries++, deadline))) {
      const reason = `Cloud Storage gave nothing more for ${caller.budget / 1000} s (${failure === undefined ? 'truncated' : reasonOf(failure)})`
      throw fail('source.io', { path: pathOf(caller, object), reason }, { cause: failure })
    }
  }
  const wrong = hashes?.compare(object)
  if (wrong !== undefined) throw fail('source.checksum', { path: pathOf(caller, object), hash: wrong })
}

/** What one connection gives, in pieces; those that came before it breaks are given first. */
async function* pieces(caller: BucketCaller, object: PinnedObject, range: { start: number; end: number }, changed: () => Error) {
  const bucket = await caller.bucket()
  const file = bucket.file(object.name, { generation: object.generation })
  const stream = file.createReadStream({ ...range, decompress: false, validation: false })
  let given: string | undefined
  stream.on('response', ({ headers }: { headers: Record<string, string | undefined> }) => {
    given = headers['x-goog-generation']
  })
  let parts: Buffer[] = []
  let size = 0
  let left = range.end - range.start + 1
  try {
    for await (const part of flowing(stream, stallOf(caller))) {
      if (given !== undefined && given !== object.generation) throw changed()
      left -= part.length
      if (left < 0) throw changed()
      parts.push(part)
      size += part.length
      if (size < PIECE) continue
      yield Buffer.concat(parts)
      parts = []
      size = 0
    }
  } catch (error) {
    if (size > 0) yield Buffer.concat(parts)
    throw error
  } finally {
    stream.destroy()
  }
  if (size > 0) yield Buffer.concat(parts)
}

/** The chunks of a stream; ends with an error when none comes for a time. */
export async function* flowing(stream: Readable, limit: number): AsyncGenerator<Buffer> {
  const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  for (;;) {
    let timer: NodeJS.Timeout | undefined
    const next = chunks.next()
    next.catch(() => {})
    const stalled = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(Object.assign(new Error('nothing came'), { code: 'ETIMEDOUT' })), limit)
    })
    const { value, done } = await Promise.race([next, stalled]).finally(() => clearTimeout(timer))
    if (done === true) return
    yield value
  }
}

/** Milliseconds without a byte after which a connection of the caller is given up. */
export function stallOf({ budget }: BucketCaller): number {
  return Math.min(STALL, budget / 4)
}

function errorFor(caller: BucketCaller, error: unknown, { changed }: ReadOptions): unknown {
  const status = statusOf(error)
  if (status === undefined) return error
  // The generation, or the range in it, is not there any more.
  return status === 404 || status === 416 || status === 412 ? changed() : caller.refusal(error)
}

export function pathOf(caller: BucketCaller, { name }: Pick<PinnedObject, 'name'>): string {
  return `gs://${caller.name}/${name}`
}

class Hashes {
  readonly #crc32c: CRC32C
  readonly #md5 = createHash('md5')

  private constructor(crc32c: CRC32C) {
    this.#crc32c = crc32c
  }

  static async open(): Promise<Hashes> {
    const { CRC32C } = await import('@google-cloud/storage')
    return new Hashes(new CRC32C())
  }

  update(bytes: Buffer): void {
    this.#crc32c.update(bytes)
    this.#md5.update(bytes)
  }

  /** The hash that is another one; undefined: all are as they should be. */
  compare({ crc32c, md5 }: PinnedObject): string | undefined {
    if (crc32c !== undefined && this.#crc32c.toString() !== crc32c) return 'CRC32C'
    return md5 !== undefined && this.#md5.digest('base64') !== md5 ? 'MD5' : undefined
  }
}
