/** Objects of Cloud Storage as a FHIR store of the Cloud Healthcare API reads and writes them in bulk: by a pattern of names, and as a whole. */
import type { File } from '@google-cloud/storage'
import type { GoogleSettings } from '../config-google.js'
import { fail } from '../errors.js'
import { BucketCaller, reasonOf } from './gcs-caller.js'
import { openStorage, parseBucketPath } from './gcs-client.js'
import { type PinnedObject, pin, readObject } from './gcs-read.js'

/** An object that a pattern matches, in the state in which it was found. */
export interface MatchedObject {
  /** `gs://bucket/name` */
  readonly uri: string
  /** Bytes. */
  readonly size: number
  /** Its bytes, or an error when it was changed meanwhile. */
  read(): AsyncGenerator<Buffer>
}

const PAGE = 1000
/** Bytes that are sent at a time, and held in memory. */
const CHUNK = 8 * 1024 * 1024

/**
 * Whether a URI can name the source of an import: `*` for any characters but a slash, `?` for one, `**` for any at all, as the last thing or before a file
 * extension, and then nothing else of the kind.
 */
export function isPattern(uri: string): boolean {
  const [, name = ''] = /^gs:\/\/[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?\/(.+)$/s.exec(uri) ?? []
  if (name === '') return false
  const deep = name.indexOf('**')
  return deep < 0 || (!/[*?]/.test(name.slice(0, deep)) && /^(?:\.[^*?/]+)?$/.test(name.slice(deep + 2)))
}

/** The objects a pattern matches, by their names. Names of folders (with a slash at the end) are none. Throws bucket.* */
export async function* matchObjects(uri: string, google: GoogleSettings): AsyncGenerator<MatchedObject> {
  const { bucket, name } = parseBucketPath(uri)
  const caller = new BucketCaller(bucket, google)
  const pattern = regexOf(name)
  const prefix = /^[^*?]*/.exec(name)![0]
  let pageToken: string | undefined
  do {
    const page = { prefix, maxResults: PAGE, autoPaginate: false, ...(pageToken === undefined ? {} : { pageToken }) }
    const [files, next] = (await caller.call(
      'objects.list',
      (one) => one.getFiles(page) as Promise<[File[], { pageToken?: string } | null, unknown]>
    ))!
    for (const file of files) if (pattern.test(file.name) && !file.name.endsWith('/')) yield matchedObject(caller, pin(file.metadata))
    pageToken = next?.pageToken
  } while (pageToken !== undefined)
}

function matchedObject(caller: BucketCaller, object: PinnedObject): MatchedObject {
  const uri = `gs://${caller.name}/${object.name}`
  return {
    uri,
    size: object.size,
    read: () => readObject(caller, object, { changed: () => fail('source.changed', { path: uri, generation: object.generation }) })
  }
}

function regexOf(name: string): RegExp {
  const parts = name.split(/(\*\*|\*|\?)/).map((part) => {
    if (part === '**') return '.*'
    if (part === '*') return '[^/]*'
    return part === '?' ? '[^/]' : part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  })
  return new RegExp(`^${parts.join('')}$`, 's')
}

/** Writes an object anew, whatever was there before. When it ends with an error there is no object, or the one that was there. Throws bucket.* */
export async function writeObject(uri: string, content: AsyncIterable<Buffer>, contentType: string, google: GoogleSettings): Promise<void> {
  const { bucket, name } = parseBucketPath(uri)
  const storage = await openStorage(google)
  const caller = new BucketCaller(bucket, google)
  const stream = storage.bucket(bucket).file(name).createWriteStream({ chunkSize: CHUNK, validation: 'crc32c', metadata: { contentType } })
  let failure: unknown
  const ended = new Promise<void>((resolve, reject) => stream.on('finish', resolve).on('error', reject))
  ended.catch((error: unknown) => {
    failure = error
  })
  try {
    for await (const part of content)
      if (!stream.write(part)) await Promise.race([new Promise((resolve) => stream.once('drain', resolve)), ended])
    stream.end()
    await ended
  } catch (error) {
    stream.destroy()
    if (error !== failure) throw error
    if (!caller.isTransient(error)) throw caller.refusal(error)
    throw fail('bucket.unavailable', { bucket, seconds: caller.budget / 1000, reason: reasonOf(error) }, { cause: error })
  }
}
