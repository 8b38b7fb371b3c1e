/** The one write and read path, as http/, commands/ and ingest/ see it; service.ts implements it. */

import type { AuditEntry } from '../fhir/audit-event.js'
import type { RequestBundle } from '../fhir/bundle/read.js'
import type { MetaChange } from '../fhir/patch/meta.js'
import type { Issue } from '../fhir/profile/index.js'
import type { Criteria } from '../fhir/search-condition.js'
import type { CustomParameters } from '../fhir/search-custom.js'
import type { SearchQuery } from '../fhir/search-query.js'
import type { Alert, BreakGlass } from '../state/audit.js'
import type { AuditReport } from '../store/audit.js'
import type {
  Capabilities,
  HistoryPage,
  HistoryQuery,
  IndexStatus,
  Labels,
  Outcomes,
  Pruned,
  PruneStep,
  ReadResource,
  ReindexProgress,
  Repeat,
  Repository,
  SearchPage,
  StageHandle,
  StoredResource,
  StoreExported,
  Refused as StoreRefused,
  TypeSize,
  VerifyReport,
  WriteResult
} from '../store/repository.js'
import type { Snapshot, StoreSnapshot } from '../store/snapshot.js'
import type { WaitingTimes } from '../threads/waiting.js'
import type { Contents } from './contents.js'
import type { Matches, MatchOptions } from './match.js'
import type { PatchBody } from './patch.js'
import type { WriteConditions } from './preconditions.js'
import type { SearchParameterStatus } from './search-parameters.js'
import type { TerminologyQuestion } from './terminology-questions.js'
import type { TransactionOptions, TransactionResult } from './transaction.js'

/** Who asks. What they may do: the role's row in service/access.ts, within the scopes of their token. */
export interface Principal {
  /** Id of an account or a client; what the audit names. */
  readonly subject: string
  readonly role: string
  /** The resource that stands for this person: `Patient/1`, `Practitioner/2`. */
  readonly fhirUser?: string
  /** SMART scopes as the token has them, separated by spaces; undefined: all that the role may do. */
  readonly scope?: string
  /** Id of the patient a token with `patient/` scopes was made for. */
  readonly patient?: string
  /** Id of the token, for the audit. */
  readonly token?: string
  /** Address of the caller, for the audit. */
  readonly from?: string
}

export interface NewResource {
  readonly type: string
  readonly id: string
  readonly text: string
}

