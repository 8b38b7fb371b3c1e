/** The one write and read path: authorize, check, then the store. Every door - HTTP, commands, loads - comes through here. */
import { dirname, join } from 'node:path'
import { isBucketPath, isStoreName } from '../config.js'
import type { GoogleSettings } from '../config-google.js'
import { fail } from '../errors.js'
import type { AuditEntry } from '../fhir/audit-event.js'
import { resourceTypes } from '../fhir/definitions.js'
import { openFiles } from '../files/files.js'
import { type Objects, openObjects } from '../files/objects.js'
import type { Alert, BreakGlass } from '../state/audit.js'
import type { AuditReport } from '../store/audit.js'
import { openStore } from '../store/open.js'
import type { IndexStatus, Pruned, PruneStep, ReindexProgress, StoredResource, TypeSize, VerifyReport } from '../store/repository.js'
import type { Snapshot } from '../store/snapshot.js'
import type { WaitingTimes } from '../threads/waiting.js'
import { type Auditing, type AuditLog, placeOf, vouchFor } from './audit.js'
import { withAuditEvents } from './audit-events.js'
import type { BreakGlasses } from './break-glass.js'
import type { BulkWorker } from './bulk-stage.js'
import { loadThreads, settleAll, sumOutcomes } from './bulk-threads.js'
import { Checks, type Level } from './check.js'
import { claiming } from './claims.js'
import { Contents, keepingContents } from './contents.js'
import type { BulkLoad, BulkOptions, ExportView, FeedEvent, Principal, Service } from './contract.js'
import { Cursors } from './cursors.js'
import { Definitions } from './definitions.js'
import { Feed } from './feed.js'
import { type InteractionParts, Interactions, living } from './interactions.js'
import { namesOf } from './media.js'
import { over } from './over.js'
import { KEEPS_HISTORY } from './retention.js'
import { allow, allowAll, authorize, rightsOf } from './rights.js'
import { withTerminology } from './search-terminology.js'
import { Terminology } from './terminology.js'
import { TokenCase } from './token-case.js'
import { WaitingRoom } from './waiting.js'

export interface ServiceOptions {
  /** Location of the store: a file, or the name of a FHIR store at Google. */
  readonly store: string
  /** Threads that search in an embedded store; 2 when not given. */
  readonly readers?: number
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
  /** Of an embedded store: whether words that an earlier load has left are indexed meanwhile; true when not given. A process that does one thing leaves them to the server. */
  readonly indexesWords?: boolean
  /** Of a store at Google: how it is called, and the small values that all processes of the service share. */
  readonly google?: GoogleSettings
  readonly objects?: Objects
  /** Location of the state: where those are, when they are not given. */
  readonly state?: string
}

/** Opens the store and the service over it. Throws store.open, store.version, store.busy. */
export async function openService({
  store,
  readers,
  searchTimeout,
  validation = 'structure',
  referentialIntegrity = 'off',
  cursorKey,
  files: folder = join(dirname(store), 'files'),
  filesReserve,
  linkKey,
  linkLifetime = 300,
  audit,
  upgrade = 'copy',
  indexesWords = true,
  google,
  state,
  objects = isStoreName(store) && google !== undefined && state !== undefined ? openObjects(besideState(state), google) : undefined
}: ServiceOptions): Promise<Service> {
  const repository = await openStore(store, {
    ...(readers === undefined ? {} : { readers }),
    ...(searchTimeout === undefined ? {} : { searchSeconds: searchTimeout }),
    referentialIntegrity: referentialIntegrity === 'on',
    ...(audit === undefined ? {} : { auditKey: audit.key }),
    ...(google === undefined ? {} : { google }),
    objects,
    upgrade,
    indexesWords
  })
  if (audit !== undefined) await vouchFor(repository, audit)
  const definitions = new Definitions(repository)
  const terminology = new Terminology(definitions, searchTimeout)
  const files = openFiles(folder, {
    ...(filesReserve === undefined ? {} : { reserve: filesReserve }),
    ...(google === undefined ? {} : { google })
  })
  return new RepositoryService({
    store: claiming(keepingContents(withTerminology(audit === undefined ? repository : withAuditEvents(repository), terminology), files)),
    cursors: new Cursors(cursorKey),
    auditing: audit,
    checks: new Checks(validation, repository, definitions),
    terminology,
    tokenCase: new TokenCase(definitions),
    contents: new Contents(files, { key: linkKey, linkLifetime })
  })
}

/** Where the audit log, the notes and the claims of a store at Google are. */
function besideState(state: string): string {
  return isBucketPath(state) ? `${state.replace(/\/+$/, '')}/store` : join(state, 'objects')
}

/** Roles that hear how long the questions of all physicians wait. */
const SEE_ALL_WAITS = ['administrator', 'analyst', 'system']

class RepositoryService extends Interactions implements Service {
  readonly contents: Contents
  readonly #auditing: Auditing | undefined
  readonly #feed: Feed
  readonly #waiting: WaitingRoom

