/** history (R4 http.html#history) of a resource, a type or the whole store. */
import { fail } from '../errors.js'
import type { HistoryPage, HistoryQuery } from '../store/repository.js'
import type { Seen } from './view.js'

/** Throws resource.not-found for a resource that never was; one that was deleted has a history. Throws search.page. */
export async function historyOf(store: Seen, query: HistoryQuery): Promise<HistoryPage> {
  const page = await store.history(query)
  if (page === undefined) throw fail('resource.not-found', { type: query.type ?? '', id: query.id ?? '' })
  return page
}
