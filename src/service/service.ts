/** The one write and read path: authorize, check, then the store. Every door - HTTP, commands, loads - comes through here. */
import { dirname, join } from 'node:path'
import { fail, WardbridgeError } from '../errors.js'
import type { AuditEntry } from '../fhir/audit-event.js'
import type { RequestBundle } from '../fhir/bundle/read.js'
import { resourceTypes } from '../fhir/definitions.js'
import type { MetaChange } from '../fhir/patch/meta.js'
import type { Issue } from '../fhir/profile/index.js'
import type { Criteria } from '../fhir/search-condition.js'
import { type CustomParameters, isStandard } from '../fhir/search-custom.js'
import type { SearchQuery } from '../fhir/search-query.js'
import { openFiles } from '../files/files.js'
import type { Alert, BreakGlass } from '../state/audit.js'
import type { AuditReport } from '../store/audit.js'
import { openStore } from '../store/open.js'
import type {
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
  VerifyReport,
  Write,
  WriteResult
} from '../store/repository.js'
import type { Snapshot } from '../store/snapshot.js'
import type { WaitingTimes } from '../threads/waiting.js'
import type { Interaction } from './access.js'
import { type Auditing, AuditLog, placeOf } from './audit.js'
import { withAuditEvents } from './audit-events.js'
import { Audited } from './audited.js'
import { bodyId } from './body.js'
import { BreakGlasses } from './break-glass.js'
import { builtInSystems } from './built-in.js'
import type { BulkWorker } from './bulk-stage.js'
import { loadThreads, settleAll, sumOutcomes } from './bulk-threads.js'
import { BundleReader } from './bundle-reader.js'
import { Care } from './care.js'
import { Checks, deleteIssues, type Level } from './check.js'
import { claiming } from './claims.js'
import { createIfNone, deleteMatches, updateMatch } from './conditional.js'
import { Contents, keepingContents } from './contents.js'
import type { BulkLoad, FeedEvent, NewResource, Principal, Service } from './contract.js'
import { Cursors } from './cursors.js'
import { Definitions } from './definitions.js'
import { Feed } from './feed.js'
import { historyOf } from './history.js'
import { findMatches, type Matches, type MatchOptions } from './match.js'
import { namesOf } from './media.js'
import { newId } from './new-id.js'
import { applyMeta, applyPatch, type PatchBody, patchById, patchMatch } from './patch.js'
import { precondition, type WriteConditions } from './preconditions.js'
import { KEEPS_HISTORY } from './retention.js'
import { allow, allowAll, authorize, rightsOf } from './rights.js'
import { type SearchParameterStatus, searchParameterStatus } from './search-parameters.js'
import { withTerminology } from './search-terminology.js'
import { Terminology } from './terminology.js'
import { SUBJECTS, type TerminologyQuestion } from './terminology-questions.js'
import { TokenCase } from './token-case.js'
import { type TransactionOptions, type TransactionResult, transact } from './transaction.js'
import { type Seen, View } from './view.js'
import { WaitingRoom } from './waiting.js'

export interface ServiceOptions {
  /** Location of the store: a file. */
  readonly store: string
  /** Seconds a search may take. */
  readonly searchTimeout?: number
  /** What is asked of a resource before it is written; `structure` when not given. */
  readonly validation?: Level
  /** `on`: no write may leave a reference that leads to nothing; `off` when not given. */
  readonly referentialIntegrity?: 'off' | 'on'
  /** What paging links are sealed with, 32 bytes; a new one for each process when not given. */
  readonly cursorKey?: Buffer
  /** Folder of large contents; `files` beside the store when not given. */
  readonly files?: string
  /** Bytes of its disk that they leave free. */
  readonly filesReserve?: number
  /** What links to contents are sealed with, 32 bytes; a new one for each process when not given. */
  readonly linkKey?: Buffer
  /** Seconds. */
  readonly linkLifetime?: number
  /** Undefined: nothing is audited. */
  readonly audit?: Auditing
  /** What is done with a store of an older schema; `copy` when not given. */
  readonly upgrade?: 'copy' | 'direct' | 'refuse'
}