export interface Service {
  read(who: Principal, type: string, id: string): Promise<ReadResource>
  vread(who: Principal, type: string, id: string, versionId: string): Promise<ReadResource>
  /** The server assigns the id (uuid v4); an id in the body is ignored. What matches ifNoneExist already is the result instead, `unchanged`. */
  create(who: Principal, type: string, text: string, options?: { ifNoneExist?: Criteria }): Promise<WriteResult>
  /** New resources under ids that the server made up, all or none. Throws as create, and resource.exists. */
  createAll(who: Principal, resources: readonly NewResource[]): Promise<readonly WriteResult[]>
  /** Contents of Binaries that are kept outside of the store. */
  readonly contents: Contents
  /** What names a Media or a DocumentReference: `Communication/1`. */
  namesOf(who: Principal, type: string, id: string): Promise<readonly string[]>
  /** Update, or create under the client's id. */
  update(who: Principal, type: string, id: string, text: string, options?: WriteConditions): Promise<WriteResult>
  delete(who: Principal, type: string, id: string, options?: WriteConditions): Promise<WriteResult | undefined>
  /** JSON Patch or FHIRPath Patch. */
  patch(who: Principal, type: string, id: string, patch: PatchBody, options?: WriteConditions): Promise<WriteResult>
  patchMatch(who: Principal, criteria: Criteria, patch: PatchBody, options?: WriteConditions): Promise<WriteResult>
  /** Conditional update, conditional delete: see conditional.ts. */
  updateMatch(who: Principal, criteria: Criteria, text: string, options?: WriteConditions): Promise<WriteResult>
  deleteMatches(who: Principal, criteria: Criteria, options?: WriteConditions & { readonly most?: number }): Promise<readonly WriteResult[]>
  /**
   * What is wrong with the text of a resource of the type, at every level of validation; profiles: canonical URLs of those to meet beside the ones it
   * names. The text must be JSON. Throws validation.profile for a profile that is not known, validation.timeout.
   */
  validate(who: Principal, type: string, text: string, profiles: readonly string[]): Promise<readonly Issue[]>
  /** What a delete would meet with; nothing when it would succeed. */
  validateDelete(who: Principal, type: string, id: string): Promise<readonly Issue[]>
  /** Profiles, tags and security labels in use, of one type or of all. */
  labels(who: Principal, type?: string): Promise<Labels>
  /** $meta-add and $meta-delete; meta: text of a Meta. */
  changeMeta(who: Principal, type: string, id: string, change: MetaChange, meta: string, options?: WriteConditions): Promise<WriteResult>
  /** history: newest first. */
  history(who: Principal, query: HistoryQuery): Promise<HistoryPage>
  /** Reads a Bundle of type batch or transaction, off this thread when it is large. base: service base URL as the client sees it. Throws as readBundle does. */
  readBundle(text: string, base: string): Promise<RequestBundle>
  /** The writes of a transaction, all or nothing: see transaction.ts. */
  transact(
    who: Principal,
    bundle: { readonly text: string; readonly bundle: RequestBundle },
    options: TransactionOptions
  ): Promise<TransactionResult>
  search(who: Principal, query: SearchQuery): Promise<SearchPage>
  /** What the store behind it can do. Anybody may know. */
  capabilities(): Capabilities
  /** What a search may use beside the parameters of R4: those that were uploaded and are ready. Anybody may know; costs next to nothing. */
  searchParameters(): CustomParameters
  /** Whether the SearchParameter works yet. Throws as read. */
  searchParameterStatus(who: Principal, id: string): Promise<SearchParameterStatus>
  indexStatus(): IndexStatus
  /** Does the next piece of indexing that is pending; undefined when nothing is left. */
  reindex(who: Principal): Promise<ReindexProgress | undefined>
  /** The patients that may be the one described, a Patient or a part of one, parsed: see match.ts. */
  match(who: Principal, patient: unknown, options: MatchOptions): Promise<Matches>
  /** A question about codes; the resource that answers it as JSON text. Throws terminology.*. */
  terminology(who: Principal, question: TerminologyQuestion): Promise<string>
  /** The code systems that come with the program. Anybody may know. */
  builtInSystems(): Promise<ReadonlyArray<{ readonly url: string; readonly version: string | undefined }>>
  counts(who: Principal): Promise<Record<string, number>>
  /** The same with the bytes that their texts take. Throws as counts. */
  sizes(who: Principal): Promise<Record<string, TypeSize>>
  each(who: Principal, type: string): AsyncIterable<StoredResource>
  /**
   * What happens in threads that they may see, from now on or after a place, in order and without end; what other processes write shows within a second.
   * It waits while nothing is asked of it. Ends when the signal is aborted. Throws auth.forbidden, and not-supported for a store that keeps no order of all
   * writes.
   */
  feed(who: Principal, options: { readonly after?: number; readonly signal: AbortSignal }): AsyncIterable<FeedEvent>
  /** How long questions wait. A physician hears of their own; analysts and administrators of all. Throws auth.forbidden. */
  waitingTimes(who: Principal): Promise<WaitingTimes>
  /** Bulk load: stages are validated in the workers by service/bulk-stage.ts, then merged. */
  bulk(who: Principal, options: BulkOptions): Promise<BulkLoad>
  verify(who: Principal, options: { rebuild: boolean; progress?: (done: number) => void }): Promise<VerifyReport>
  /** Removes old versions, step by step; those of questions, answers, their tasks and the audit are always kept: not-supported. */
  prune(who: Principal, step: PruneStep): Promise<Pruned>
  /** Removes the versions of one resource that are not current; of which types none, is as with prune. Throws resource.not-found, auth.forbidden. */
  purge(who: Principal, type: string, id: string): Promise<void>
  /** Bytes of the store. Anybody may know. */
  size(): Promise<number>
  /** The whole store as it is now, to be copied while writes go on: for backups. */
  snapshot(who: Principal): Promise<Snapshot>
  /**
   * All resources of some types as they are at one moment, read while writes go on: for exports. types: undefined for all that they may see. since:
   * milliseconds since 1970 UTC; only what was written from then on. Throws as each.
   */
  openExport(who: Principal, types: readonly string[] | undefined, since?: number): Promise<ExportView>
  /** Lets a store export that does so itself; undefined: it does not, and openExport() does. Throws as openExport, and what the store throws. */
  readonly exportByStore:
    | ((who: Principal, ...request: Parameters<NonNullable<Repository['exportTo']>>) => Promise<StoreExported>)
    | undefined
  getNote(key: string): Promise<string | undefined>
  setNote(who: Principal, key: string, value: string): Promise<void>
  /**
   * Lets somebody see a patient outside of their care for a while; written to the audit log before. Throws auth.forbidden, auth.limited, resource.not-found,
   * break-glass.reason, audit.unavailable; like the others below not-supported when nothing is audited.
   */
  breakGlass(who: Principal, patient: string, reason: string): Promise<BreakGlass>
  /** All for administrators and auditors, for others their own; newest first. */
  listBreakGlass(who: Principal): Promise<readonly BreakGlass[]>
  /** Ends one before its time: administrators, and whoever opened it. Throws break-glass.unknown. */
  endBreakGlass(who: Principal, id: string): Promise<void>
  /** Accounts that looked at many patients in a short time; newest first. Throws auth.forbidden, auth.limited. */
  alerts(who: Principal): Promise<readonly Alert[]>
  /** Puts what is no interaction with the store, such as a login, into the audit log. */
  note(who: Principal, entry: Omit<AuditEntry, 'at' | 'who'>): void
  /** Whether the audit log is whole. progress: batches looked at. Throws auth.forbidden. */
  verifyAudit(who: Principal, progress?: (done: number) => void): Promise<AuditReport>
  close(): Promise<void>
}

