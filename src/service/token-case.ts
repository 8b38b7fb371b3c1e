/** Which code systems a search has to take by the letter: UCUM, and those whose CodeSystem, stored or built in, says caseSensitive. */
import type { SearchQuery } from '../fhir/search-query.js'
import { inAnyCase, systemsNamed } from '../fhir/token-case.js'
import { UCUM } from '../fhir/units.js'
import type { Definitions } from './definitions.js'

const MOST_KEPT = 2000

export class TokenCase {
  readonly #definitions: Definitions
  /** By the key of the definition. */
  readonly #known = new Map<string, boolean>()

  constructor(definitions: Definitions) {
    this.#definitions = definitions
  }

  /** The search, whose tokens match in any case where the code system does not forbid it (fhir/token-case.ts). */
  async apply(query: SearchQuery): Promise<SearchQuery> {
    const exact = new Set([UCUM])
    for (const system of systemsNamed(query)) if (await this.#counts(system)) exact.add(system)
    return inAnyCase(query, exact)
  }

  async #counts(system: string): Promise<boolean> {
    const found = await this.#definitions.find('CodeSystem', system)
    if (found === undefined) return false
    const known = this.#known.get(found.key)
    if (known !== undefined) return known
    // Not parsed: a code system may have hundreds of thousands of concepts, and no other element has this name.
    const counts = /"caseSensitive"\s*:\s*true/.test(found.body.toString('latin1'))
    if (this.#known.size >= MOST_KEPT) this.#known.clear()
    this.#known.set(found.key, counts)
    return counts
  }
}
