/** Opens the store a location names: a path is an embedded SQLite store, `projects/…/fhirStores/F` one of the Cloud Healthcare API. */
import { isStoreName } from '../config.js'
import type { GoogleSettings } from '../config-google.js'
import { fail } from '../errors.js'
import type { Objects } from '../files/objects.js'
import type { Repository } from './repository.js'
import { openSqliteStore } from './sqlite/store.js'

export interface StoreOptions {
  /** Threads that search; 2 when not given. */
  readonly readers?: number
  /** A search that takes longer is given up with search.too-costly. */
  readonly searchSeconds?: number
  /** Refuse commits that leave a literal relative reference to what is not there: reference.dangling, resource.referenced. Not for bulk loads. */
  readonly referentialIntegrity?: boolean
  /** What the audit log is chained with, 32 bytes. */
  readonly auditKey?: Buffer
  /** What is done with a store of an older schema: copied beside itself and brought up to date (when not given), brought up to date, or refused. */
  readonly upgrade?: 'copy' | 'direct' | 'refuse'
  /** Of an embedded store: whether words that an earlier load has left are indexed meanwhile; true when not given. A process that does one thing leaves them to the server. */
  readonly indexesWords?: boolean
  /** Of a store at Google: how it is called, and the small values that all processes of the service share. */
  readonly google?: GoogleSettings
  readonly objects?: Objects | undefined
}

/**
 * location: path of a store file, made when it is not there; or the name of a FHIR store of the Cloud Healthcare API, which must be there. Throws store.open,
 * store.version, store.busy, healthcare.*.
 */
export async function openStore(location: string, options: StoreOptions = {}): Promise<Repository> {
  const { google, objects, auditKey, searchSeconds } = options
  if (!isStoreName(location)) return openSqliteStore(location, options)
  if (google === undefined) throw fail('store.open', { path: location, reason: 'there are no settings for Google Cloud' })
  const { openHealthcareStore } = await import('./healthcare/store.js')
  return openHealthcareStore(location, { google, objects, auditKey, searchSeconds })
}
