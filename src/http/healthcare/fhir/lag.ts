/**
 * The asynchronous index of the API, imitated (`--twin-lag`): a search shows what was written up to an instant some time ago. What is new is not found yet; what was
 * changed is found by what it said before, and given as it is now.
 */
import { answers, indexed, unanswerable } from '../../../fhir/search-match.js'
import { parseSearch, type SearchQuery } from '../../../fhir/search-query.js'
import type { Principal, Service } from '../../../service/contract.js'
import type { SearchPage, StoredResource } from '../../../store/repository.js'

/** Most resources that are looked at. */
const MOST = '1000'
const SHAPES: readonly string[] = ['_elements', '_summary']

/** A search that shows what was written up to `until`, an instant with milliseconds. */
export async function lateSearch(service: Service, who: Principal, query: SearchQuery, until: string): Promise<SearchPage> {
  const { criteria } = parseSearch(query.type, [...typesOf(query), ['_lastUpdated', `le${until}`]], { handling: 'strict' })
  const page = await service.search(who, { ...query, criteria: [...query.criteria, ...criteria] })
  const changed = query.cursor === undefined ? await changedSince(service, who, query, until) : []
  // In the order of the last change, which is the default, they come first.
  return { ...page, resources: [...changed, ...page.resources], total: page.total === undefined ? undefined : page.total + changed.length }
}

function typesOf({ type, types }: SearchQuery): ReadonlyArray<readonly [string, string]> {
  return type === undefined ? [['_type', types.join()]] : []
}

/** What was changed after `until` and answered the search then; none for searches that take an index to answer (chains, numbers, quantities). */
async function changedSince(service: Service, who: Principal, query: SearchQuery, until: string): Promise<StoredResource[]> {
  if (unanswerable(query) !== undefined) return []
  const shape = query.applied.filter(([name]) => SHAPES.includes(name))
  const recent = parseSearch(query.type, [...typesOf(query), ...shape, ['_lastUpdated', `gt${until}`], ['_count', MOST]], {
    handling: 'strict'
  })
  const { resources } = await service.search(who, recent)
  const at = Date.parse(until)
  const matches: StoredResource[] = []
  for (const one of resources) {
    const { type, id } = one
    const { versions } = await service.history(who, { type, id, at: { from: at, to: at + 1 }, count: 1 })
    const [before] = versions
    if (before === undefined || before.deleted) continue
    if (answers(query, indexed(JSON.parse(before.body.toString()) as { readonly resourceType: string }, id))) matches.push(one)
  }
  return matches
}