  constructor({ contents, ...parts }: InteractionParts & { readonly contents: Contents }) {
    super(parts)
    this.contents = contents
    this.#auditing = parts.auditing
    this.#waiting = new WaitingRoom(this.store)
    this.#feed = new Feed(this.store, () => this.care.forget())
  }

  async namesOf(who: Principal, type: string, id: string): Promise<readonly string[]> {
    authorize(who, 'verify', 'what names a resource')
    const { body } = living(await this.as(who).read(type, id), type, id)
    return namesOf(this.store, { type, id, body: Buffer.from(body) })
  }

  indexStatus(): IndexStatus {
    return this.store.indexStatus()
  }

  async reindex(who: Principal): Promise<ReindexProgress | undefined> {
    this.authorize(who, 'verify', 'the indexes of the store')
    return this.store.reindex()
  }

  async counts(who: Principal): Promise<Record<string, number>> {
    this.authorize(who, 'search', 'the counts of the store')
    return this.store.counts()
  }

  async sizes(who: Principal): Promise<Record<string, TypeSize>> {
    this.authorize(who, 'search', 'the counts of the store')
    return this.store.sizes()
  }

  async *each(who: Principal, type: string): AsyncIterable<StoredResource> {
    this.allowAll(who, 'search', type)
    await this.auditLog?.write(who, { do: 'export', what: [type] })
    yield* this.store.each(type)
  }

  feed(who: Principal, options: { readonly after?: number; readonly signal: AbortSignal }): AsyncIterable<FeedEvent> {
    allow(who, 'read', 'Communication')
    if (!this.store.capabilities().changes) throw fail('not-supported', { what: 'The live feed' })
    return this.#feed.events(this.as(who), options)
  }

  async waitingTimes(who: Principal): Promise<WaitingTimes> {
    const rights = rightsOf(who)
    const isTheirs = who.role === 'physician' && who.fhirUser !== undefined && rights.may('search', 'Communication')
    if (!isTheirs && !(SEE_ALL_WAITS.includes(who.role) && rights.mayAllData('search')))
      throw fail('auth.forbidden', { role: who.role, interaction: 'read', type: 'waiting times' })
    const waiting = await this.#waiting.current()
    return waiting.report(Date.now(), isTheirs ? who.fhirUser : undefined)
  }

  async bulk(who: Principal, options: BulkOptions): Promise<BulkLoad> {
    this.authorize(who, 'load', 'the store')
    const wait = this.auditLog?.ready()
    if (wait !== undefined) await wait
    const by = this.auditLog?.agent(who)
    // What the rules of threads add is audited under the name of who loads, too.
    const named = over(this.store, { commit: (writes, expectations) => this.store.commit(writes, expectations, by) })
    const session = await this.store.bulk({ ...options, ...(by === undefined ? {} : { by }) })
    return {
      since: session.since,
      worker: session.stage satisfies BulkWorker,
      merge: async ({ stage, threads }) => {
        const merged = stage === undefined ? { byType: {}, repeats: [] } : await session.merge(stage)
        // What threads refer to must be there.
        if (threads.length > 0) await session.flush()
        const loaded = await loadThreads(named, threads)
        return { ...merged, byType: sumOutcomes(merged.byType, loaded.byType), refused: loaded.refused }
      },
      flush: () => session.flush(),
      finish: async () => {
        const late = await session.finish()
        await settleAll(named, who)
        return late
      },
      abort: () => session.abort()
    }
  }

  async verify(who: Principal, options: { rebuild: boolean; progress?: (done: number) => void }): Promise<VerifyReport> {
    this.authorize(who, 'verify', 'the store')
    await this.auditLog?.write(who, { do: 'check', detail: options.rebuild ? 'indexes built anew' : 'indexes checked' })
    return this.store.verify(options)
  }

  async prune(who: Principal, step: PruneStep): Promise<Pruned> {
    authorize(who, 'verify', 'the history of the store')
    if (KEEPS_HISTORY.includes(step.type)) throw fail('not-supported', { what: `Removing versions of ${step.type}` })
    return this.store.prune(step)
  }

  async purge(who: Principal, type: string, id: string): Promise<void> {
    const entry = { do: 'purge', what: [placeOf(type, id)] }
    this.checked(who, entry, () => authorize(who, 'verify', 'the history of a resource'))
    if (KEEPS_HISTORY.includes(type)) throw fail('not-supported', { what: `Removing versions of ${type}` })
    if ((await this.store.read(type, id)) === undefined) throw fail('resource.not-found', { type, id })
    await this.auditLog?.write(who, entry)
    let step: PruneStep | undefined = { type, id, before: Number.MAX_SAFE_INTEGER, keep: 1 }
    while (step !== undefined) {
      const { next }: Pruned = await this.store.prune(step)
      step = next === undefined ? undefined : { ...step, after: next }
    }
  }

  size(): Promise<number> {
    return this.store.size()
  }

  async snapshot(who: Principal): Promise<Snapshot> {
    authorize(who, 'verify', 'a copy of the store')
    return this.store.snapshot()
  }

