/**
 * The store as one principal sees it. What is not theirs is not there: reads give nothing, searches find nothing of it at any level, writes are refused.
 * Whatever the service does for somebody goes through their view, so that transactions, conditions and operations keep the rules without knowing them.
 */
import { fail } from '../errors.js'
import type { AuditAgent } from '../fhir/audit-event.js'
import { resourceTypes } from '../fhir/definitions.js'
import type { CustomParameters } from '../fhir/search-custom.js'
import { type Limits, seenUnder, typesWithin } from '../fhir/search-limits.js'
import type { SearchQuery } from '../fhir/search-query.js'
import type {
  Capabilities,
  Expectation,
  HistoryPage,
  HistoryQuery,
  ReadResource,
  Repository,
  SearchPage,
  StoredChange,
  StoredResource,
  StoredVersion,
  Write,
  WriteResult
} from '../store/repository.js'
import { type Interaction, SEE } from './access.js'
import type { Care } from './care.js'
import type { Principal } from './contract.js'
import type { Cursors } from './cursors.js'
import { versionBefore } from './earlier.js'
import { onlyIf } from './preconditions.js'
import { type Rights, rightsOf } from './rights.js'
import { commitRuled } from './ruled-commit.js'
import { withSubjects } from './rules.js'

/** What a service asks of its store on behalf of somebody. */
export interface Seen extends Pick<Repository, 'capabilities' | 'read' | 'vread' | 'search' | 'history' | 'searchParameters' | 'labels'> {
  commit(writes: readonly Write[], expectations?: readonly Expectation[]): Promise<WriteResult[]>
  /** What a change is to them: `seen`; `gone`: a Task that was theirs before it; undefined: nothing. */
  sees(change: StoredChange): Promise<'seen' | 'gone' | undefined>
  /** The store itself, as an identity: who has to wait for others waits for those of the same store. */
  readonly store: object
}

const NOBODY: readonly string[] = []

export class View implements Seen {
  readonly #store: Repository
  readonly #rights: Rights
  readonly #care: Care
  readonly #cursors: Cursors

  constructor(store: Repository, who: Principal, care: Care, cursors: Cursors) {
    this.#store = store
    this.#rights = rightsOf(who)
    this.#care = care
    this.#cursors = cursors
  }

  get store(): object {
    return this.#store
  }

  capabilities(): Capabilities {
    return this.#store.capabilities()
  }

  async read(type: string, id: string): Promise<ReadResource | undefined> {
    const stored = await this.#store.read(type, id)
    return stored === undefined || this.#rights.isFree('read', type) || (await this.#isSeen(stored)) ? stored : undefined
  }

