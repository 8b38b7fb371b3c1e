/** The objects of the Cloud Storage test server: generations, preconditions, listings. */
import { createHash } from 'node:crypto'

export interface StoredObject {
  readonly name: string
  readonly bytes: Buffer
  readonly generation: bigint
  readonly metageneration: bigint
  readonly created: Date
  readonly updated: Date
  readonly contentType: string | undefined
  readonly contentEncoding: string | undefined
  readonly metadata: Readonly<Record<string, string>> | undefined
  /** false: as of an object composed of others, which has no MD5. */
  readonly hasMd5: boolean
}

export type NewObject = Partial<Pick<StoredObject, 'contentType' | 'contentEncoding' | 'metadata' | 'hasMd5'>>

export interface Page {
  readonly items: readonly StoredObject[]
  readonly prefixes: readonly string[]
  readonly nextPageToken: string | undefined
}

/** One bucket. */
export class Bucket {
  /** Permissions that the caller does not have. Only what is asked about permissions heeds it. */
  withheld: readonly string[] = []

  readonly #objects = new Map<string, StoredObject>()

  get(name: string): StoredObject | undefined {
    return this.#objects.get(name)
  }

  /** Replaces what is there by a new generation. */
  put(name: string, content: Uint8Array | string, more: NewObject = {}): StoredObject {
    const now = new Date()
    const object: StoredObject = {
      name,
      bytes: Buffer.from(content),
      generation: nextGeneration(),
      metageneration: 1n,
      created: now,
      updated: now,
      contentType: more.contentType,
      contentEncoding: more.contentEncoding,
      metadata: more.metadata,
      hasMd5: more.hasMd5 ?? true
    }
    this.#objects.set(name, object)
    return object
  }

  /** Changes metadata: the same generation, the next metageneration. */
  patch(object: StoredObject, change: NewObject): StoredObject {
    const changed = { ...object, ...change, metageneration: object.metageneration + 1n, updated: new Date() }
    this.#objects.set(object.name, changed)
    return changed
  }

  delete(name: string): void {
    this.#objects.delete(name)
  }

