/** What the conditions of a transaction find in the store. */
import { searchQuery } from '../fhir/bundle/answered.js'
import type { RequestBundle } from '../fhir/bundle/read.js'
import type { Expectation, StoredResource } from '../store/repository.js'
import { MOST_DELETED } from './conditional.js'
import { atEntry } from './transaction-errors.js'
import type { Step } from './transaction-steps.js'
import type { Seen } from './view.js'

export interface Found {
  /** At most so many that writes of this transaction can leave none or one of them. */
  readonly resources: readonly StoredResource[]
  /** Entries of the transaction whose resources answer as well, ascending; unknown: why that cannot be said. */
  readonly entries: readonly number[]
  readonly unknown: string | undefined
}

export interface Conditions {
  readonly bySearch: ReadonlyMap<string, Found>
  readonly expectations: readonly Expectation[]
}

/** Searches that run at the same time: the store has few threads, and other requests wait, too. */
const AT_ONCE = 8
const MOST = 1000

/** Throws conditional.criteria and what searches throw, naming the first entry with the search. */
export async function findConditions(store: Seen, steps: readonly Step[], { answers }: RequestBundle, base: string): Promise<Conditions> {
  const first = new Map<string, Step>()
  const writes = new Map<string, number>()
  const deletes = new Set(steps.flatMap(({ method, search }) => (method === 'DELETE' && search !== undefined ? [search] : [])))
  for (const step of steps) {
    writes.set(step.type, (writes.get(step.type) ?? 0) + 1)
    for (const { search } of step.searches) if (!first.has(search)) first.set(search, step)
  }
  const here = new Map(answers)
  const custom = store.searchParameters()
  const bySearch = new Map<string, Found>()
  const expectations: Expectation[] = []
  const left = first.entries()
  const work = async () => {
    for (const [search, { entry, type }] of left) {
      try {
        const query = searchQuery(search, base, custom)
        const target = query.types[0]!
        const written = writes.get(target) ?? 0
        const count = deletes.has(search) ? MOST_DELETED + 1 : Math.min(MOST, 2 + written)
        const { resources } = await store.search({ ...query, count })
        const found = resources.map(({ type, id }) => `${type}/${id}`)
        expectations.push({ query: { ...query, count }, found })
        // What can be said of other entries only does not matter where there are none: a condition is not asked of its own entry.
        const others = written > (type === target ? 1 : 0)
        const unknown = others ? here.get(search)?.unknown : undefined
        bySearch.set(search, { resources, entries: here.get(search)?.entries ?? [], unknown })
      } catch (error) {
        throw atEntry(error, entry)
      }
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return { bySearch, expectations }
}
