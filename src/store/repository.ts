/**
 * PORT: where resources are kept. Implemented by store/sqlite (and later store/healthcare); test/contract/repository runs against every adapter.
 * Only service/ calls it.
 */
import type { Awaitable } from '../awaitable.js'
import type { AuditAgent, AuditPlace } from '../fhir/audit-event.js'
import type { Versions } from '../fhir/etags.js'
import type { CustomDefinition, CustomParameters } from '../fhir/search-custom.js'
import type { SearchQuery } from '../fhir/search-query.js'
import type { AuditBatch, AuditHead, AuditPage, AuditReport, AuditSearch, FoundEvent } from './audit.js'
import type { StoreSnapshot } from './snapshot.js'

export interface StoredResource {
  readonly type: string
  readonly id: string
  /** Decimal, counted per resource from 1; of a store whose versionIds are opaque any id, another one for each version. */
  readonly versionId: string
  /** Milliseconds since 1970 UTC. */
  readonly lastUpdated: number
  readonly deleted: boolean
  /** The exact JSON bytes to send, meta complete. Empty when deleted. */
  readonly body: Buffer
  /** Of searches for contained resources: the id of one of them ('' when it has none), whose text alone the body is; all else is of its container. */
  readonly fragment?: string
}

/** A resource that was read by its id: the body as text, which is quicker to come by than bytes when there is only one. */
export interface ReadResource extends Omit<StoredResource, 'body' | 'fragment'> {
  /** The exact JSON text to send, meta complete. Empty when deleted. */
  readonly body: string
}

/** A version as history shows it. */
export interface StoredVersion extends StoredResource {
  /** What made it: POST, PUT, PATCH or DELETE. */
  readonly method: WriteMethod
}

