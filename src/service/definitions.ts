/**
 * What a canonical URL stands for (R4 references.html#canonical): a resource of the store first, else a definition that comes with the program.
 *
 * A search of the store costs a round trip to a reader thread, so answers are kept: until this process writes a resource of such a type, and for no
 * longer than a second, as other processes write to the same store.
 */
import { parseSearch } from '../fhir/search-query.js'
import type { ReadResource, Repository, StoredResource } from '../store/repository.js'
import { type BuiltIn, builtIn, builtInMaps } from './built-in.js'

export type DefinitionType = 'StructureDefinition' | 'ValueSet' | 'CodeSystem' | 'ConceptMap' | 'SearchParameter'

export interface Definition {
  readonly type: DefinitionType
  /** Equal keys stand for equal content: `ValueSet/1/_history/3`, or type and URL of a built-in definition. */
  readonly key: string
  /** JSON text. */
  readonly body: Buffer | string
  /** The body, parsed at the first call; not to be changed. What is made of it is best kept by `key`. */
  resource<T>(): T
}

interface Versioned {
  readonly url?: string
  readonly version?: string
  readonly status?: string
}

const TYPES: readonly string[] = [
  'StructureDefinition',
  'ValueSet',
  'CodeSystem',
  'ConceptMap',
  'SearchParameter'
] satisfies DefinitionType[]
const KEPT_MILLISECONDS = 1000
const MOST_KEPT = 2000

export class Definitions {
  readonly #store: Repository
  readonly #kept = new Map<string, { readonly answer: Promise<Definition | undefined>; readonly until: number }>()

  constructor(store: Repository) {
    this.#store = store
    store.watch((types) => {
      if (TYPES.some((type) => types.has(type))) this.#kept.clear()
    })
  }

  /**
   * The definition a canonical stands for: `url`, `url|version`, or a reference to a resource of the store (`ValueSet/1`). With a version exactly that
   * one; without, the newest of the store, and the built-in one when the store has none. Newest: retired ones last, then the highest version, then the
   * last one written. Undefined when there is none.
   */
  find(type: DefinitionType, canonical: string): Promise<Definition | undefined> {
    const key = `${type} ${canonical}`
    const now = performance.now()
    const kept = this.#kept.get(key)
    if (kept !== undefined && kept.until > now) return kept.answer
    if (this.#kept.size >= MOST_KEPT) this.#kept.clear()
    const answer = this.#look(type, canonical)
    const entry = { answer, until: now + KEPT_MILLISECONDS }
    this.#kept.set(key, entry)
    answer.catch(() => {
      if (this.#kept.get(key) === entry) this.#kept.delete(key)
    })
    return answer
  }

  /** Nothing that was looked up before counts any more. */
  forget(): void {
    this.#kept.clear()
  }

  /** The concept maps that translate from a code system (or to it): the newest of each URL in the store, then the built-in ones. */
  async mapsOf(system: string, direction: 'source' | 'target'): Promise<Definition[]> {
    const byUrl = new Map<string, StoredDefinition[]>()
    for (const one of await this.#search('ConceptMap', [[`${direction}-system`, escaped(system)]])) {
      const { url = one.key } = one.resource<Versioned>()
      byUrl.set(url, [...(byUrl.get(url) ?? []), one])
    }
    const own = (await builtInMaps()).filter(({ url, systems }) => systems?.[`${direction}s`].includes(system) && !byUrl.has(url))
    return [...[...byUrl.values()].map(newest), ...own.map((found) => new BuiltInDefinition('ConceptMap', found))]
  }

  async #look(type: DefinitionType, canonical: string): Promise<Definition | undefined> {
    const local = /^([A-Za-z]+)\/([A-Za-z0-9\-.]{1,64})$/.exec(canonical)
    if (local !== null) {
      const stored = local[1] === type ? await this.#store.read(type, local[2]!) : undefined
      return stored === undefined || stored.deleted ? undefined : new StoredDefinition(type, stored)
    }
    const bar = canonical.indexOf('|')
    const url = bar < 0 ? canonical : canonical.slice(0, bar)
    const version = bar < 0 ? undefined : canonical.slice(bar + 1)
    if (url === '') return undefined
    const stored = await this.#search(type, [
      ['url', escaped(url)],
      ...(version === undefined ? [] : [['version', `${escaped(version)}`] as const])
    ])
    if (stored.length > 0) return newest(stored)
    // Some code systems of R4 have the version in their URL, with the bar.
    const whole = bar < 0 ? undefined : await builtIn(type, canonical)
    if (whole !== undefined) return new BuiltInDefinition(type, whole)
    const own = await builtIn(type, url)
    if (own === undefined || (version !== undefined && version !== own.version)) return undefined
    return new BuiltInDefinition(type, own)
  }

  async #search(type: DefinitionType, parameters: ReadonlyArray<readonly [string, string]>): Promise<StoredDefinition[]> {
    const { resources } = await this.#store.search(parseSearch(type, [...parameters, ['_count', '1000']], { handling: 'strict' }))
    return resources.map((one) => new StoredDefinition(type, one))
  }
}

abstract class Parsed implements Definition {
  readonly type: DefinitionType
  readonly key: string
  readonly body: Buffer | string
  #resource: unknown

  constructor(type: DefinitionType, key: string, body: Buffer | string) {
    this.type = type
    this.key = key
    this.body = body
  }

  resource<T>(): T {
    this.#resource ??= JSON.parse(this.body.toString())
    return this.#resource as T
  }
}

class StoredDefinition extends Parsed {
  readonly lastUpdated: number

  constructor(type: DefinitionType, { id, versionId, lastUpdated, body }: StoredResource | ReadResource) {
    super(type, `${type}/${id}/_history/${versionId}`, body)
    this.lastUpdated = lastUpdated
  }
}

class BuiltInDefinition extends Parsed {
  constructor(type: DefinitionType, { url, body }: BuiltIn) {
    super(type, `${type} ${url}`, body)
  }
}

/** Of one only, the content is not looked at. */
function newest(found: readonly StoredDefinition[]): StoredDefinition {
  return found.reduce((best, one) => (isNewer(one, best) ? one : best))
}

const numeric = new Intl.Collator('en', { numeric: true })

function isNewer(a: StoredDefinition, b: StoredDefinition): boolean {
  const [one, other] = [a.resource<Versioned>(), b.resource<Versioned>()]
  const retired = Number(other.status === 'retired') - Number(one.status === 'retired')
  return (
    (retired || numeric.compare(one.version ?? '', other.version ?? '') || a.lastUpdated - b.lastUpdated || (a.key > b.key ? 1 : -1)) > 0
  )
}

/** As the value of a search parameter. */
function escaped(text: string): string {
  return text.replace(/[\\,|$]/g, '\\$&')
}
