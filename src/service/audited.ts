/** A view of the store whose every use is put into the audit log, also what is not theirs and what fails. */
import { fail } from '../errors.js'
import { patientsIn } from '../fhir/audit-event.js'
import { formatParameters } from '../fhir/parameters.js'
import type { SearchQuery } from '../fhir/search-query.js'
import type {
  Expectation,
  HistoryPage,
  HistoryQuery,
  ReadResource,
  Repository,
  SearchPage,
  StoredChange,
  StoredResource,
  Write,
  WriteResult
} from '../store/repository.js'
import { type AuditLog, codeOf, placeOf } from './audit.js'
import type { Principal } from './contract.js'
import type { Seen, View } from './view.js'

export class Audited implements Seen {
  readonly #view: View
  readonly #raw: Repository
  readonly #who: Principal
  readonly #audit: AuditLog

  constructor(view: View, raw: Repository, who: Principal, audit: AuditLog) {
    this.#view = view
    this.#raw = raw
    this.#who = who
    this.#audit = audit
  }

  get store(): object {
    return this.#view.store
  }

  async read(type: string, id: string): Promise<ReadResource | undefined> {
    const wait = this.#audit.ready()
    if (wait !== undefined) await wait
    try {
      const stored = await this.#view.read(type, id)
      return this.#gave('read', type, id, stored) ? stored : await this.#missed('read', type, id, stored)
    } catch (error) {
      throw this.#refused('read', type, id, error)
    }
  }

  async vread(type: string, id: string, versionId: string): Promise<ReadResource | undefined> {
    const wait = this.#audit.ready()
    if (wait !== undefined) await wait
    try {
      const stored = await this.#view.vread(type, id, versionId)
      return this.#gave('vread', type, id, stored) ? stored : await this.#missed('vread', type, id, stored)
    } catch (error) {
      throw this.#refused('vread', type, id, error)
    }
  }

  async search(query: SearchQuery): Promise<SearchPage> {
    const asked = { do: 'search', query: describe(query) }
    const page = await this.#tried(asked, () => this.#view.search(query))
    this.#audit.done(this.#who, { ...asked, ...contents([...page.resources, ...page.included]) })
    return page
  }

  async history(query: HistoryQuery): Promise<HistoryPage | undefined> {
    const { type, id } = query
    const asked = { do: 'history', query: [type, id, '_history'].filter((part) => part !== undefined).join('/') }
    const page = await this.#tried(asked, () => this.#view.history(query))
    if (page !== undefined) this.#audit.done(this.#who, { ...asked, ...contents(page.versions) })
    else
      this.#audit.failed(this.#who, { ...asked, ...(await this.#hidden(type!, id!)) }, fail('resource.not-found', { type: type!, id: id! }))
    return page
  }

  async commit(writes: readonly Write[], expectations?: readonly Expectation[]): Promise<WriteResult[]> {
    const wait = this.#audit.ready()
    if (wait !== undefined) await wait
    this.#audit.hurry()
    try {
      return await this.#view.commit(writes, expectations, this.#audit.agent(this.#who))
    } catch (error) {
      // What was raced is tried again.
      if (codeOf(error) !== 'resource.raced')
        for (const write of writes) {
          const { method, type, id } = write
          const verb = write.method === 'put' ? write.verb : undefined
          const text = (await this.#raw.read(type, id))?.body ?? ''
          const entry = {
            do: method === 'delete' ? 'delete' : verb === 'PATCH' ? 'patch' : verb === 'POST' ? 'create' : 'update',
            what: [placeOf(type, id)],
            patients: patientsIn(text, type, id)
          }
          this.#audit.failed(this.#who, entry, error)
        }
      throw error
    }
  }

  /** What a feed shows is read. */
  async sees(change: StoredChange): Promise<'seen' | 'gone' | undefined> {
    const wait = this.#audit.ready()
    if (wait !== undefined) await wait
    const shown = await this.#view.sees(change)
    if (shown === 'seen') this.#audit.gave(this.#who, 'read', change.type, change.id, change.versionId, change.body.toString())
    return shown
  }

  capabilities(): ReturnType<Seen['capabilities']> {
    return this.#view.capabilities()
  }

  searchParameters(): ReturnType<Seen['searchParameters']> {
    return this.#view.searchParameters()
  }

  labels(types: readonly string[]): ReturnType<Seen['labels']> {
    return this.#view.labels(types)
  }

  #gave(action: 'read' | 'vread', type: string, id: string, stored: ReadResource | undefined): boolean {
    if (stored === undefined || stored.deleted) return false
    this.#audit.gave(this.#who, action, type, id, stored.versionId, stored.body)
    return true
  }

  /** Notes that nothing was given. Gives what was there to give: nothing, or the mark of a deletion. */
  async #missed(action: string, type: string, id: string, stored: ReadResource | undefined): Promise<ReadResource | undefined> {
    const code = stored === undefined ? 'resource.not-found' : 'resource.deleted'
    this.#audit.missed(this.#who, { do: action, what: [placeOf(type, id)], ...(await this.#hidden(type, id)) }, code)
    return stored
  }

  #refused(action: string, type: string, id: string, error: unknown): unknown {
    this.#audit.failed(this.#who, { do: action, what: [placeOf(type, id)] }, error)
    return error
  }

  async #tried<T>(entry: { readonly do: string; readonly query: string }, work: () => Promise<T>): Promise<T> {
    const wait = this.#audit.ready()
    if (wait !== undefined) await wait
    try {
      return await work()
    } catch (error) {
      this.#audit.failed(this.#who, entry, error)
      throw error
    }
  }

  /** Whom a resource is about that they asked for and were not given; the log tells, the answer does not. */
  async #hidden(type: string, id: string): Promise<{ readonly patients: readonly string[]; readonly detail?: string }> {
    const stored = await this.#raw.read(type, id)
    if (stored === undefined) return { patients: [] }
    const patients = patientsIn(stored.body, type, id)
    return stored.deleted ? { patients } : { patients, detail: 'not theirs' }
  }
}

/** Which resources and which patients something is about. */
function contents(resources: readonly StoredResource[]): { readonly what: readonly string[]; readonly patients: readonly string[] } {
  const patients = new Set<string>()
  for (const { type, id, body } of resources) for (const one of patientsIn(body.toString('latin1'), type, id)) patients.add(one)
  return { what: resources.map(({ type, id, versionId }) => `${type}/${id}/_history/${versionId}`), patients: [...patients] }
}

/** A search as it stands in an address. Where all types are searched, none is named. */
function describe({ type, types, compartment, applied }: SearchQuery): string {
  const place = compartment === undefined ? '' : `${compartment.type}/${compartment.id}/`
  const target = type ?? (types.length === 1 ? types[0]! : '')
  return `${place}${target}${applied.length === 0 ? '' : `?${formatParameters(applied)}`}`
}
