/** Small values as objects of Cloud Storage: every change names the generation it follows, so that of several at the same time one is done. */
import { randomUUID } from 'node:crypto'
import type { File, FileMetadata } from '@google-cloud/storage'
import type { GoogleSettings } from '../config-google.js'
import { BucketCaller } from './gcs-caller.js'
import { parseBucketPath, statusOf } from './gcs-client.js'
import { flowing, stallOf } from './gcs-read.js'
import type { ObjectCondition, ObjectInfo, Objects } from './objects.js'

/** Names of objects in a page of a listing. */
const PAGE = 1000
/** Custom metadata that names a put, to tell it from those of others when its answer was lost. */
const PUT = 'wardbridge-put'

/**
 * location: `gs://bucket/prefix`; names are put behind `prefix/`. Costs nothing until it is used. Methods throw bucket.*: unavailable says that it is not
 * known whether a put or delete was done.
 */
export function openGcsObjects(location: string, google: GoogleSettings): Objects {
  const { bucket: bucketName, name: path } = parseBucketPath(location)
  const caller = new BucketCaller(bucketName, google)
  const prefix = path === '' || path.endsWith('/') ? path : `${path}/`

  return {
    get: (name) =>
      caller.call(
        'objects.get',
        async (bucket) => {
          const stream = bucket.file(prefix + name).createReadStream({ validation: 'crc32c' })
          let generation = ''
          stream.on('response', ({ headers }: { headers: Record<string, string> }) => {
            generation = headers['x-goog-generation'] ?? ''
          })
          const parts: Buffer[] = []
          for await (const part of flowing(stream, stallOf(caller))) parts.push(part)
          return { bytes: Buffer.concat(parts), generation }
        },
        { absent: [404] }
      ),

    put: (name, bytes, condition) => {
      const id = randomUUID()
      return caller.call('objects.insert', async (bucket, doubtful) => {
        const file = bucket.file(prefix + name)
        try {
          await file.save(Buffer.from(bytes), {
            resumable: false,
            // The client checks the hash that the service answers, and takes back what differs.
            validation: 'crc32c',
            metadata: { contentType: 'application/octet-stream', metadata: { [PUT]: id } },
            ...(condition === undefined ? {} : { preconditionOpts: { ifGenerationMatch: generationOf(condition) } })
          })
          return String(file.metadata.generation)
        } catch (error) {
          if (statusOf(error) !== 412) throw error
          return doubtful ? generationOfPut(file, id) : undefined
        }
      })
    },

    delete: async (name, condition) => {
      if (condition === 'absent') return false
      const done = await caller.call('objects.delete', async (bucket, doubtful) => {
        try {
          await bucket.file(prefix + name).delete(condition === undefined ? {} : { ifGenerationMatch: condition.generation })
          return true
        } catch (error) {
          const status = statusOf(error)
          if (status !== 404 && status !== 412) throw error
          // It is gone: an earlier try whose answer was lost took it away, or somebody else did, to the same end.
          return doubtful && (status === 404 || !(await isThere(name)))
        }
      })
      return done === true
    },

    async *list(start, after) {
      const begin = after === undefined ? {} : { startOffset: prefix + after }
      let pageToken: string | undefined
      do {
        const [files, next] = (await caller.call(
          'objects.list',
          (bucket) =>
            bucket.getFiles({
              prefix: prefix + start,
              maxResults: PAGE,
              autoPaginate: false,
              ...begin,
              ...(pageToken === undefined ? {} : { pageToken })
            }) as Promise<[File[], { pageToken?: string } | null, unknown]>
        ))!
        for (const file of files) {
          const name = file.name.slice(prefix.length)
          if (name !== after) yield infoOf(name, file.metadata)
        }
        pageToken = next?.pageToken
      } while (pageToken !== undefined)
    }
  }

  async function isThere(name: string): Promise<boolean> {
    return (await caller.call('objects.get', async (bucket) => (await bucket.file(prefix + name).exists())[0])) === true
  }

  /** The generation that a put made, if it did: what is there bears its name. */
  async function generationOfPut(file: File, id: string): Promise<string | undefined> {
    const metadata = await caller.call('objects.get', async () => (await file.getMetadata())[0], { absent: [404] })
    return metadata?.metadata?.[PUT] === id ? String(metadata.generation) : undefined
  }
}

function generationOf(condition: ObjectCondition): string | number {
  return condition === 'absent' ? 0 : condition.generation
}

function infoOf(name: string, { generation, size, updated }: FileMetadata): ObjectInfo {
  return { name, generation: String(generation), size: Number(size), updated: Date.parse(String(updated)) }
}