/** Opens the store and the service over it. Throws store.open, store.version, store.busy. */
export async function openService({
  store,
  searchTimeout,
  validation = 'structure',
  referentialIntegrity = 'off',
  cursorKey,
  files: folder = join(dirname(store), 'files'),
  filesReserve,
  linkKey,
  linkLifetime = 300,
  audit,
  upgrade = 'copy'
}: ServiceOptions): Promise<Service> {
  const repository = await openStore(store, {
    ...(searchTimeout === undefined ? {} : { searchSeconds: searchTimeout }),
    referentialIntegrity: referentialIntegrity === 'on',
    ...(audit === undefined ? {} : { auditKey: audit.key }),
    upgrade
  })
  const definitions = new Definitions(repository)
  const terminology = new Terminology(definitions, searchTimeout)
  const files = openFiles(folder, filesReserve === undefined ? {} : { reserve: filesReserve })
  return new RepositoryService(
    claiming(keepingContents(withTerminology(audit === undefined ? repository : withAuditEvents(repository), terminology), files)),
    new Checks(validation, repository, definitions),
    terminology,
    new TokenCase(definitions),
    cursorKey,
    new Contents(files, { key: linkKey, linkLifetime }),
    audit
  )
}

/** Roles that hear how long the questions of all physicians wait. */
const SEE_ALL_WAITS = ['administrator', 'analyst', 'system']

class RepositoryService implements Service {
  readonly #store: Repository
  readonly #checks: Checks
  readonly #bundles: BundleReader
  readonly #terminology: Terminology
  readonly #case: TokenCase
  readonly #care: Care
  readonly #cursors: Cursors
  readonly contents: Contents
  readonly #auditing: Auditing | undefined
  readonly #audit: AuditLog | undefined
  readonly #views = new WeakMap<Principal, Seen>()
  readonly #glasses: BreakGlasses | undefined
  readonly #feed: Feed
  readonly #waiting: WaitingRoom

  constructor(
    store: Repository,
    checks: Checks,
    terminology: Terminology,
    tokenCase: TokenCase,
    cursorKey: Buffer | undefined,
    contents: Contents,
    audit: Auditing | undefined
  ) {
    this.#store = store
    this.#checks = checks
    this.#bundles = new BundleReader(checks.level !== 'off')
    this.#terminology = terminology
    this.#case = tokenCase
    this.#cursors = new Cursors(cursorKey)
    this.contents = contents
    this.#auditing = audit
    const glasses = audit && new BreakGlasses(audit.state, audit.breakGlass)
    this.#glasses = glasses
    this.#care = new Care(store, glasses && ((who) => glasses.patientsOf(who)))
    this.#audit = audit && new AuditLog(store, audit, glasses!)
    this.#waiting = new WaitingRoom(store)
    this.#feed = new Feed(store, () => this.#care.forget())
  }