/** HTTP verbs that make a version (Bundle.entry.request.method). */
export type WriteMethod = 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** history (R4 http.html#history), newest first. Instants in milliseconds since 1970 UTC. */
export interface HistoryQuery {
  /** Undefined: of the whole store. */
  readonly type?: string
  /** Undefined: of the whole type. */
  readonly id?: string
  /** Versions made at or after this instant. */
  readonly since?: number
  /** Versions that were current at some time in this span; from inclusive, to exclusive. */
  readonly at?: { readonly from: number; readonly to: number }
  /** Page size; 0: only the total. */
  readonly count: number
  /** Opaque position to go on from, as the store gave it. */
  readonly cursor?: string
}

export interface HistoryPage {
  readonly versions: readonly StoredVersion[]
  readonly next: string | undefined
  /** Of all pages; undefined where counting would cost more than the page. */
  readonly total: number | undefined
}

/** A version with its place among all writes of the store. */
export interface StoredChange extends StoredResource {
  /** Grows with every version, in the order in which they became visible. */
  readonly seq: number
}

/** What was written after a place, in order. */
export interface ChangesQuery {
  readonly after: number
  readonly types: readonly string[]
  readonly count: number
}

export interface ChangesPage {
  readonly changes: readonly StoredChange[]
  /** Where to go on after. */
  readonly last: number
  /** There may be more already. */
  readonly more: boolean
}

/** One write of a commit. `text` is the JSON of the resource (resourceType checked, id equal to `id`); meta.versionId and lastUpdated are set by the store. */
export type Write =
  | {
      readonly method: 'put'
      readonly type: string
      readonly id: string
      readonly text: string
      /** The verb that history shows; PUT unless told. */
      readonly verb?: Exclude<WriteMethod, 'DELETE'>
      readonly precondition?: Precondition
      /**
       * Unique keys that this resource holds from now on, until it is deleted or a later put names others; undefined: those it has. Of a commit all keys are
       * given back before any is taken, so that two resources can exchange theirs.
       */
      readonly claims?: readonly string[]
    }
  | { readonly method: 'delete'; readonly type: string; readonly id: string; readonly precondition?: Precondition }

export type Precondition =
  /** The current version must be this one, or one of these (If-Match); with `*` there must be one: else resource.conflict. */
  | { readonly kind: 'version'; readonly versionId: Versions }
  /** The current version, if there is one, must be none of these (If-None-Match): else http.precondition-failed. */
  | { readonly kind: 'other'; readonly versionId: Versions }
  /** The resource must not exist now (deleted counts as absent): else resource.exists. */
  | { readonly kind: 'absent' }

/**
 * What a search of one type must find in the transaction of the commit: exactly these resources (`Patient/1`), in any order; else resource.raced and nothing is
 * written. Conditional interactions rest on it: the service searches first, decides, and says here what it decided upon.
 */
export interface SearchExpectation {
  readonly query: SearchQuery
  readonly found: readonly string[]
}

/** The version a resource must have in the transaction of the commit, or that it must not be there (undefined); else resource.raced, as above. */
export interface VersionExpectation {
  readonly type: string
  readonly id: string
  readonly versionId: string | undefined
}

export type Expectation = SearchExpectation | VersionExpectation

export interface WriteResult {
  readonly type: string
  readonly id: string
  readonly versionId: string
  readonly lastUpdated: number
  /** unchanged: identical content (contentHash), or already deleted; no new version was made. */
  readonly outcome: 'created' | 'updated' | 'unchanged' | 'deleted'
  /** Stored bytes after the write; empty when deleted. */
  readonly body: Buffer
}

/** Bodies are what the query's subset leaves of them. */
export interface SearchPage {
  /** Matches. */
  readonly resources: readonly StoredResource[]
  /** What the includes of the query add, each once and none of the matches; where a reference names a version, that version. */
  readonly included: readonly StoredResource[]
  /** More was to be included than MAX_INCLUDED or the size of a page allows. */
  readonly cut: boolean
  /** Cursor of the next page; undefined on the last one. */
  readonly next: string | undefined
  /** When the query asked for it, or the page is all there is. */
  readonly total: number | undefined
}

/** A Coding that marks resources: meta.tag or meta.security. */
export interface Label {
  readonly system: string | undefined
  readonly code: string
}

/** What marks resources now, each once. */
export interface Labels {
  readonly profiles: readonly string[]
  readonly tags: readonly Label[]
  readonly security: readonly Label[]
}

/** What the current resources of a type come to. */
export interface TypeSize {
  readonly resources: number
  readonly bytes: number
}

export interface Outcomes {
  created: number
  updated: number
  unchanged: number
}

/** Resources prepared by one worker, ready to be merged. Structured-clonable. */
export interface StageHandle {
  readonly file: string
  readonly resources: number
}

/** A resource of a row that met another resource of the same id, written earlier in the same load with other content. It was not written. */
export interface Repeat {
  readonly type: string
  readonly id: string
  readonly origin: number
}

/** A resource that the store did not take. */
export interface Refused {
  /** What a merge counted it as. */
  readonly counted: 'created' | 'updated'
  readonly type: string
  readonly id: string
  readonly reason: string
}

/** Worker side of a bulk load: `const { openStage } = await import(session.stage.module)`. */
export interface Stage {
  /**
   * Adds a resource. text: JSON with id, without meta.versionId and lastUpdated; parsed: the same, parsed (for indexing); origin: a number the caller understands (line).
   * An id staged twice: identical content counts as unchanged; other content is reported as a Repeat by merge when the session refuses repeats, else becomes the next version.
   */
  add(type: string, id: string, text: string, parsed: { resourceType: string }, origin: number): void
  readonly resources: number
  /** Bytes of bodies so far: callers cut stages by size. */
  readonly bytes: number
  /** Closes the stage; undefined when it is empty. */
  finish(): StageHandle | undefined
  discard(): void
}

export interface StageModule {
  openStage(options: unknown): Stage
}

export interface BulkSession {
  /** What workers need: a module URL exporting openStage, and its structured-clonable options. */
  readonly stage: { readonly module: string; readonly options: unknown }
  /** The place of the last write before the session; undefined where nothing is durable before finish(). */
  readonly since?: number
  /** Merges a stage in one durable transaction, in the order of the calls. The stage file is deleted. */
  merge(stage: StageHandle): Promise<{ readonly byType: Readonly<Record<string, Outcomes>>; readonly repeats: readonly Repeat[] }>
  /** What was merged so far is in the store, and is read from now on; a store that merges at once has nothing to do. */
  flush(): Promise<void>
  /** Ends the session: flush, statistics, checkpoint. Gives what the store did not take after all, though a merge counted it. */
  finish(): Promise<readonly Refused[]>
  /** Leaves what was merged, removes stages. */
  abort(): Promise<void>
}

export interface VerifyReport {
  readonly resources: number
  readonly versions: number
  readonly indexRows: number
  /** Hex SHA-256 over the current resources in order of type and id, without versionId and lastUpdated: equal content gives an equal digest. */
  readonly digest: string
  /** What does not agree: one line each, at most 100; empty means clean. */
  readonly problems: readonly string[]
  readonly rebuilt: boolean
}

/** How far the building of index rows has come, in rows of the store; 0 of 0 while rows are removed. */
export interface ReindexProgress {
  readonly done: number
  readonly total: number
}

/** What the indexes of a store hold. */
export interface IndexStatus {
  /** False while all indexes are built anew (they were filled by another release): searches throw store.reindexing. */
  readonly searchable: boolean
  /** Undefined: nothing is under way. */
  readonly progress: ReindexProgress | undefined
  /** True when reindex() has something to do. */
  readonly pending: boolean
  readonly parameters: readonly CustomDefinition[]
}

/** Versions of a type that were replaced before an instant (milliseconds since 1970 UTC), but for the last `keep` of each resource. */
export interface PruneStep {
  readonly type: string
  /** Undefined: of all resources of the type. */
  readonly id?: string
  readonly before: number
  /** At least 1. */
  readonly keep: number
  /** Where the step before ended. */
  readonly after?: PrunePosition
}

export interface PrunePosition {
  readonly updated: number
  readonly seq: number
}

export interface Pruned {
  readonly removed: number
  /** Undefined: all were looked at. */
  readonly next: PrunePosition | undefined
}

/** What a store is asked for that writes exports itself. */
export interface StoreExport {
  /** `gs://bucket/prefix/`: FHIR NDJSON; `bq://project.dataset`: tables. */
  readonly to: string
  /** Undefined: all. */
  readonly types: readonly string[] | undefined
  /** Milliseconds since 1970 UTC: only what was written after it; of tables, rows are added then. */
  readonly since: number | undefined
  /** recursiveStructureDepth of tables. */
  readonly depth: number
}

export interface StoreExportProgress {
  readonly done: number
  readonly total: number
}

export interface StoreExported {
  readonly resources: number
  /** When it was begun, milliseconds since 1970 UTC by the clock of the store. */
  readonly begun: number
}

export interface Capabilities {
  readonly interactions: readonly string[]
  readonly versioning: 'versioned' | 'no-version'
  /** No commit leaves a literal relative reference that leads to nothing. */
  readonly enforcesReferences: boolean
  /** counted: 1, 2, 3 per resource; opaque: whatever the store makes up. */
  readonly versionIds: 'counted' | 'opaque'
  /** exact: a body comes back as it was written, to the character; equal: as the same JSON, its members perhaps in another order. */
  readonly bodies: 'exact' | 'equal'
  /**
   * atomic: expectations are judged in the transaction of the commit; checked: right before it. Then two processes that expect the same of one type are
   * still judged one after the other, and others may slip in between.
   */
  readonly expectations: 'atomic' | 'checked'
  /** lastSeq() and changes(); without them both throw not-supported, and watch() hears of this process only. */
  readonly changes: boolean
  /** What may be the id of a resource: whatever R4 lets be one, or not `.` and `..`, which are no names in an address. */
  readonly ids: 'any' | 'addressable'
  /** bulk(): what differs becomes the next version, or takes the place of the current one and leaves no trace of it; false: it throws not-supported. */
  readonly bulk: 'versions' | 'overwrites' | false
  /** What a search can find right after a write is answered; eventual: some time later. */
  readonly searches: 'immediate' | 'eventual'
  readonly search: {
    /** _contained, and chains that go through contained resources. */
    readonly contained: boolean
    /** written: without _sort, and among equals, in the order in which resources were first written; own: in one of the store. */
    readonly order: 'written' | 'own'
    /** SearchParameters that are uploaded become parameters. */
    readonly custom: boolean
  }
  /** Methods that keep a store in order; those that are not named throw not-supported. */
  readonly upkeep: ReadonlyArray<'verify' | 'prune' | 'size' | 'snapshot' | 'reindex'>
}

export interface Repository {
  capabilities(): Capabilities
  /** Current version, a deleted marker, or undefined when never known. */
  read(type: string, id: string): Promise<ReadResource | undefined>
  vread(type: string, id: string, versionId: string): Promise<ReadResource | undefined>
  /**
   * All or nothing, in order. Throws resource.conflict, resource.exists, resource.raced, claim.taken, resource.not-found (delete); of a store that guards
   * references also reference.dangling and resource.referenced. Expectations are
   * looked at before the first write. Concurrent calls share a disk commit. by: whom the audit log names, in the same transaction; undefined: it says
   * nothing.
   */
  commit(writes: readonly Write[], expectations?: readonly Expectation[], by?: AuditAgent): Promise<WriteResult[]>
  /** The listener is told the types of the resources that a commit or merge of this process changed, before its caller has the answer. */
  watch(listener: (types: ReadonlySet<string>) => void): void
  /** The place of the last write; 0 when there was none. Costs next to nothing. */
  lastSeq(): Promise<number>
  changes(query: ChangesQuery): Promise<ChangesPage>
  /** A resource that was never there has no versions: undefined then (only with type and id). Throws search.page. */
  history(query: HistoryQuery): Promise<HistoryPage | undefined>
  search(query: SearchQuery): Promise<SearchPage>
  /** Profiles, tags and security labels of the current resources of the types. Throws search.too-costly. */
  labels(types: readonly string[]): Promise<Labels>
  /** Current resources per type. */
  counts(): Promise<Record<string, number>>
  /** The same with the bytes that their texts take. */
  sizes(): Promise<Record<string, TypeSize>>
  /** Every current resource of a type once, in an order of ids that does not change, streamed; what is written meanwhile may or may not be seen. */
  each(type: string): AsyncIterable<StoredResource>
  /**
   * by: whom the audit log names, in the transaction of each merge. since: the session goes on with one that ended with its process, whose `since` it was:
   * what was written after that counts as its own.
   */
  bulk(options: { refuseRepeats: boolean; by?: AuditAgent; since?: number }): Promise<BulkSession>
  /** progress: resources looked at so far. */
  verify(options: { rebuild: boolean; progress?: (done: number) => void }): Promise<VerifyReport>
  /** Search parameters that were uploaded (active SearchParameter resources) and are ready, beside those of R4. */
  searchParameters(): CustomParameters
  indexStatus(): IndexStatus
  /**
   * Does the next piece of what indexStatus() says is pending, in a transaction of its own; undefined when nothing is left. Several processes may call
   * it at the same time, and after a crash it goes on where it was.
   */
  reindex(): Promise<ReindexProgress | undefined>
  /** Small facts the service keeps with the store (JSON text by key), e.g. the report of the last load. */
  getNote(key: string): Promise<string | undefined>
  setNote(key: string, value: string): Promise<void>
  /** Puts entries into the audit log; resolved when they are on the disk. */
  appendAudit(batch: AuditBatch): Promise<void>
  /** Entries of the log that meet a search, in the order in which they were recorded. Throws not-supported, search.too-costly. */
  findAudit(search: AuditSearch): Promise<AuditPage>
  readAudit(place: AuditPlace): Promise<FoundEvent | undefined>
  auditHead(): AuditHead
  /** Hash of a batch of the log. */
  auditHash(seq: number): Awaitable<Buffer | undefined>
  /** Walks the whole log. anchors: how far logs are known to have come, by chain. progress: batches looked at so far. */
  verifyAudit(anchors: ReadonlyMap<string, Omit<AuditHead, 'chain'>>, progress?: (done: number) => void): Promise<AuditReport>
  /** Removes versions that are not current: see PruneStep. In a transaction of its own; next: where to go on. */
  prune(step: PruneStep): Promise<Pruned>
  /** Bytes on the disk, with what is not tidied away yet. */
  size(): Promise<number>
  /** Of a store that writes exports itself; it has no snapshot() then. Resolved when the export has ended. Throws the reason of the signal. */
  exportTo?(
    request: StoreExport,
    live: { progress(now: StoreExportProgress): void; signal?: AbortSignal | undefined }
  ): Promise<StoreExported>
  /** The store as it is now, to be copied or read while writes go on. */
  snapshot(): Promise<StoreSnapshot>
  close(): Promise<void>
}
