/** Objects of Cloud Storage under names of their own, streamed: whole or not at all. */
import type { GoogleSettings } from '../config-google.js'
import { BucketCaller } from './gcs-caller.js'
import { openStorage, parseBucketPath } from './gcs-client.js'

/** Bytes that are sent at a time, and held in memory. */
const CHUNK = 8 * 1024 * 1024

/**
 * Puts an object in the place of what was there, once all of its content has come; one that is given up, or whose content ends with an error, changes nothing.
 * path: `gs://bucket/name`. Gives the bytes. Throws bucket.*, cli.usage, and what the content throws.
 */
export async function writeObject(
  path: string,
  content: AsyncIterable<Uint8Array>,
  { google, contentType }: { readonly google: GoogleSettings; readonly contentType: string }
): Promise<number> {
  const { bucket, name } = parseBucketPath(path)
  const storage = await openStorage(google)
  const caller = new BucketCaller(bucket, google)
  const stream = storage.bucket(bucket).file(name).createWriteStream({ chunkSize: CHUNK, validation: 'crc32c', metadata: { contentType } })
  let size = 0
  const ended = new Promise<void>((resolve, reject) => stream.on('finish', resolve).on('error', (error) => reject(caller.refusal(error))))
  ended.catch(() => {})
  try {
    for await (const part of content) {
      size += part.length
      if (!stream.write(part)) await Promise.race([new Promise((resolve) => stream.once('drain', resolve)), ended])
    }
  } catch (error) {
    stream.destroy()
    throw error
  }
  stream.end()
  await ended
  return size
}
