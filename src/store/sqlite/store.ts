/** The embedded store: point reads on the calling thread, commits in the writer thread, searches in reader threads. See README.md. */
import { mkdirSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { fail } from '../../errors.js'
import type { AuditAgent, AuditPlace } from '../../fhir/audit-event.js'
import type { CustomParameters } from '../../fhir/search-custom.js'
import { indexVersion } from '../../fhir/search-index.js'
import type { SearchQuery } from '../../fhir/search-query.js'
import type { AuditBatch, AuditHead, AuditPage, AuditReport, AuditSearch, FoundEvent } from '../audit.js'
import type {
  BulkSession,
  Capabilities,
  ChangesPage,
  ChangesQuery,
  Expectation,
  HistoryPage,
  HistoryQuery,
  IndexStatus,
  Labels,
  Pruned,
  PruneStep,
  ReadResource,
  ReindexProgress,
  Repository,
  SearchPage,
  StoredResource,
  TypeSize,
  VerifyReport,
  Write,
  WriteResult
} from '../repository.js'
import type { StoreSnapshot } from '../snapshot.js'
import { type PackedBodies, unpackBodies } from './bodies.js'
import { openBulk } from './bulk.js'
import type { SentChanges } from './changes.js'
import { type Dictionary, isRegistered, readDictionary, register } from './dictionary.js'
import { storeError } from './failure.js'
import { FullText } from './fulltext.js'
import type { SentHistory } from './history.js'
import { IndexState } from './index-state.js'
import { PointReads, type VersionRow } from './point-reads.js'
import type { EachPage, FoundPage, ReaderRequest, SentResources } from './reader.js'
import { connect, openFile } from './schema.js'
import { openStoreSnapshot } from './snapshot.js'
import { Thread } from './thread.js'
import type { Upgrade } from './upgrade.js'
import type { WriterRequest } from './writer.js'

export interface SqliteStoreOptions {
  /** Reader threads, started when the first searches come. Default 2. */
  readonly readers?: number
  /** A search that takes longer is given up with search.too-costly. Default 10. */
  readonly searchSeconds?: number
  /** Refuse writes that refer to what is not there, and deletions of what is referred to. Bulk loads are not looked at. Default false. */
  readonly referentialIntegrity?: boolean
  /** Most resources that are sorted as a whole; of more, the index of the first sort key is walked. Default 65,536. */
  readonly mostSorted?: number
  /** What the audit log is chained with, 32 bytes; without one nothing is put into it. */
  readonly auditKey?: Buffer
  /** What is done with a file of an older schema; `copy` when not given. */
  readonly upgrade?: Upgrade
  /** Whether words that an earlier load has left are indexed meanwhile; true when not given. A process that does one thing leaves them to the server. */
  readonly indexesWords?: boolean
}

/** Bytes of bodies that each() asks for at a time. */
const EACH_BYTES = 1 << 20

/**
 * Opens a store file and makes it when it is not there. Several processes may have the same file open.
 * Throws store.open, store.version, store.busy.
 */
export async function openSqliteStore(file: string, options: SqliteStoreOptions = {}): Promise<Repository> {
  const path = resolve(file)
  try {
    mkdirSync(dirname(path), { recursive: true })
  } catch (error) {
    throw fail('store.open', { path, reason: (error as Error).message }, { cause: error })
  }
  const db = openFile(path, 2, options.upgrade)
  let unfinished = false
  try {
    if (!isRegistered(db)) db.transaction(() => register(db)).immediate()
    unfinished = new FullText(db).isPending
  } catch (error) {
    throw storeError(error, path)
  } finally {
    db.close()
  }
  const store = new SqliteStore(path, options)
  if (unfinished && options.indexesWords !== false) store.indexWords()
  return store
}

class SqliteStore implements Repository {
  readonly #file: string
  readonly #reads: PointReads
  readonly #dictionary: Dictionary
  readonly #index: IndexState
  readonly #writer: Thread<WriterRequest>
  readonly #enforcesReferences: boolean
  readonly #auditKey: Buffer | undefined
  readonly #readers: ReadonlyArray<Thread<ReaderRequest>>
  readonly #listeners: Array<(types: ReadonlySet<string>) => void> = []

  constructor(
    file: string,
    { readers = 2, searchSeconds = 10, referentialIntegrity = false, mostSorted, auditKey, indexesWords = true }: SqliteStoreOptions
  ) {
    this.#file = file
    const db = connect(file, { readonly: true, cacheMiB: 16 })
    this.#dictionary = readDictionary(db)
    this.#index = new IndexState(db, this.#dictionary)
    this.#reads = new PointReads(db)
    const answered = () => this.#reads.refresh()
    this.#enforcesReferences = referentialIntegrity
    this.#auditKey = auditKey
    this.#writer = new Thread(
      new URL('./writer.js', import.meta.url),
      { file, integrity: referentialIntegrity, auditKey, indexesWords },
      answered
    )
    this.#readers = Array.from(
      { length: readers },
      () => new Thread<ReaderRequest>(new URL('./reader.js', import.meta.url), { file, searchSeconds, mostSorted }, answered)
    )
  }

  /** Lets the writer thread go on with words that a load before has left. */
  indexWords(): void {
    this.#writer.call({ kind: 'words' }).catch(() => {})
  }

  capabilities(): Capabilities {
    return {
      interactions: ['read', 'vread', 'create', 'update', 'delete', 'history-instance', 'history-type', 'history-system', 'search-type'],
      versioning: 'versioned',
      enforcesReferences: this.#enforcesReferences,
      versionIds: 'counted',
      bodies: 'exact',
      expectations: 'atomic',
      changes: true,
      ids: 'any',
      bulk: 'versions',
      searches: 'immediate',
      search: { contained: true, order: 'written', custom: true },
      upkeep: ['verify', 'prune', 'size', 'snapshot', 'reindex']
    }
  }

  async read(type: string, id: string): Promise<ReadResource | undefined> {
    return this.#stored(type, id, (number) => this.#reads.read(number, id))
  }

  async vread(type: string, id: string, versionId: string): Promise<ReadResource | undefined> {
    if (!/^[1-9]\d{0,14}$/.test(versionId)) return undefined
    return this.#stored(type, id, (number) => this.#reads.vread(number, id, Number(versionId)))
  }

  async commit(writes: readonly Write[], expectations: readonly Expectation[] = [], by?: AuditAgent): Promise<WriteResult[]> {
    const { results, bodies } = await this.#writer.call<{ results: Array<Omit<WriteResult, 'body'>>; bodies: PackedBodies }>({
      kind: 'commit',
      writes,
      expectations,
      by
    })
    const cut = unpackBodies(bodies)
    this.#tell(results.map(({ type }) => type))
    return results.map((result, n) => ({ ...result, body: cut[n]! }))
  }

  async search(query: SearchQuery): Promise<SearchPage> {
    const { resources, matches, cut, next, total } = await this.#reader().call<FoundPage>({ kind: 'search', query })
    const all = receive(resources)
    return { resources: all.slice(0, matches), included: all.slice(matches), cut, next, total }
  }

  async history(query: HistoryQuery): Promise<HistoryPage | undefined> {
    const sent = await this.#reader().call<SentHistory | undefined>({ kind: 'history', query })
    if (sent === undefined) return undefined
    const bodies = unpackBodies(sent.bodies)
    return { versions: sent.versions.map((version, n) => ({ ...version, body: bodies[n]! })), next: sent.next, total: sent.total }
  }

  async lastSeq(): Promise<number> {
    return this.#reads.lastSeq()
  }

  async changes(query: ChangesQuery): Promise<ChangesPage> {
    const { changes, bodies, last, more } = await this.#reader().call<SentChanges>({ kind: 'changes', query })
    const cut = unpackBodies(bodies)
    return { changes: changes.map((change, n) => ({ ...change, body: cut[n]! })), last, more }
  }

  async labels(types: readonly string[]): Promise<Labels> {
    return this.#reader().call({ kind: 'labels', types })
  }

  async counts(): Promise<Record<string, number>> {
    return this.#reader().call({ kind: 'counts' })
  }

  async sizes(): Promise<Record<string, TypeSize>> {
    return this.#reader().call({ kind: 'sizes' })
  }

  async *each(type: string): AsyncIterable<StoredResource> {
    const pageAfter = (after: number): Promise<EachPage> => this.#reader().call({ kind: 'each', type, after, bytes: EACH_BYTES })
    for (let page: EachPage | undefined = await pageAfter(0); page !== undefined; ) {
      const { next, resources }: EachPage = page
      // The next page is read while this one is looked at. Whoever stops early does not hear of its errors.
      const upcoming: Promise<EachPage> | undefined = next === undefined ? undefined : pageAfter(next)
      upcoming?.catch(() => {})
      yield* receive(resources)
      page = await upcoming
    }
  }

  async bulk(options: { refuseRepeats: boolean; by?: AuditAgent; since?: number }): Promise<BulkSession> {
    const session = await openBulk(this.#file, this.#dictionary, this.#writer, options)
    return {
      ...session,
      merge: async (stage) => {
        const merged = await session.merge(stage)
        this.#tell(Object.keys(merged.byType))
        return merged
      }
    }
  }

  watch(listener: (types: ReadonlySet<string>) => void): void {
    this.#listeners.push(listener)
  }

  async verify({ rebuild, progress }: { rebuild: boolean; progress?: (done: number) => void }): Promise<VerifyReport> {
    if (rebuild) await this.#writer.call({ kind: 'rebuild' })
    const report = await this.#alone((reader) => reader.call<Omit<VerifyReport, 'rebuilt'>>({ kind: 'verify' }, progress))
    return { ...report, rebuilt: rebuild }
  }

  searchParameters(): CustomParameters {
    this.#index.refresh()
    return this.#dictionary.custom
  }

  indexStatus(): IndexStatus {
    this.#index.refresh()
    const { pass, definition } = this.#index
    const { version, parameters, abandoned } = definition
    const waits = parameters.some(({ state }) => state === 'waiting')
    return {
      searchable: this.#dictionary.searchable,
      progress: pass && { done: pass.position, total: pass.last },
      pending: pass !== undefined || waits || abandoned.length > 0 || version !== indexVersion(),
      parameters
    }
  }

  async reindex(): Promise<ReindexProgress | undefined> {
    return this.#writer.call({ kind: 'reindex' })
  }

  async getNote(key: string): Promise<string | undefined> {
    return this.#reads.note(key)
  }

  async setNote(key: string, value: string): Promise<void> {
    await this.#writer.call({ kind: 'note', key, value })
  }

  async appendAudit({ entries, keys }: AuditBatch): Promise<void> {
    await this.#writer.call({ kind: 'audit', entries, keys })
  }

  async findAudit(search: AuditSearch): Promise<AuditPage> {
    return this.#reader().call({ kind: 'findAudit', search })
  }

  async readAudit(place: AuditPlace): Promise<FoundEvent | undefined> {
    return this.#reader().call({ kind: 'readAudit', place })
  }

  auditHead(): AuditHead {
    const { seq, hash } = this.#reads.auditHead() ?? { seq: 0, hash: Buffer.alloc(0) }
    return { chain: this.#reads.note('audit.chain')!, seq, hash }
  }

  auditHash(seq: number): Buffer | undefined {
    return this.#reads.auditHash(seq)
  }

  async verifyAudit(anchors: ReadonlyMap<string, Omit<AuditHead, 'chain'>>, progress?: (done: number) => void): Promise<AuditReport> {
    return this.#alone((reader) =>
      reader.call({ kind: 'verifyAudit', key: this.#auditKey, anchor: anchors.get(this.auditHead().chain) }, progress)
    )
  }

  prune(step: PruneStep): Promise<Pruned> {
    return this.#writer.call({ kind: 'prune', step })
  }

  async size(): Promise<number> {
    const sizes = [this.#file, `${this.#file}-wal`].map((file) =>
      stat(file).then(
        ({ size }) => size,
        () => 0
      )
    )
    return (await Promise.all(sizes)).reduce((sum, size) => sum + size)
  }

  snapshot(): Promise<StoreSnapshot> {
    return openStoreSnapshot(this.#file)
  }

  async close(): Promise<void> {
    // The writer goes last: the last connection that may write tidies the WAL away.
    await Promise.all(this.#readers.map((reader) => reader.close()))
    this.#reads.close()
    await this.#writer.close()
  }

  /** Work in a thread of its own: it is busy for long, and searches go on. */
  async #alone<T>(work: (reader: Thread<ReaderRequest>) => Promise<T>): Promise<T> {
    const reader = new Thread<ReaderRequest>(new URL('./reader.js', import.meta.url), { file: this.#file, searchSeconds: 0 })
    try {
      return await work(reader)
    } finally {
      await reader.close()
    }
  }

  #stored(type: string, id: string, select: (type: number) => VersionRow | undefined): ReadResource | undefined {
    const number = this.#dictionary.types.get(type)
    if (number === undefined) return undefined
    try {
      const row = select(number)
      if (row === undefined) return undefined
      const [vid, updated, body] = row
      return { type, id, versionId: String(vid), lastUpdated: updated, deleted: body === null, body: body ?? '' }
    } catch (error) {
      throw storeError(error, this.#file)
    }
  }

  #tell(types: readonly string[]): void {
    const changed = new Set(types)
    for (const listener of this.#listeners) listener(changed)
  }

  /** The reader with the least to do. */
  #reader(): Thread<ReaderRequest> {
    return this.#readers.reduce((least, reader) => (reader.load < least.load ? reader : least))
  }
}

function receive({ types, ids, vids, updated, bodies, fragments }: SentResources): StoredResource[] {
  return unpackBodies(bodies).map((body, n) => ({
    type: types[n]!,
    id: ids[n]!,
    versionId: String(vids[n]),
    lastUpdated: updated[n]!,
    deleted: false,
    body,
    ...(fragments.has(n) ? { fragment: fragments.get(n)! } : {})
  }))
}