/** What an export reads. To be closed in any case. */
export interface ExportView extends Pick<StoreSnapshot, 'seq' | 'updated' | 'close'> {
  /** How many resources of each type pages() gives, deletions among them; types without any are left out. In the order of their names. */
  readonly counts: ReadonlyMap<string, number>
  pages(type: string, signal?: AbortSignal): ReturnType<StoreSnapshot['pages']>
}

/** What happened in a thread. */
export interface FeedEvent {
  /** Place among all writes of the store, to go on after. */
  readonly seq: number
  /** `ready`: where the feed begins. `passed`: nothing to see up to here. `gone`: a Task that went to somebody else. */
  readonly kind: 'thread' | 'question' | 'answer' | 'task' | 'gone' | 'ready' | 'passed'
  /** Exact JSON of the resource; of what is gone, its type and id. Empty for `ready` and `passed`. */
  readonly text: string
}

export interface BulkOptions {
  readonly refuseRepeats: boolean
  /** What was written after this place of the store belongs to the load: it goes on. */
  readonly since?: number
}

export interface BulkLoad {
  /** The place of the last write before the load; undefined where nothing is durable before finish(). */
  readonly since: number | undefined
  /** Structured-clonable; workers call `bulkStages(load.worker)` of service/bulk-stage.ts. */
  readonly worker: unknown
  merge(batch: StagedBatch): Promise<Merged>
  /** What was merged so far stays, whatever becomes of this process. */
  flush(): Promise<void>
  /** Brings the threads in step with what was loaded, too. Gives what the store did not take after all, though a merge counted it. */
  finish(): Promise<readonly StoreRefused[]>
  abort(): Promise<void>
}

export interface Merged {
  readonly byType: Readonly<Record<string, Outcomes>>
  readonly repeats: readonly Repeat[]
  /** What the rules of threads refuse; nothing of the same origin that belongs to a thread was written. */
  readonly refused: readonly Refused[]
}

export interface Refused {
  readonly type: string
  readonly id: string
  readonly origin: number
  /** Code of an error. */
  readonly rule: string
  readonly message: string
}

/** What a stage came to. Structured-clonable. */
export interface StagedBatch {
  readonly stage: StageHandle | undefined
  /** Parts of threads in their order: these go through the rules. */
  readonly threads: readonly PlacedResource[]
}

/** origin: a number that the caller understands (line). */
export interface PlacedResource {
  readonly type: string
  readonly id: string
  readonly text: string
  readonly origin: number
}

/** A resource on its way into a stage. */
export interface StagedResource {
  readonly type: string
  readonly id: string
  readonly text: string
  /** The text as readJson gives it, where it is known already. */
  readonly parsed?: object
}

/** Worker side: validate, then stage. */
export interface BulkStage {
  /** Throws resource.invalid (with expression) and stages nothing when the resource is not valid. */
  add(type: string, id: string, text: string, origin: number): void
  /**
   * The resources of one row: validates all of them first, so that a row is staged as a whole or not at all. kept: only these of them are staged. Throws as
   * add.
   */
  addAll(resources: readonly StagedResource[], origin: number, kept?: readonly StagedResource[]): void
  readonly resources: number
  readonly bytes: number
  finish(): StagedBatch | undefined
  discard(): void
}
