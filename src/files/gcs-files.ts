/** Files in Cloud Storage: objects named by their keys below a prefix. An upload that is cut off leaves no object; the service forgets it by itself. */
import { Readable } from 'node:stream'
import type { File } from '@google-cloud/storage'
import type { GoogleSettings } from '../config-google.js'
import { fail } from '../errors.js'
import { type FileInfo, type Files, isKey } from './files.js'
import { BucketCaller } from './gcs-caller.js'
import { openStorage, parseBucketPath, statusOf } from './gcs-client.js'
import { type PinnedObject, pin, readObject } from './gcs-read.js'

/** Bytes that are sent at a time, and held in memory; what is smaller is sent in one request. */
const CHUNK = 8 * 1024 * 1024
const PAGE = 1000

/** location: `gs://bucket/prefix`. Costs nothing until it is used. Methods throw bucket.*. */
export function openGcsFiles(location: string, google: GoogleSettings): Files {
  const { bucket: bucketName, name: path } = parseBucketPath(location)
  const caller = new BucketCaller(bucketName, google)
  const prefix = path === '' || path.endsWith('/') ? path : `${path}/`

  async function look(key: string): Promise<PinnedObject | undefined> {
    if (!isKey(key)) return undefined
    return caller.call('objects.get', async (bucket) => pin((await bucket.file(prefix + key).getMetadata())[0]), { absent: [404] })
  }

  /** Sends what is larger than a chunk in several requests, which the client repeats where they fail. */
  async function putLarge(key: string, content: AsyncIterable<Buffer>): Promise<number> {
    const storage = await openStorage(google)
    const stream = storage
      .bucket(bucketName)
      .file(prefix + key)
      .createWriteStream({
        chunkSize: CHUNK,
        validation: 'crc32c',
        metadata: { contentType: 'application/octet-stream' },
        preconditionOpts: { ifGenerationMatch: 0 }
      })
    let size = 0
    const ended = new Promise<void>((resolve, reject) => stream.on('finish', resolve).on('error', reject))
    ended.catch(() => {})
    try {
      for await (const part of content) {
        size += part.length
        if (!stream.write(part)) await Promise.race([new Promise((resolve) => stream.once('drain', resolve)), ended])
      }
    } catch (error) {
      stream.destroy()
      throw statusOf(error) === undefined ? error : caller.refusal(error)
    }
    stream.end()
    await ended.catch((error: unknown) => Promise.reject(caller.refusal(error)))
    return size
  }

  return {
    async put(key, content) {
      if (!isKey(key)) throw new TypeError('not a key')
      const parts = chunksOf(content, CHUNK)
      const { value: first = Buffer.alloc(0), done } = await parts.next()
      const next = done === true ? undefined : await parts.next()
      if (next !== undefined && next.done !== true) return putLarge(key, before([first, next.value], parts))
      await caller.call('objects.insert', async (bucket, doubtful) => {
        try {
          await bucket.file(prefix + key).save(first, {
            ...{ resumable: false, validation: 'crc32c', metadata: { contentType: 'application/octet-stream' } },
            preconditionOpts: { ifGenerationMatch: 0 }
          })
        } catch (error) {
          // Keys are used once: what is there now came with an earlier try.
          if (!(doubtful && statusOf(error) === 412)) throw error
        }
      })
      return first.length
    },

    async find(key) {
      const found = await look(key)
      return found === undefined ? undefined : infoOf(key, found)
    },

    async open(key, range) {
      const found = await look(key)
      if (found === undefined) throw fail('files.missing')
      return Readable.from(readObject(caller, found, { range, changed: () => fail('files.missing') }), { objectMode: false })
    },

    async delete(key) {
      if (!isKey(key)) return false
      const done = await caller.call(
        'objects.delete',
        async (bucket, doubtful) => {
          await bucket
            .file(prefix + key)
            .delete()
            .catch((error: unknown) => {
              // An earlier try whose answer was lost took it away.
              if (!(doubtful && statusOf(error) === 404)) throw error
            })
          return true
        },
        { absent: [404] }
      )
      return done === true
    },

    async *list() {
      let pageToken: string | undefined
      do {
        const page = { prefix, maxResults: PAGE, autoPaginate: false, ...(pageToken === undefined ? {} : { pageToken }) }
        const [files, next] = (await caller.call(
          'objects.list',
          (bucket) => bucket.getFiles(page) as Promise<[File[], { pageToken?: string } | null, unknown]>
        ))!
        for (const file of files) {
          const key = file.name.slice(prefix.length)
          if (isKey(key)) yield infoOf(key, pin(file.metadata))
        }
        pageToken = next?.pageToken
      } while (pageToken !== undefined)
    },

    async tidy() {}
  }
}

function infoOf(key: string, { size, made }: PinnedObject): FileInfo {
  return { key, size, made }
}

/** The same bytes in chunks of one size, the last one aside. */
async function* chunksOf(content: AsyncIterable<Uint8Array>, size: number): AsyncGenerator<Buffer> {
  let parts: Uint8Array[] = []
  let length = 0
  for await (const part of content) {
    parts.push(part)
    length += part.length
    while (length >= size) {
      const all = Buffer.concat(parts)
      yield all.subarray(0, size)
      parts = [all.subarray(size)]
      length -= size
    }
  }
  if (length > 0) yield Buffer.concat(parts)
}

async function* before(first: readonly Buffer[], rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield* first
  yield* rest
}
