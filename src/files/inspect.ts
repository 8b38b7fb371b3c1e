/** What comes in as a picture, a video or a document, looked at on its way: its type by its first bytes, its size, its hashes. */
import { createHash } from 'node:crypto'
import { fileTypeFromBuffer } from 'file-type'
import { fail } from '../errors.js'

/** Types that are taken, as the first bytes tell them. Nothing that a browser runs (HTML, SVG, XML) is among them. */
export const MEDIA_TYPES = [
  ...['image/jpeg', 'image/png', 'image/gif', 'image/webp', 'image/avif', 'image/heic', 'image/heif', 'image/tiff', 'image/bmp'],
  ...['video/mp4', 'video/webm', 'video/quicktime', 'video/x-m4v', 'video/3gpp'],
  'application/pdf'
] as const

/** Names that clients give to the same type. */
const SAME: Readonly<Record<string, string>> = {
  'image/jpg': 'image/jpeg',
  'image/pjpeg': 'image/jpeg',
  'image/x-png': 'image/png',
  'image/heif': 'image/heic',
  'image/x-ms-bmp': 'image/bmp',
  'video/x-m4v': 'video/mp4',
  'application/x-pdf': 'application/pdf'
}
/** Says nothing about a type. */
const UNTOLD = ['', 'application/octet-stream', 'binary/octet-stream', 'application/x-www-form-urlencoded']
/** As many first bytes as a type may need. */
const HEAD = 4100

/** A content, once all of it has come. */
export interface Inspected {
  readonly contentType: string
  /** Bytes. */
  readonly size: number
  /** Base64, as Attachment.hash of R4 asks for. */
  readonly sha1: string
  readonly sha256: Buffer
}

export class Inspection implements AsyncIterable<Uint8Array> {
  readonly #source: AsyncIterable<Uint8Array>
  readonly #declared: string
  readonly #limit: number
  #result: Inspected | undefined

  /** declared: Content-Type that the sender gave, or ''. limit: bytes. */
  constructor(source: AsyncIterable<Uint8Array>, { declared, limit }: { readonly declared: string; readonly limit: number }) {
    this.#source = source
    this.#declared = declared
    this.#limit = limit
  }

  /** Once everything was read. */
  get result(): Inspected {
    if (this.#result === undefined) throw new TypeError('not at its end')
    return this.#result
  }

  /** The bytes, from the moment on that their type is known. Throws media.empty, media.type, media.mismatch, media.too-large. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    const [sha1, sha256] = [createHash('sha1'), createHash('sha256')]
    let size = 0
    let head: Uint8Array[] | undefined = []
    let contentType = ''
    for await (const chunk of this.#source) {
      size += chunk.length
      if (size > this.#limit) throw fail('media.too-large', { limit: this.#limit })
      sha1.update(chunk)
      sha256.update(chunk)
      if (head === undefined) {
        yield chunk
        continue
      }
      head.push(chunk)
      if (size < HEAD) continue
      contentType = await typeOf(Buffer.concat(head), this.#declared)
      yield* head
      head = undefined
    }
    if (size === 0) throw fail('media.empty')
    if (head !== undefined) {
      contentType = await typeOf(Buffer.concat(head), this.#declared)
      yield* head
    }
    this.#result = { contentType, size, sha1: sha1.digest('base64'), sha256: sha256.digest() }
  }
}

/** Throws media.type, media.mismatch. */
async function typeOf(head: Buffer, declared: string): Promise<string> {
  const found = (await fileTypeFromBuffer(head.subarray(0, HEAD)))?.mime ?? ''
  if (!MEDIA_TYPES.some((type) => type === found)) throw fail('media.type', { types: MEDIA_TYPES.join(', ') })
  const told = declared.split(';', 1)[0]!.trim().toLowerCase()
  if (!UNTOLD.includes(told) && same(told) !== same(found)) throw fail('media.mismatch', { declared: told.slice(0, 100), found })
  return found
}

function same(type: string): string {
  return SAME[type] ?? type
}