  /** A version counts as theirs when both it and what the resource is now are. */
  async vread(type: string, id: string, versionId: string): Promise<ReadResource | undefined> {
    const stored = await this.#store.vread(type, id, versionId)
    if (stored === undefined || this.#rights.isFree('vread', type)) return stored
    const now = await this.#store.read(type, id)
    return now !== undefined && (await this.#isSeen(now)) && (await this.#isSeen(stored)) ? stored : undefined
  }

  async search(query: SearchQuery): Promise<SearchPage> {
    const { who } = this.#rights
    const limits = await this.#limits('search', typesWithin(query))
    if (limits !== undefined && query.contained !== undefined && !this.#rights.isFree('search', query.types[0]!))
      throw fail('auth.forbidden', { role: who.role, interaction: 'search contained', type: query.types.join() })
    const cursor = query.cursor === undefined ? undefined : this.#cursors.open(who, query.cursor)
    const page = await this.#store.search({ ...limit(query, limits), cursor })
    return page.next === undefined ? page : { ...page, next: this.#cursors.seal(who, page.next) }
  }

  async history(query: HistoryQuery): Promise<HistoryPage | undefined> {
    const { who } = this.#rights
    const { type, id, cursor } = query
    if (type !== undefined && id !== undefined && (await this.read(type, id)) === undefined) return undefined
    const page = await this.#store.history({ ...query, ...(cursor === undefined ? {} : { cursor: this.#cursors.open(who, cursor) }) })
    if (page === undefined) return undefined
    const next = page.next === undefined ? undefined : this.#cursors.seal(who, page.next)
    const limits = await this.#limits('history', type === undefined ? resourceTypes() : [type])
    if (limits === undefined || (type !== undefined && limits[type] === true)) return { ...page, next }
    const isSeen = seen(limits, this.#store.searchParameters())
    // Of a resource that is theirs, the mark of a deletion holds nothing that is not; of others there is none here (rights.ts).
    const versions = page.versions.filter((version: StoredVersion) =>
      version.deleted ? limits[version.type] !== undefined : isSeen(version)
    )
    return { versions, next, total: versions.length === page.versions.length ? page.total : undefined }
  }

  /** by: whom the audit log names. */
  async commit(writes: readonly Write[], expectations: readonly Expectation[] = [], by?: AuditAgent): Promise<WriteResult[]> {
    const complete = await withSubjects(this.#store, this.#rights.who, writes)
    const guarded = await Promise.all(complete.map((write) => this.#guard(write, complete)))
    const expected = expectations.length === 0 ? expectations : await Promise.all(expectations.map((one) => this.#expected(one)))
    return commitRuled(this.#store, this.#rights.who, guarded, expected, by)
  }

  /** What they expect a search to find, they expect of what they see. */
  async #expected(one: Expectation): Promise<Expectation> {
    return 'query' in one ? { ...one, query: limit(one.query, await this.#limits('search', typesWithin(one.query))) } : one
  }

  searchParameters(): CustomParameters {
    return this.#store.searchParameters()
  }

  labels(types: readonly string[]) {
    return this.#store.labels(types.filter((type) => this.#rights.isFree('search', type)))
  }

  /** What a change is to them: `seen`; `gone`: a Task that was theirs before it; undefined: nothing. */
  async sees(change: StoredChange): Promise<'seen' | 'gone' | undefined> {
    const { type, id, deleted } = change
    if (!this.#rights.may('read', type) || deleted) return undefined
    if (this.#rights.isFree('read', type)) return 'seen'
    const limits = await this.#limits('read', [type])
    if (limits === undefined) return 'seen'
    const isSeen = seen(limits, this.#store.searchParameters())
    const now = await this.#store.read(type, id)
    if (isSeen(change)) return now !== undefined && !now.deleted && isSeen(now) ? 'seen' : undefined
    if (type !== 'Task') return undefined
    const before = await versionBefore(this.#store, change)
    return before !== undefined && !before.deleted && isSeen(before) ? 'gone' : undefined
  }

  /**
   * What is there before and what will be must be theirs to write. The version that was looked at is made a condition of the write. Throws auth.forbidden,
   * resource.raced.
   */
  async #guard(write: Write, all: readonly Write[]): Promise<Write> {
    const { who } = this.#rights
    const { type, id, method } = write
    const change: Interaction = method === 'delete' ? 'delete' : write.verb === 'PATCH' ? 'patch' : 'update'
    if (this.#rights.isFree(change, type) && this.#rights.isFree('create', type)) return write
    const refuse = (interaction: Interaction) => fail('auth.forbidden', { role: who.role, interaction, type })
    const before = await this.#store.read(type, id)
    const interaction = before === undefined || before.deleted ? 'create' : change
    const limits = await this.#limits(interaction, [type])
    if (limits === undefined) return write
    const isSeen = seenUnder(limits, Date.now(), this.#store.searchParameters())
    if (interaction !== 'create' && !isSeen(type, () => parse(before!.body))) throw refuse(interaction)
    const isTheirs = async (text: string) =>
      this.#rights.isByContext(interaction, type) ? this.#contextIsSeen(text, all) : isSeen(type, () => ({ ...parse(text), id }))
    if (method === 'put' && !(await isTheirs(write.text))) throw refuse(interaction)
    // The version that was looked at is what must be met.
    return onlyIf(write, before)
  }

  /** Of what was deleted: whether it was theirs. */
  async #isSeen(stored: ReadResource): Promise<boolean> {
    const { type, deleted } = stored
    const limits = await this.#limits('read', [type])
    if (limits === undefined) return true
    const version = deleted ? await versionBefore(this.#store, stored) : stored
    if (version === undefined || version.deleted) return false
    if (this.#rights.isByContext('read', type)) return this.#contextIsSeen(version.body)
    return seen(limits, this.#store.searchParameters())(version)
  }

  /** Whether what securityContext of a Binary names may be read, or is about to be: then its own write says whether it is theirs. */
  async #contextIsSeen(body: Buffer | string, writes: readonly Write[] = []): Promise<boolean> {
    const { securityContext } = parse(body) as { readonly securityContext?: { readonly reference?: unknown } }
    const [, type = '', id = ''] = /^([A-Z][A-Za-z]+)\/([A-Za-z0-9\-.]{1,64})$/.exec(String(securityContext?.reference)) ?? []
    if (type === 'Binary' || type === '') return false
    if (writes.some((write) => write.method === 'put' && write.type === type && write.id === id)) return true
    if (!this.#rights.may('read', type)) return false
    const context = await this.read(type, id)
    return context !== undefined && !context.deleted
  }

  async #limits(interaction: Interaction, types: readonly string[]): Promise<Limits | undefined> {
    if (this.#rights.mayAll(interaction)) return undefined
    return this.#rights.limits(interaction, this.#rights.needsCare ? await this.#patients(interaction) : NOBODY, types)
  }

  /** Breaking the glass lets somebody look, not write. */
  #patients(interaction: Interaction): Promise<readonly string[]> {
    const { who } = this.#rights
    return SEE.includes(interaction) ? this.#care.seenBy(who) : this.#care.patientsOf(who.fhirUser ?? '')
  }
}

function limit(query: SearchQuery, limits: Limits | undefined): SearchQuery {
  return limits === undefined ? query : { ...query, limits }
}

function seen(
  limits: Limits,
  custom: CustomParameters
): (stored: Pick<StoredResource, 'type'> & { readonly body: Buffer | string }) => boolean {
  const isSeen = seenUnder(limits, Date.now(), custom)
  return ({ type, body }) => isSeen(type, () => parse(body))
}

function parse(body: Buffer | string): { readonly resourceType: string } {
  return JSON.parse(body.toString()) as { resourceType: string }
}
