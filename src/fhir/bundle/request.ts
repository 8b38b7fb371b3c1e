/** What an entry asks for (Bundle.entry.request.url), and the searches that stand in for an id. */
import { isResourceType } from '../definitions.js'

/** The resource or resources that a write is for. */
export interface Target {
  readonly type: string
  /** Of `Type/id`. */
  readonly id: string | undefined
  /** Of `Type?query`, without the question mark. */
  readonly query: string | undefined
}

/** True for requests that change something by an interaction: others read, or call an operation. url: relative to the base. */
export function isWrite({ method, url }: { readonly method: string; readonly url: string }): boolean {
  return method !== 'GET' && method !== 'HEAD' && !isCall(url)
}

/** An operation, or a search by POST: these can do without a body. */
export function isCall(url: string): boolean {
  return /(?:^|\/)(?:\$|_search(?:[/?]|$))/.test(url.split('?', 1)[0]!)
}

const ABSOLUTE = /^https?:\/\//i
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
