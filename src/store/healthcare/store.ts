/** A FHIR store of the Cloud Healthcare API v1 as a repository: each subject in a file of its own. See README.md. */
import type { GoogleSettings } from '../../config-google.js'
import { fail } from '../../errors.js'
import type { AuditAgent } from '../../fhir/audit-event.js'
import { CustomParameters } from '../../fhir/search-custom.js'
import type { SearchQuery } from '../../fhir/search-query.js'
import type { Objects } from '../../files/objects.js'
import { pieceByPiece } from '../../google/request.js'
import type {
  BulkSession,
  Capabilities,
  ChangesPage,
  Expectation,
  HistoryPage,
  HistoryQuery,
  IndexStatus,
  Labels,
  Pruned,
  ReadResource,
  ReindexProgress,
  Repository,
  SearchPage,
  StoredResource,
  StoreExport,
  StoreExported,
  TypeSize,
  VerifyReport,
  Write,
  WriteResult
} from '../repository.js'
import type { StoreSnapshot } from '../snapshot.js'
import { openBulk } from './bulk.js'
import { Caller } from './caller.js'
import { Commits } from './commits.js'
import { exportStore } from './exports.js'
import { readFacts } from './facts.js'
import { openStoreLog, type StoreLog } from './log.js'
import type { HealthcareParts } from './parts.js'
import { Reads } from './reads.js'
import { Searches } from './searches.js'

export interface HealthcareStoreOptions {
  readonly google: GoogleSettings
  /** Small values that all processes of the service share; undefined: claims, notes and the audit log are refused. */
  readonly objects?: Objects | undefined
  /** What the audit log is chained with, 32 bytes. */
  readonly auditKey?: Buffer | undefined
  /** Default 10. */
  readonly searchSeconds?: number | undefined
}

/** name: `projects/P/locations/L/datasets/D/fhirStores/F`. Throws store.open, healthcare.*. */
export async function openHealthcareStore(
  name: string,
  { google, objects, auditKey, searchSeconds = 10 }: HealthcareStoreOptions
): Promise<Repository> {
  const caller = new Caller(name, google)
  const listeners: Array<(types: ReadonlySet<string>) => void> = []
  const { log, writes } = openStoreLog(name, { objects, auditKey, searchSeconds })
  const parts: HealthcareParts = {
    caller,
    audit: writes,
    google,
    objects,
    facts: await readFacts(caller),
    searchSeconds,
    wrote: (types) => {
      for (const listener of listeners) listener(types)
    }
  }
  const store = new HealthcareStore(parts, listeners)
  // The methods of the log stand in the store as if they were its own.
  return Object.assign(store, log) as HealthcareStore & StoreLog
}

const NO_PARAMETERS = new CustomParameters([], Number)

class HealthcareStore implements Omit<Repository, keyof StoreLog> {
  readonly #parts: HealthcareParts
  readonly #listeners: Array<(types: ReadonlySet<string>) => void>
  readonly #reads: Reads
  readonly #searches: Searches
  readonly #commits: Commits

  constructor(parts: HealthcareParts, listeners: Array<(types: ReadonlySet<string>) => void>) {
    this.#parts = parts
    this.#listeners = listeners
    this.#reads = new Reads(parts.caller, parts.facts)
    this.#searches = new Searches(parts.caller)
    this.#commits = new Commits(parts, this.#reads, (query) => this.#searches.search(query))
  }

  capabilities(): Capabilities {
    const { versioned, enforcesReferences } = this.#parts.facts
    const history = ['vread', 'history-instance']
    return {
      interactions: ['read', 'create', 'update', 'delete', 'search-type', ...(versioned ? history : [])],
      versioning: versioned ? 'versioned' : 'no-version',
      enforcesReferences,
      versionIds: 'opaque',
      bodies: 'equal',
      expectations: 'checked',
      changes: false,
      ids: 'addressable',
      bulk: this.#parts.google.staging === undefined ? false : 'overwrites',
      searches: 'eventual',
      search: { contained: false, order: 'own', custom: false },
      upkeep: []
    }
  }

  read(type: string, id: string): Promise<ReadResource | undefined> {
    return this.#reads.read(type, id)
  }

  vread(type: string, id: string, versionId: string): Promise<ReadResource | undefined> {
    return this.#reads.vread(type, id, versionId)
  }

  history(query: HistoryQuery): Promise<HistoryPage | undefined> {
    return this.#reads.history(query)
  }

  async commit(writes: readonly Write[], expectations: readonly Expectation[] = [], by?: AuditAgent): Promise<WriteResult[]> {
    const results = await this.#commits.commit(writes, expectations, by)
    this.#parts.wrote(new Set(results.map(({ type }) => type)))
    return results
  }

  watch(listener: (types: ReadonlySet<string>) => void): void {
    this.#listeners.push(listener)
  }

  async lastSeq(): Promise<number> {
    return refuse('A place among all writes')
  }

  async changes(): Promise<ChangesPage> {
    return refuse('The order of all writes')
  }

  search(query: SearchQuery): Promise<SearchPage> {
    return this.#searches.search(query)
  }

  labels(types: readonly string[]): Promise<Labels> {
    return this.#searches.labels(types)
  }

  counts(): Promise<Record<string, number>> {
    return this.#searches.counts()
  }

  each(type: string): AsyncIterable<StoredResource> {
    return pieceByPiece(this.#searches.each(type))
  }

  bulk(options: { refuseRepeats: boolean; by?: AuditAgent }): Promise<BulkSession> {
    return openBulk(this.#parts, options)
  }

  searchParameters(): CustomParameters {
    return NO_PARAMETERS
  }

  indexStatus(): IndexStatus {
    return { searchable: true, progress: undefined, pending: false, parameters: [] }
  }

  async reindex(): Promise<ReindexProgress | undefined> {
    return undefined
  }

  async verify(): Promise<VerifyReport> {
    return refuse('Checking indexes')
  }

  async prune(): Promise<Pruned> {
    return refuse('Removing old versions')
  }

  async sizes(): Promise<Record<string, TypeSize>> {
    return refuse('The bytes of each type')
  }

  async size(): Promise<number> {
    return refuse('The size of the store')
  }

  exportTo(request: StoreExport, live: Parameters<typeof exportStore>[2]): Promise<StoreExported> {
    return exportStore(this.#parts.caller, request, live)
  }

  async snapshot(): Promise<StoreSnapshot> {
    return refuse('A copy of the store')
  }

  async close(): Promise<void> {}
}

function refuse(what: string): never {
  throw fail('not-supported', { what: `${what} on the Cloud Healthcare API` })
}