  /** Names in the order of their UTF-8 bytes. */
  names(): string[] {
    return [...this.#objects.keys()].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
  }

  /** objects.list. */
  list(query: URLSearchParams): Page {
    const prefix = query.get('prefix') ?? ''
    const delimiter = query.get('delimiter') ?? ''
    const glob = query.get('matchGlob')
    const pattern = glob === null ? undefined : globPattern(glob)
    const limit = Math.min(Number(query.get('maxResults') ?? 1000) || 1000, 1000)
    const after = query.has('pageToken') ? Buffer.from(query.get('pageToken')!, 'base64url').toString() : undefined
    const items: StoredObject[] = []
    const prefixes: string[] = []
    let last = ''
    for (const name of this.names()) {
      if (!name.startsWith(prefix) || pattern?.test(name) === false) continue
      if (isBefore(name, query.get('startOffset') ?? '')) continue
      if (query.has('endOffset') && !isBefore(name, query.get('endOffset')!)) continue
      const cut = delimiter === '' ? -1 : name.indexOf(delimiter, prefix.length)
      const shown = cut === -1 ? name : name.slice(0, cut + delimiter.length)
      if ((after !== undefined && !isBefore(after, shown)) || prefixes.includes(shown)) continue
      if (items.length + prefixes.length === limit) return { items, prefixes, nextPageToken: Buffer.from(last).toString('base64url') }
      if (cut === -1) items.push(this.#objects.get(name)!)
      else prefixes.push(shown)
      last = shown
    }
    return { items, prefixes, nextPageToken: undefined }
  }
}

/** Whether preconditions hold: 412 or 304 when one does not. Not-match preconditions of a read answer 304. */
export function conditionFault(object: StoredObject | undefined, query: URLSearchParams, isRead: boolean): 304 | 412 | undefined {
  const generation = object?.generation ?? 0n
  const metageneration = object?.metageneration ?? 0n
  const given = (name: string): bigint | undefined => (query.has(name) ? BigInt(query.get(name)!) : undefined)
  for (const [name, actual] of [
    ['ifGenerationMatch', generation],
    ['ifMetagenerationMatch', metageneration]
  ] as const) {
    const wanted = given(name)
    if (wanted !== undefined && wanted !== actual) return 412
  }
  for (const [name, actual] of [
    ['ifGenerationNotMatch', generation],
    ['ifMetagenerationNotMatch', metageneration]
  ] as const) {
    const unwanted = given(name)
    if (unwanted !== undefined && (unwanted === actual || object === undefined)) return isRead ? 304 : 412
  }
  return undefined
}

/** The resource that the JSON API gives for an object. */
export function resourceOf(bucket: string, object: StoredObject): Record<string, unknown> {
  const { name, generation, metageneration, bytes, created, updated } = object
  return {
    kind: 'storage#object',
    id: `${bucket}/${name}/${generation}`,
    selfLink: `https://www.googleapis.com/storage/v1/b/${bucket}/o/${encodeURIComponent(name)}`,
    mediaLink: `https://storage.googleapis.com/download/storage/v1/b/${bucket}/o/${encodeURIComponent(name)}?generation=${generation}&alt=media`,
    name,
    bucket,
    generation: String(generation),
    metageneration: String(metageneration),
    contentType: object.contentType,
    contentEncoding: object.contentEncoding,
    metadata: object.metadata,
    storageClass: 'STANDARD',
    size: String(bytes.length),
    md5Hash: object.hasMd5 ? md5(bytes) : undefined,
    crc32c: crc32c(bytes),
    etag: Buffer.from(`${generation}/${metageneration}`).toString('base64'),
    timeCreated: created.toISOString(),
    updated: updated.toISOString()
  }
}

/** Contents do not change: each is hashed once. */
function once(hash: (bytes: Buffer) => string): (bytes: Buffer) => string {
  const known = new WeakMap<Buffer, string>()
  return (bytes) => known.get(bytes) ?? known.set(bytes, hash(bytes)).get(bytes)!
}

/** Base64. */
export const md5 = once((bytes) => {
  return createHash('md5').update(bytes).digest('base64')
})

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1
  return value
})

/** CRC-32C (RFC 4960, appendix B) as base64 of its four bytes, the highest first. */
export const crc32c = once((bytes) => {
  let crc = ~0
  for (const byte of bytes) crc = CRC_TABLE[(crc ^ byte) & 255]! ^ (crc >>> 8)
  const result = Buffer.alloc(4)
  result.writeInt32BE(~crc)
  return result.toString('base64')
})

let lastGeneration = 0n
/** Microseconds since 1970, always growing. */
function nextGeneration(): bigint {
  const now = BigInt(Date.now()) * 1000n
  lastGeneration = now > lastGeneration ? now : lastGeneration + 1n
  return lastGeneration
}

function isBefore(a: string, b: string): boolean {
  return Buffer.compare(Buffer.from(a), Buffer.from(b)) < 0
}

/** `*` stays within a segment, `**` does not; `?`, `[a-z]` and `{a,b}` as usual. */
function globPattern(glob: string): RegExp {
  let source = ''
  for (let i = 0; i < glob.length; i++) {
    const char = glob[i]!
    if (glob.startsWith('**', i)) {
      source += '.*'
      i++
    } else if (char === '*') source += '[^/]*'
    else if (char === '?') source += '[^/]'
    else if (char === '[' || char === ']') source += char
    else if (char === '{') source += '(?:'
    else if (char === '}') source += ')'
    else if (char === ',' && glob.lastIndexOf('{', i) > glob.lastIndexOf('}', i)) source += '|'
    else source += char.replace(/[\\^$.|+()]/, '\\$&')
  }
  return new RegExp(`^${source}$`, 's')
}