  get exportByStore(): Service['exportByStore'] {
    const { exportTo } = this.store
    if (exportTo === undefined) return undefined
    return async (who, request, live) => {
      const types = this.#exportable(who, request.types)
      const isAll = types.length === resourceTypes().length
      const since = request.since === undefined ? '' : `, since ${new Date(request.since).toISOString()}`
      await this.auditLog?.write(who, { do: 'export', what: types, detail: `to ${request.to.slice(0, 5)}${since}` })
      return exportTo({ ...request, types: isAll ? undefined : types }, live)
    }
  }

  /** The types of an export. Throws auth.forbidden, resource.unknown-type. */
  #exportable(who: Principal, types: readonly string[] | undefined): readonly string[] {
    if (types === undefined) this.authorize(who, 'search', 'an export of the store')
    const wanted = types ?? resourceTypes().filter((type) => rightsOf(who).isFree('search', type))
    for (const type of wanted) this.allowAll(who, 'search', type)
    return wanted
  }

  async openExport(who: Principal, types: readonly string[] | undefined, since?: number): Promise<ExportView> {
    const wanted = this.#exportable(who, types)
    const snapshot = await this.store.snapshot()
    try {
      const counts = await snapshot.counts(since)
      const found = wanted.filter((type) => counts[type] !== undefined).sort()
      const detail = `of ${snapshot.seq} writes${since === undefined ? '' : `, since ${new Date(since).toISOString()}`}`
      await this.auditLog?.write(who, { do: 'export', what: found, detail })
      return {
        seq: snapshot.seq,
        updated: snapshot.updated,
        counts: new Map(found.map((type) => [type, counts[type]!])),
        pages: (type, signal) => snapshot.pages(type, { since, signal }),
        close: snapshot.close
      }
    } catch (error) {
      await snapshot.close()
      throw error
    }
  }

  async getNote(key: string): Promise<string | undefined> {
    return this.store.getNote(key)
  }

  async setNote(who: Principal, key: string, value: string): Promise<void> {
    this.authorize(who, 'load', 'the notes of the store')
    await this.store.setNote(key, value)
  }

  async breakGlass(who: Principal, patient: string, reason: string): Promise<BreakGlass> {
    const [audit, glasses] = this.#audits()
    const entry = { do: 'break-glass', what: [placeOf('Patient', patient)] }
    const one = this.checked(who, entry, () => glasses.prepare(who, patient, reason))
    const stored = await this.store.read('Patient', patient)
    if (stored === undefined || stored.deleted) {
      const error = fail('resource.not-found', { type: 'Patient', id: patient })
      audit.failed(who, entry, error)
      throw error
    }
    await audit.write(who, { ...entry, patients: [patient], reason: one.reason })
    await glasses.open(one)
    return one
  }

  async listBreakGlass(who: Principal): Promise<readonly BreakGlass[]> {
    const [audit, glasses] = this.#audits()
    const all = await glasses.list()
    const given = rightsOf(who).isFree('search', 'AuditEvent') ? all : all.filter(({ subject }) => subject === who.subject)
    await audit.write(who, { do: 'search', query: 'break-glass', patients: [...new Set(given.map(({ patient }) => patient))] })
    return given
  }

  async endBreakGlass(who: Principal, id: string): Promise<void> {
    const [audit, glasses] = this.#audits()
    const one = await glasses.get(id)
    if (one === undefined || (who.subject !== one.subject && !rightsOf(who).mayAll('update'))) throw fail('break-glass.unknown', { id })
    await audit.write(who, {
      do: 'break-glass-end',
      what: [`Patient/${one.patient}`],
      patients: [one.patient],
      detail: `of ${one.subject}`
    })
    if (!(await glasses.end(one, who))) throw fail('break-glass.unknown', { id })
  }

  async alerts(who: Principal): Promise<readonly Alert[]> {
    this.#audits()
    const entry = { do: 'search', query: 'unusual-access' }
    this.checked(who, entry, () => allowAll(who, 'search', 'AuditEvent'))
    await this.auditLog?.write(who, entry)
    return this.#auditing!.state.listAlerts()
  }

  note(who: Principal, entry: Omit<AuditEntry, 'at' | 'who'>): void {
    this.auditLog?.done(who, entry)
  }

  async verifyAudit(who: Principal, progress?: (done: number) => void): Promise<AuditReport> {
    const [audit] = this.#audits()
    const entry = { do: 'verify' }
    this.checked(who, entry, () => allowAll(who, 'search', 'AuditEvent'))
    // The anchors first: the log may go on meanwhile. The entry last: it is no part of what is looked at.
    const anchors = await this.#auditing!.state.anchors()
    const report = await this.store.verifyAudit(anchors, progress)
    audit.done(who, entry)
    return report
  }

  /** Throws not-supported when nothing is audited. */
  #audits(): readonly [AuditLog, BreakGlasses] {
    if (this.auditLog === undefined || this.glasses === undefined) throw fail('not-supported', { what: 'This without an audit log' })
    return [this.auditLog, this.glasses]
  }

  override async close(): Promise<void> {
    this.#feed.close()
    await super.close()
  }
}
