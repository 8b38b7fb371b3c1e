/** Tells when StructureDefinitions, ValueSets or CodeSystems of the store change: at once for this process, about a second later for others. */
import { parseSearch } from '../fhir/search-query.js'
import type { Repository, StoredResource } from '../store/repository.js'

const TYPES = ['StructureDefinition', 'ValueSet', 'CodeSystem'] as const
const LOOK_MILLISECONDS = 1000

export class DefinitionChanges {
  readonly #store: Repository
  readonly #onChange: () => void
  #looked = Number.NEGATIVE_INFINITY
  #newest: string | undefined
  #looking: Promise<void> = Promise.resolve()

  constructor(store: Repository, onChange: () => void) {
    this.#store = store
    this.#onChange = onChange
    store.watch((types) => {
      if (TYPES.some((type) => types.has(type))) onChange()
    })
  }

  /** To be called when definitions are used: looks now and then, in the background, whether another process wrote some. */
  look(): void {
    const now = performance.now()
    if (now - this.#looked < LOOK_MILLISECONDS) return
    this.#looked = now
    this.#looking = this.#stamp().then(
      (newest) => {
        if (this.#newest !== undefined && newest !== this.#newest) this.#onChange()
        this.#newest = newest
      },
      // A store that does not answer: the next use looks again.
      () => {}
    )
  }

  /** Waits until it looks at nothing. */
  async close(): Promise<void> {
    await this.#looking
  }

  /** Where the store has no history of a type, the resource that was written last: a deletion by another process shows when something else is written. */
  async #newestOf(type: string): Promise<readonly StoredResource[]> {
    if (this.#store.capabilities().interactions.includes('history-type'))
      return (await this.#store.history({ type, count: 1 }))?.versions ?? []
    const newest = [
      ['_sort', '-_lastUpdated'],
      ['_count', '1'],
      ['_total', 'none']
    ] as const
    return (await this.#store.search(parseSearch(type, newest, { handling: 'strict' }))).resources
  }

  /** The newest version of each type. */
  async #stamp(): Promise<string> {
    const pages = await Promise.all(TYPES.map((type) => this.#newestOf(type)))
    return pages.map((page) => page.map(({ type, id, versionId }) => `${type}/${id}/${versionId}`)).join(' ')
  }
}
