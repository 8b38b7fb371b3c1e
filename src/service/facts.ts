/**
 * What the rules look at: resources as they will be after a commit. What is read beside what is written is made a condition of the commit, so that nobody
 * can change it meanwhile.
 */
import { parseSearch } from '../fhir/search-query.js'
import type { Expectation, ReadResource, Repository, StoredResource, Write } from '../store/repository.js'
import { idOf, type Resource } from '../threads/model.js'

/** Most that one search of the rules finds. */
const MOST = 1000

export type Searched = Pick<Repository, 'read' | 'search'>

/** A write of the commit as the rules see it; they may change its text. */
export interface Draft {
  write: Write
  /** `Type/id` */
  readonly name: string
  readonly before: ReadResource | undefined
  /** undefined: it was not there. */
  readonly was: Resource | undefined
  /** undefined: it is deleted. */
  after: Resource | undefined
  /** The rules' own: the client did not send it. */
  readonly added: boolean
}

export class Facts {
  /** `Type/id` of what the commit depends on: when one of these was changed meanwhile, the rules are asked anew. */
  readonly watched = new Set<string>()
  readonly #store: Searched
  readonly #drafts: ReadonlyMap<string, Draft>
  readonly #reads = new Map<string, Promise<ReadResource | undefined>>()
  readonly #searches = new Map<string, Promise<readonly StoredResource[]>>()
  readonly #expectations = new Map<string, Expectation>()

  constructor(store: Searched, drafts: ReadonlyMap<string, Draft>) {
    this.#store = store
    this.#drafts = drafts
  }

  get expectations(): Expectation[] {
    return [...this.#expectations.values()]
  }

  /** The resource as it will be. name: `Type/id`; undefined: it will not be there. */
  async read(name: string | undefined): Promise<Resource | undefined> {
    if (name === undefined) return undefined
    const draft = this.#drafts.get(name)
    if (draft !== undefined) return draft.after
    const stored = await this.stored(name)
    const versionId = stored?.versionId
    this.#expectations.set(name, { type: typeOf(name), id: idOf(name), versionId })
    this.watched.add(name)
    return stored && parse(stored.body)
  }

  /** The resource as it is stored, unless it was deleted. */
  async stored(name: string): Promise<ReadResource | undefined> {
    let read = this.#reads.get(name)
    if (read === undefined) this.#reads.set(name, (read = this.#store.read(typeOf(name), idOf(name))))
    const stored = await read
    return stored?.deleted === false ? stored : undefined
  }

  /** What a search of one type finds in the store, at most MOST, and must still find in the commit. */
  async find(type: string, parameters: ReadonlyArray<readonly [string, string]>): Promise<readonly StoredResource[]> {
    const key = JSON.stringify([type, parameters])
    let search = this.#searches.get(key)
    if (search === undefined) this.#searches.set(key, (search = this.#search(key, type, parameters)))
    return search
  }

  async #search(key: string, type: string, parameters: ReadonlyArray<readonly [string, string]>): Promise<readonly StoredResource[]> {
    const query = parseSearch(type, [...parameters, ['_count', String(MOST)], ['_total', 'none']], { handling: 'strict' })
    const { resources } = await this.#store.search(query)
    // Of more than that, the rest is left to settleAll.
    if (resources.length < MOST) this.#expectations.set(key, { query, found: resources.map(({ id }) => `${type}/${id}`) })
    this.watched.add(type)
    return resources
  }
}

export function parse(text: string): Resource {
  return JSON.parse(text) as Resource
}

function typeOf(name: string): string {
  return name.slice(0, name.indexOf('/'))
}
