/**
 * The audit log as AuditEvents: entries of the log are read and searched like resources, beside the AuditEvents that other systems have sent. Nobody writes
 * them.
 */
import { fail } from '../errors.js'
import { auditEventId, auditPlace } from '../fhir/audit-event.js'
import { parseSearch, type SearchQuery } from '../fhir/search-query.js'
import { cutResource } from '../fhir/subset.js'
import type { AuditPage, FoundEvent } from '../store/audit.js'
import type { ReadResource, Repository, SearchPage, StoredResource, StoredVersion } from '../store/repository.js'
import { over } from './over.js'

const TYPE = 'AuditEvent'

/** The store with its log. */
export function withAuditEvents(store: Repository): Repository {
  const event = async (id: string): Promise<FoundEvent | undefined> => {
    const place = auditPlace(id)
    return place && store.readAudit(place)
  }
  const entry = async (id: string): Promise<ReadResource | undefined> => {
    const found = await event(id)
    return found && asRead(found)
  }
  return over(store, {
    read: (type, id) => (type !== TYPE || auditPlace(id) === undefined ? store.read(type, id) : entry(id)),
    vread(type, id, versionId) {
      if (type !== TYPE || auditPlace(id) === undefined) return store.vread(type, id, versionId)
      return versionId === '1' ? entry(id) : Promise.resolve(undefined)
    },
    async history(query) {
      const { type, id = '', since = 0, at, count, cursor } = query
      if (type !== TYPE || auditPlace(id) === undefined) return store.history(query)
      const found = await event(id)
      if (found === undefined) return undefined
      const isThere = found.at >= since && (at === undefined || found.at < at.to) && cursor === undefined
      const version: StoredVersion = { ...asStored(found), method: 'POST' }
      return { versions: isThere && count > 0 ? [version] : [], next: undefined, total: isThere ? 1 : 0 }
    },
    async search(query) {
      // A search over several types shows what is stored.
      if (query.types.length !== 1 || query.types[0] !== TYPE || query.contained !== undefined) return store.search(query)
      return searchBoth(store, query)
    },
    async commit(writes, expectations, by) {
      const own = writes.find(({ type, id }) => type === TYPE && auditPlace(id) !== undefined)
      if (own !== undefined) throw fail('audit.read-only', { id: own.id })
      return store.commit(writes, expectations, by)
    }
  })
}

/** Where a page ended: in the log, and how much of which page of the store was given. */
interface Position {
  readonly log?: { readonly seq: number; readonly n: number }
  readonly page?: string
  readonly taken: number
  /** Of all pages, where the first one told. */
  readonly total?: number
}

/** Both in the order of the time at which they were recorded, the newest first unless told. Throws not-supported for another order, search.page. */
async function searchBoth(store: Repository, query: SearchQuery): Promise<SearchPage> {
  const descending = orderOf(query)
  const position: Position = query.cursor === undefined ? { taken: 0 } : readPosition(query.cursor)
  const { count } = query
  const [log, stored] = await Promise.all([
    store.findAudit({ query, descending, after: position.log }),
    // The size of the page stays the same, as a page that was given in part is read again.
    store.search({ ...query, ...sorted(query, descending), subset: undefined, cursor: position.page })
  ])
  const waiting = stored.resources.slice(position.taken).map((resource) => ({ resource, at: timeOf(resource, query) }))
  const resources: StoredResource[] = []
  let [fromLog, fromStore] = [0, 0]
  while (resources.length < count) {
    const [event, other] = [log.events[fromLog], waiting[fromStore]]
    if (event === undefined && other === undefined) break
    const logFirst = other === undefined || (event !== undefined && (descending ? event.at >= other.at : event.at <= other.at))
    if (logFirst && event !== undefined) {
      resources.push(asStored(event))
      fromLog++
    } else if (other !== undefined) {
      resources.push(other.resource)
      fromStore++
    }
  }
  const total = position.total ?? (log.total === undefined || stored.total === undefined ? undefined : log.total + stored.total)
  const more = log.more || stored.next !== undefined || fromLog < log.events.length || fromStore < waiting.length
  const next =
    more && count > 0
      ? { ...nextPosition(position, log, fromLog, stored, fromStore, waiting.length), ...(total === undefined ? {} : { total }) }
      : undefined
  const { subset } = query
  const cut = ({ body, ...rest }: StoredResource) => ({
    ...rest,
    body: subset === undefined ? body : Buffer.from(cutResource(body.toString(), subset))
  })
  return {
    resources: resources.map(cut),
    included: stored.included,
    cut: stored.cut,
    next: next === undefined ? undefined : JSON.stringify(next),
    total: query.total === 'none' ? undefined : total
  }
}

function nextPosition(before: Position, log: AuditPage, fromLog: number, stored: SearchPage, fromStore: number, waiting: number): Position {
  const last = fromLog === 0 ? before.log : log.events[fromLog - 1]!.place
  const place = last === undefined ? {} : { log: last }
  if (fromStore === waiting && stored.next !== undefined) return { ...place, page: stored.next, taken: 0 }
  return { ...place, ...(before.page === undefined ? {} : { page: before.page }), taken: before.taken + fromStore }
}

function readPosition(cursor: string): Position {
  try {
    return JSON.parse(cursor) as Position
  } catch (error) {
    throw fail('search.page', {}, { cause: error })
  }
}

/** True: the newest first. */
function orderOf({ sort, applied }: SearchQuery): boolean {
  const [key, ...more] = sort
  if (key === undefined) return true
  const named = applied.filter(([name]) => name === '_sort').map(([, value]) => value)
  if (more.length > 0 || !/^-?(date|_lastUpdated)$/.test(named.join()))
    throw fail('not-supported', { what: `AuditEvent?_sort=${named.join()}` })
  return key.descending
}

/** The same order for what is stored. */
function sorted({ sort }: SearchQuery, descending: boolean): Pick<SearchQuery, 'sort'> {
  return { sort: sort.length > 0 ? sort : parseSearch(TYPE, [['_sort', descending ? '-date' : 'date']], { handling: 'strict' }).sort }
}

/** What a stored AuditEvent is put in order by. */
function timeOf({ body, lastUpdated }: StoredResource, { sort }: SearchQuery): number {
  if (sort[0]?.kind === 'lastUpdated') return lastUpdated
  return Date.parse((JSON.parse(body.toString()) as { recorded?: string }).recorded ?? '') || 0
}

function asRead({ place, at, text }: FoundEvent): ReadResource {
  return { type: TYPE, id: auditEventId(place), versionId: '1', lastUpdated: at, deleted: false, body: text }
}

function asStored(event: FoundEvent): StoredResource {
  return { ...asRead(event), body: Buffer.from(event.text) }
}
