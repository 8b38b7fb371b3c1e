/** What an entry asks for (Bundle.entry.request.url), and the searches that stand in for an id. */
import { fail } from '../../errors.js'
import { isResourceType } from '../definitions.js'
import { parseSearch, type SearchQuery } from '../search-query.js'

/** The resource or resources that a write is for. */
export interface Target {
  readonly type: string
  /** Of `Type/id`. */
  readonly id: string | undefined
  /** Of `Type?query`, without the question mark. */
  readonly query: string | undefined
}

const ABSOLUTE = /^https?:\/\//i
/** Parameters that shape a result; a condition has none (R4 http.html#trules: only filtering parameters are allowed). */
const SHAPING = ['_sort', '_count', '_include', '_revinclude', '_summary', '_total', '_elements', '_contained', '_containedType', '_cursor']

/**
 * Bundle.entry.request.url relative to the base. R4 lets an update name another base, so that a Bundle can be sent to several servers unchanged: what comes
 * before the resource type is left out. Undefined for an address of another server.
 */
export function relativeUrl(url: string, method: string, base: string): string | undefined {
  if (!ABSOLUTE.test(url)) return url.replace(/^\//, '')
  if (url === base) return ''
  if (url.startsWith(`${base}/`) || url.startsWith(`${base}?`)) return url.slice(base.length).replace(/^\//, '')
  if (method !== 'PUT') return undefined
  const [path = '', query] = url.split('?', 2)
  const steps = path.split('/')
  const type = steps.findLastIndex(isResourceType)
  return type < 0 ? undefined : steps.slice(type).join('/') + (query === undefined ? '' : `?${query}`)
}

/** The target of a write, from a relative URL; undefined when it is neither `Type`, `Type/id` nor `Type?query`. */
export function parseTarget(url: string): Target | undefined {
  const [, type = '', id, query] = /^([A-Za-z]+)(?:\/([A-Za-z0-9\-.]{1,64}))?\/?(?:\?(.*))?$/.exec(url) ?? []
  return isResourceType(type) ? { type, id, query: query === '' ? undefined : query } : undefined
}

/** `name=value` pairs of a query string, decoded. */
export function queryPairs(query: string): Array<readonly [string, string]> {
  return [...new URLSearchParams(query)]
}

/**
 * The search that stands for a resource: of a conditional reference or interaction. Throws search.* as parseSearch does for parameters that are not known
 * (leaving one out would find too much), and bundle.invalid when nothing is left to search by.
 */
export function conditionQuery(type: string, query: string, base: string): SearchQuery {
  const pairs = queryPairs(query).filter(([name]) => name !== '_format' && name !== '_pretty')
  const shaping = pairs.find(([name]) => SHAPING.includes(name.split(':', 1)[0]!))
  if (shaping !== undefined) throw fail('bundle.invalid', { reason: `${shaping[0]} does not select resources: a condition cannot have it` })
  const search = parseSearch(type, pairs, { handling: 'strict', baseUrl: base })
  if (search.ignored.length > 0 || search.clauses.length === 0) {
    throw fail('bundle.invalid', { reason: `${type}?${query} has no condition, or one without a value` })
  }
  return search
}