  async read(who: Principal, type: string, id: string): Promise<ReadResource> {
    this.#allow(who, 'read', type, id)
    return living(await this.#as(who).read(type, id), type, id)
  }

  async vread(who: Principal, type: string, id: string, versionId: string): Promise<ReadResource> {
    this.#allow(who, 'vread', type, id)
    const stored = await this.#as(who).vread(type, id, versionId)
    if (stored !== undefined) return living(stored, type, id)
    throw (await this.#as(who).read(type, id)) === undefined
      ? fail('resource.not-found', { type, id })
      : fail('resource.version-not-found', { type, id, version: versionId })
  }

  async create(who: Principal, type: string, text: string, { ifNoneExist }: { ifNoneExist?: Criteria } = {}): Promise<WriteResult> {
    this.#allow(who, 'create', type)
    await this.#checks.check({ type, text })
    if (ifNoneExist !== undefined) {
      this.#allow(who, 'search', type)
      return createIfNone(this.#as(who), ifNoneExist, text)
    }
    return this.#write(who, { method: 'put', type, id: newId(), text, verb: 'POST' })
  }

  async createAll(who: Principal, resources: readonly NewResource[]): Promise<readonly WriteResult[]> {
    for (const { type } of resources) allow(who, 'create', type)
    for (const one of resources) await this.#checks.check(one)
    return this.#as(who).commit(
      resources.map(({ type, id, text }) => ({ method: 'put', verb: 'POST', type, id, text, precondition: { kind: 'absent' } }))
    )
  }

  async namesOf(who: Principal, type: string, id: string): Promise<readonly string[]> {
    authorize(who, 'verify', 'what names a resource')
    const { body } = living(await this.#as(who).read(type, id), type, id)
    return namesOf(this.#store, { type, id, body: Buffer.from(body) })
  }

  async update(who: Principal, type: string, id: string, text: string, options: WriteConditions = {}): Promise<WriteResult> {
    this.#allow(who, 'update', type, id)
    await this.#checks.check({ type, text, id })
    return this.#write(who, { method: 'put', type, id, text, ...precondition(options) })
  }

  async delete(who: Principal, type: string, id: string, options: WriteConditions = {}): Promise<WriteResult | undefined> {
    this.#allow(who, 'delete', type, id)
    try {
      return await this.#write(who, { method: 'delete', type, id, ...precondition(options) })
    } catch (error) {
      if (error instanceof WardbridgeError && error.code === 'resource.not-found') return undefined
      throw error
    }
  }

  async patch(who: Principal, type: string, id: string, patch: PatchBody, options: WriteConditions = {}): Promise<WriteResult> {
    this.#allow(who, 'patch', type, id)
    return patchById(this.#as(who), { type, id }, (text) => applyPatch(text, patch), {
      ...options,
      check: (text) => this.#checks.check({ type, text, id })
    })
  }

  async patchMatch(who: Principal, criteria: Criteria, patch: PatchBody, options: WriteConditions = {}): Promise<WriteResult> {
    const { type } = criteria
    this.#allow(who, 'patch', type)
    this.#allow(who, 'search', type)
    return patchMatch(this.#as(who), criteria, (text) => applyPatch(text, patch), {
      ...options,
      check: (text, id) => this.#checks.check({ type, text, id })
    })
  }

  async changeMeta(
    who: Principal,
    type: string,
    id: string,
    change: MetaChange,
    meta: string,
    options: WriteConditions = {}
  ): Promise<WriteResult> {
    this.#allow(who, 'patch', type, id)
    const check = (text: string) => this.#checks.check({ type, text, id })
    return patchById(this.#as(who), { type, id }, (text) => applyMeta(text, change, meta), { ...options, check })
  }

  async labels(who: Principal, type?: string): Promise<Labels> {
    if (type === undefined) this.#authorize(who, 'search', 'the whole store')
    else this.#allowAll(who, 'search', type)
    return this.#as(who).labels(type === undefined ? resourceTypes() : [type])
  }

  async updateMatch(who: Principal, criteria: Criteria, text: string, options?: WriteConditions): Promise<WriteResult> {
    const { type } = criteria
    this.#allow(who, 'update', type)
    this.#allow(who, 'search', type)
    const id = bodyId(await this.#checks.check({ type, text }))
    return updateMatch(this.#as(who), criteria, { text, id }, options)
  }

  async deleteMatches(who: Principal, criteria: Criteria, options: WriteConditions = {}): Promise<readonly WriteResult[]> {
    this.#allow(who, 'delete', criteria.type)
    this.#allow(who, 'search', criteria.type)
    return deleteMatches(this.#as(who), criteria, options)
  }

  async validate(who: Principal, type: string, text: string, profiles: readonly string[]): Promise<readonly Issue[]> {
    this.#allow(who, 'read', type)
    return this.#checks.validate(type, text, profiles)
  }

  async validateDelete(who: Principal, type: string, id: string): Promise<readonly Issue[]> {
    this.#allow(who, 'read', type)
    return deleteIssues(who, type, id, await this.#as(who).read(type, id))
  }

  async history(who: Principal, query: HistoryQuery): Promise<HistoryPage> {
    if (query.type === undefined) this.#authorize(who, 'history', 'the whole store')
    else if (query.id === undefined) this.#allowAll(who, 'history', query.type)
    else this.#allow(who, 'history', query.type, query.id)
    return historyOf(this.#as(who), query)
  }

  async readBundle(text: string, base: string): Promise<RequestBundle> {
    return this.#bundles.read(text, base)
  }

  async transact(
    who: Principal,
    bundle: { readonly text: string; readonly bundle: RequestBundle },
    options: TransactionOptions
  ): Promise<TransactionResult> {
    return transact(this.#as(who), this.#checks, (interaction, type) => this.#allow(who, interaction, type), bundle, options)
  }

  async search(who: Principal, query: SearchQuery): Promise<SearchPage> {
    if (query.type !== undefined) this.#allow(who, 'search', query.type)
    const types = query.types.filter((type) => rightsOf(who).may('search', type))
    if (types.length === 0) {
      const type = query.types.join()
      this.#checked(who, { do: 'search', query: type }, () => {
        throw fail('auth.forbidden', { role: who.role, interaction: 'search', type })
      })
    }
    return this.#as(who).search(await this.#case.apply({ ...query, types }))
  }

  enforcesReferences(): boolean {
    return this.#store.capabilities().enforcesReferences
  }

  searchParameters(): CustomParameters {
    return this.#store.searchParameters()
  }

  async searchParameterStatus(who: Principal, id: string): Promise<SearchParameterStatus> {
    const { body } = await this.read(who, 'SearchParameter', id)
    return searchParameterStatus(id, isStandard(JSON.parse(body.toString())), this.#store.indexStatus())
  }

  indexStatus(): IndexStatus {
    return this.#store.indexStatus()
  }

  async reindex(who: Principal): Promise<ReindexProgress | undefined> {
    this.#authorize(who, 'verify', 'the indexes of the store')
    return this.#store.reindex()
  }

  async counts(who: Principal): Promise<Record<string, number>> {
    this.#authorize(who, 'search', 'the counts of the store')
    return this.#store.counts()
  }

  async *each(who: Principal, type: string): AsyncIterable<StoredResource> {
    this.#allowAll(who, 'search', type)
    await this.#audit?.write(who, { do: 'export', what: [type] })
    yield* this.#store.each(type)
  }

  feed(who: Principal, options: { readonly after?: number; readonly signal: AbortSignal }): AsyncIterable<FeedEvent> {
    allow(who, 'read', 'Communication')
    return this.#feed.events(this.#as(who), options)
  }

  async waitingTimes(who: Principal): Promise<WaitingTimes> {
    const rights = rightsOf(who)
    const isTheirs = who.role === 'physician' && who.fhirUser !== undefined && rights.may('search', 'Communication')
    if (!isTheirs && !(SEE_ALL_WAITS.includes(who.role) && rights.mayAllData('search')))
      throw fail('auth.forbidden', { role: who.role, interaction: 'read', type: 'waiting times' })
    const waiting = await this.#waiting.current()
    return waiting.report(Date.now(), isTheirs ? who.fhirUser : undefined)
  }

  async bulk(who: Principal, options: { refuseRepeats: boolean }): Promise<BulkLoad> {
    this.#authorize(who, 'load', 'the store')
    const wait = this.#audit?.ready()
    if (wait !== undefined) await wait
    const session = await this.#store.bulk({ ...options, ...(this.#audit === undefined ? {} : { by: this.#audit.agent(who) }) })
    return {
      worker: session.stage satisfies BulkWorker,
      merge: async ({ stage, threads }) => {
        const merged = stage === undefined ? { byType: {}, repeats: [] } : await session.merge(stage)
        const loaded = await loadThreads(this.#store, threads)
        return { ...merged, byType: sumOutcomes(merged.byType, loaded.byType), refused: loaded.refused }
      },
      finish: async () => {
        await session.finish()
        await settleAll(this.#store, who)
      },
      abort: () => session.abort()
    }
  }

  async verify(who: Principal, options: { rebuild: boolean; progress?: (done: number) => void }): Promise<VerifyReport> {
    this.#authorize(who, 'verify', 'the store')
    await this.#audit?.write(who, { do: 'check', detail: options.rebuild ? 'indexes built anew' : 'indexes checked' })
    return this.#store.verify(options)
  }

  async prune(who: Principal, step: PruneStep): Promise<Pruned> {
    authorize(who, 'verify', 'the history of the store')
    if (KEEPS_HISTORY.includes(step.type)) throw fail('not-supported', { what: `Removing versions of ${step.type}` })
    return this.#store.prune(step)
  }

  size(): Promise<number> {
    return this.#store.size()
  }

  async snapshot(who: Principal): Promise<Snapshot> {
    authorize(who, 'verify', 'a copy of the store')
    return this.#store.snapshot()
  }

  async getNote(key: string): Promise<string | undefined> {
    return this.#store.getNote(key)
  }

  async setNote(who: Principal, key: string, value: string): Promise<void> {
    this.#authorize(who, 'load', 'the notes of the store')
    await this.#store.setNote(key, value)
  }

  async match(who: Principal, patient: unknown, options: MatchOptions): Promise<Matches> {
    this.#allow(who, 'search', 'Patient')
    return findMatches(this.#as(who), patient, options)
  }

  async terminology(who: Principal, question: TerminologyQuestion): Promise<string> {
    this.#allow(who, 'search', SUBJECTS[question.kind])
    return this.#terminology.ask(question)
  }

  async builtInSystems(): Promise<ReadonlyArray<{ readonly url: string; readonly version: string | undefined }>> {
    return builtInSystems()
  }

  async breakGlass(who: Principal, patient: string, reason: string): Promise<BreakGlass> {
    const [audit, glasses] = this.#audits()
    const entry = { do: 'break-glass', what: [placeOf('Patient', patient)] }
    const one = this.#checked(who, entry, () => glasses.prepare(who, patient, reason))
    const stored = await this.#store.read('Patient', patient)
    if (stored === undefined || stored.deleted) {
      const error = fail('resource.not-found', { type: 'Patient', id: patient })
      audit.failed(who, entry, error)
      throw error
    }
    await audit.write(who, { ...entry, patients: [patient], reason: one.reason })
    glasses.open(one)
    return one
  }

  async listBreakGlass(who: Principal): Promise<readonly BreakGlass[]> {
    const [audit, glasses] = this.#audits()
    const all = glasses.list()
    const given = rightsOf(who).isFree('search', 'AuditEvent') ? all : all.filter(({ subject }) => subject === who.subject)
    await audit.write(who, { do: 'search', query: 'break-glass', patients: [...new Set(given.map(({ patient }) => patient))] })
    return given
  }

  async endBreakGlass(who: Principal, id: string): Promise<void> {
    const [audit, glasses] = this.#audits()
    const one = glasses.get(id)
    if (one === undefined || (who.subject !== one.subject && !rightsOf(who).mayAll('update'))) throw fail('break-glass.unknown', { id })
    await audit.write(who, {
      do: 'break-glass-end',
      what: [`Patient/${one.patient}`],
      patients: [one.patient],
      detail: `of ${one.subject}`
    })
    if (!glasses.end(one, who)) throw fail('break-glass.unknown', { id })
  }

  async alerts(who: Principal): Promise<readonly Alert[]> {
    this.#audits()
    const entry = { do: 'search', query: 'unusual-access' }
    this.#checked(who, entry, () => allowAll(who, 'search', 'AuditEvent'))
    await this.#audit?.write(who, entry)
    return this.#auditing!.state.listAlerts()
  }

  note(who: Principal, entry: Omit<AuditEntry, 'at' | 'who'>): void {
    this.#audit?.done(who, entry)
  }

  async verifyAudit(who: Principal, progress?: (done: number) => void): Promise<AuditReport> {
    const [audit] = this.#audits()
    const entry = { do: 'verify' }
    this.#checked(who, entry, () => allowAll(who, 'search', 'AuditEvent'))
    // The anchor first: the log may go on meanwhile. The entry last: it is no part of what is looked at.
    const anchor = this.#auditing!.state.anchor(this.#store.auditHead().chain)
    const report = await this.#store.verifyAudit(anchor, progress)
    audit.done(who, entry)
    return report
  }

  async close(): Promise<void> {
    this.#feed.close()
    await this.#terminology.close()
    await this.#checks.close()
    await this.#bundles.close()
    await this.#audit?.close()
    await this.#store.close()
  }

  /** The store as they see it; kept with the object that says who they are. */
  #as(who: Principal): Seen {
    let seen = this.#views.get(who)
    if (seen === undefined) {
      const view = new View(this.#store, who, this.#care, this.#cursors)
      seen = this.#audit === undefined ? view : new Audited(view, this.#store, who, this.#audit)
      this.#views.set(who, seen)
    }
    return seen
  }

  /** What is refused is audited, too. */
  #allow(who: Principal, interaction: Interaction, type: string, id?: string): void {
    try {
      allow(who, interaction, type)
    } catch (error) {
      this.#audit?.failed(who, { do: interaction, what: [id === undefined ? type : placeOf(type, id)] }, error)
      throw error
    }
  }

  #allowAll(who: Principal, interaction: Interaction, type: string): void {
    this.#checked(who, { do: interaction, what: [type] }, () => allowAll(who, interaction, type))
  }

  #authorize(who: Principal, interaction: Interaction, what: string): void {
    this.#checked(who, { do: interaction === 'verify' ? 'check' : interaction, what: [what] }, () => authorize(who, interaction, what))
  }

  #checked<T>(who: Principal, entry: Omit<AuditEntry, 'at' | 'who'>, check: () => T): T {
    try {
      return check()
    } catch (error) {
      this.#audit?.failed(who, entry, error)
      throw error
    }
  }

  /** Throws not-supported when nothing is audited. */
  #audits(): readonly [AuditLog, BreakGlasses] {
    if (this.#audit === undefined || this.#glasses === undefined) throw fail('not-supported', { what: 'This without an audit log' })
    return [this.#audit, this.#glasses]
  }

  async #write(who: Principal, write: Write): Promise<WriteResult> {
    const [result] = await this.#as(who).commit([write])
    return result!
  }
}

function living(stored: ReadResource | undefined, type: string, id: string): ReadResource {
  if (stored === undefined) throw fail('resource.not-found', { type, id })
  if (stored.deleted) throw fail('resource.deleted', { type, id })
  return stored
}
