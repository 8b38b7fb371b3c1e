/** Objects in Cloud Storage that wait to be imported. */
import type { Bucket } from '@google-cloud/storage'
import type { GoogleSettings } from '../../config-google.js'
import { fail } from '../../errors.js'
import { openStorage, parseBucketPath, statusOf } from '../../files/gcs-client.js'

export class Staging {
  readonly #google: GoogleSettings
  readonly #bucket: Bucket
  /** `gs://bucket/prefix/` of this session. */
  readonly uri: string
  readonly #prefix: string

  private constructor(google: GoogleSettings, bucket: Bucket, prefix: string) {
    this.#google = google
    this.#bucket = bucket
    this.#prefix = prefix
    this.uri = `gs://${bucket.name}/${prefix}`
  }

  /** folder: of the session, below the settings' staging prefix. Throws not-supported when there are no settings for it. */
  static async open(google: GoogleSettings, folder: string): Promise<Staging> {
    if (google.staging === undefined) throw fail('not-supported', { what: 'A bulk load without WARDBRIDGE_STAGING' })
    const { bucket, name } = parseBucketPath(google.staging)
    const storage = await openStorage(google)
    return new Staging(google, storage.bucket(bucket), `${name === '' ? '' : `${name}/`}${folder}/`)
  }

  /** name: below the folder of the session. Throws healthcare.staging. */
  async put(name: string, bytes: Uint8Array): Promise<void> {
    await this.#guarded(() =>
      this.#bucket.file(this.#prefix + name).save(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), {
        resumable: false,
        contentType: 'application/x-ndjson',
        validation: 'crc32c'
      })
    )
  }

  async get(name: string): Promise<Buffer> {
    const [bytes] = await this.#guarded(() => this.#bucket.file(this.#prefix + name).download())
    return bytes
  }

  /** What is not there is gone already. */
  async remove(name: string): Promise<void> {
    await this.#guarded(() => this.#bucket.file(this.#prefix + name).delete({ ignoreNotFound: true }))
  }

  async #guarded<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      throw fail('healthcare.staging', { place: this.#google.staging ?? '', status: statusOf(error) ?? 'no answer' }, { cause: error })
    }
  }
}
