/** Google's Cloud Storage client, loaded when it is first needed. */
import { createRequire } from 'node:module'
import type { Storage } from '@google-cloud/storage'
import type { GoogleSettings } from '../config-google.js'
import { fail } from '../errors.js'
import { isLoopback } from '../loopback.js'

/** Where an object is, or what names of objects begin with: `gs://bucket/name`. */
export interface BucketPath {
  readonly bucket: string
  /** Without a slash at the beginning; may be empty. */
  readonly name: string
}

/** The parts of a `gs://` path. Throws cli.usage for what is none. */
export function parseBucketPath(path: string): BucketPath {
  const [, bucket, name = ''] = /^gs:\/\/([a-z0-9](?:[a-z0-9._-]*[a-z0-9])?)(?:\/(.*))?$/s.exec(path) ?? []
  if (bucket === undefined) throw fail('cli.usage', { reason: `"${path}" is no gs://bucket/name` })
  return { bucket, name }
}

/**
 * The client for the settings. What it is called with: the fixed token, or application default credentials, which it finds itself; nothing at a server on
 * this machine (as behind STORAGE_EMULATOR_HOST, which the client reads) without a token. retries: it makes calls
 * that can be repeated again by itself.
 */
export async function openStorage(google: GoogleSettings, { retries = true }: { readonly retries?: boolean } = {}): Promise<Storage> {
  const { Storage } = await import('@google-cloud/storage')
  // Here, and not above: whoever needs no Cloud Storage does not load the authentication library.
  const { googleAccess } = await import('../google/auth.js')
  const { origin } = googleAccess(google, 'storage')
  const storage = new Storage({
    ...(origin === undefined ? {} : { apiEndpoint: origin }),
    ...(google.token === undefined ? {} : { authClient: await tokenClient(google.token) }),
    useAuthWithCustomEndpoint: google.token !== undefined || (origin !== undefined && !isLoopback(new URL(origin).hostname)),
    retryOptions: { autoRetry: retries, maxRetries: 8 }
  })
  // The client would send uploads to our origin and everything else to the emulator's.
  if (origin !== undefined) storage.baseUrl = `${origin}/storage/v1`
  // Uploads in several requests are begun without the token at any origin but Google's.
  if (google.token !== undefined && origin !== undefined) storage.interceptors.push(bearer(google.token))
  return storage
}

/** A client of the authentication library that the storage client brings along: it is another major version than ours, and does not take ours. */
async function tokenClient(token: string): Promise<NonNullable<ConstructorParameters<typeof Storage>[0]>['authClient'] & object> {
  const library = createRequire(import.meta.resolve('@google-cloud/storage'))('google-auth-library') as typeof import('google-auth-library')
  const client = new library.OAuth2Client()
  client.setCredentials({ access_token: token })
  return client as never
}

function bearer(token: string): Storage['interceptors'][number] {
  return { request: (options) => Object.assign(options, { headers: { ...options.headers, Authorization: `Bearer ${token}` } }) as never }
}

/** HTTP status of an error of the client, or undefined: it came to no answer. */
export function statusOf(error: unknown): number | undefined {
  const { code, status } = error as { code?: unknown; status?: unknown }
  const number = typeof code === 'number' ? code : typeof code === 'string' && /^\d{3}$/.test(code) ? Number(code) : status
  return typeof number === 'number' ? number : undefined
}
