/** Objects in Cloud Storage that wait to be imported. */
import type { File } from '@google-cloud/storage'
import type { GoogleSettings } from '../../config-google.js'
import { fail } from '../../errors.js'
import { BucketCaller } from '../../files/gcs-caller.js'
import { parseBucketPath } from '../../files/gcs-client.js'

const PAGE = 1000

export class Staging {
  readonly #caller: BucketCaller
  readonly #prefix: string
  /** `gs://bucket/prefix/` of this session. */
  readonly uri: string

  /** folder: of the session, below the settings' staging prefix. Throws not-supported when there are no settings for it. */
  constructor(google: GoogleSettings, folder: string) {
    if (google.staging === undefined) throw fail('not-supported', { what: 'A bulk load without WARDBRIDGE_STAGING' })
    const { bucket, name } = parseBucketPath(google.staging)
    this.#caller = new BucketCaller(bucket, google)
    this.#prefix = `${name === '' ? '' : `${name}/`}${folder}/`
    this.uri = `gs://${bucket}/${this.#prefix}`
  }

  /** name: below the folder of the session, never used twice. Throws bucket.*. */
  async put(name: string, bytes: Uint8Array): Promise<void> {
    const content = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    const options = { resumable: false, contentType: 'application/x-ndjson', validation: 'crc32c' } as const
    await this.#caller.call('objects.insert', (bucket) => bucket.file(this.#prefix + name).save(content, options))
  }

  async get(name: string): Promise<Buffer> {
    const [bytes] = (await this.#caller.call('objects.get', (bucket) => bucket.file(this.#prefix + name).download()))!
    return bytes
  }

  /** What is not there is gone already. */
  async remove(name: string): Promise<void> {
    await this.#caller.call('objects.delete', (bucket) => bucket.file(this.#prefix + name).delete(), { absent: [404] })
  }

  /** All that is there; updated: milliseconds since 1970 UTC. Throws bucket.*. */
  async *list(): AsyncGenerator<{ readonly name: string; readonly updated: number }> {
    let pageToken: string | undefined
    do {
      const page = { prefix: this.#prefix, maxResults: PAGE, autoPaginate: false, ...(pageToken === undefined ? {} : { pageToken }) }
      const [files, next] = (await this.#caller.call('objects.list', (bucket) => bucket.getFiles(page) as Promise<Page>))!
      for (const { name, metadata } of files)
        yield { name: name.slice(this.#prefix.length), updated: Date.parse(String(metadata.updated)) || Date.now() }
      pageToken = next?.pageToken
    } while (pageToken !== undefined)
  }
}

type Page = [File[], { pageToken?: string } | null, unknown]
