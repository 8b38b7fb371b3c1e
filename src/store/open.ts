/** Opens the store a location names. One adapter so far: a path is an embedded SQLite store. */
import type { Repository } from './repository.js'
import { openSqliteStore } from './sqlite/store.js'

export interface StoreOptions {
  /** A search that takes longer is given up with search.too-costly. */
  readonly searchSeconds?: number
  /** Refuse commits that leave a literal relative reference to what is not there: reference.dangling, resource.referenced. Not for bulk loads. */
  readonly referentialIntegrity?: boolean
  /** What the audit log is chained with, 32 bytes. */
  readonly auditKey?: Buffer
  /** What is done with a store of an older schema: copied beside itself and brought up to date (when not given), brought up to date, or refused. */
  readonly upgrade?: 'copy' | 'direct' | 'refuse'
}

/** location: path of a store file, made when it is not there. Throws store.open, store.version, store.busy. */
export async function openStore(location: string, options: StoreOptions = {}): Promise<Repository> {
  return openSqliteStore(location, options)
}
