/** Which resources that a transaction brings answer the searches in it: ifNoneExist, conditional updates and patches, conditional references. */
import type { WardbridgeError } from '../../errors.js'
import { criteriaQuery, parseCriteria } from '../search-condition.js'
import type { CustomParameters } from '../search-custom.js'
import { answers, codesWanted, type Indexed, indexed, unanswerable } from '../search-match.js'
import type { SearchQuery } from '../search-query.js'
import type { RequestEntry } from './read.js'
import { parseTarget } from './request.js'

/** By search (`Patient?identifier=a|b`), for searches of types that the Bundle writes. */
export type Answers = ReadonlyArray<readonly [search: string, answer: Answer]>

export interface Answer {
  /** Numbers of the entries, ascending. */
  readonly entries: readonly number[]
  /** Why it cannot be said. */
  readonly unknown?: string
}

/** Searches that are not by a token are tried on every resource: so many of these pairs are tried in one Bundle. */
const MOST_COMPARISONS = 1_000_000

const NOT_READ = 'a parameter is not one of R4'

/** The searches in an entry, each as `Type?query`. */
export function searchesOf({ method, url, ifNoneExist, links }: RequestEntry): string[] {
  const searches = links.flatMap(({ search }) => search ?? [])
  const own = ownSearch(method, url, ifNoneExist)
  return own === undefined ? searches : [own, ...searches]
}

/** The search that decides what a write is for: of If-None-Exist, or of a conditional update, patch or delete. */
export function ownSearch(method: string, url: string, ifNoneExist: string | undefined): string | undefined {
  const target = parseTarget(url)
  if (target === undefined || target.id !== undefined) return undefined
  if (method !== 'POST') return target.query === undefined ? undefined : `${target.type}?${target.query}`
  // The examples of R4 write the type as well.
  return ifNoneExist === undefined ? undefined : `${target.type}?${ifNoneExist.replace(/^(?:\/?[A-Za-z]+)?\?/, '')}`
}

/** Linear in the Bundle where searches ask by a token: resources are looked up by their codes. */
export function answeredHere(text: string, entries: readonly RequestEntry[], base: string): Answers {
  const searches = new Set(entries.flatMap(searchesOf))
  if (searches.size === 0) return []
  const queries = [...searches].map((search) => [search, parse(search, base)] as const)
  const types = new Set([...searches].map(typeOf))
  const resources = new Map<number, Indexed>()
  for (const [number, { resource, method, url }] of entries.entries()) {
    if (resource === undefined || !types.has(resource.type) || (method !== 'POST' && method !== 'PUT')) continue
    const id = method === 'PUT' ? parseTarget(url)?.id : undefined
    resources.set(number, indexed(JSON.parse(text.slice(resource.start, resource.end)) as { resourceType: string }, id ?? ''))
  }
  const byCode = codeIndex(resources)
  const written = new Set([...resources.values()].map(({ type }) => type))
  let comparisons = 0
  return queries.map(([search, query]) => {
    if (query === undefined) return [search, { entries: [], ...(written.has(typeOf(search)) ? { unknown: NOT_READ } : {}) }] as const
    const codes = codesWanted(query)
    const candidates = codes === undefined ? [...resources.keys()] : [...new Set(codes.flatMap((code) => byCode.get(code) ?? []))]
    comparisons += candidates.length
    const unknown = comparisons > MOST_COMPARISONS ? 'the transaction has too many such searches' : unanswerable(query)
    if (unknown !== undefined) return [search, { entries: [], ...(written.has(typeOf(search)) ? { unknown } : {}) }] as const
    return [search, { entries: candidates.filter((number) => answers(query, resources.get(number)!)).sort((a, b) => a - b) }] as const
  })
}

/** The query of a search as it stands in Answers. custom: parameters of the store beside those of R4. Throws as criteriaQuery does. */
export function searchQuery(search: string, base: string, custom?: CustomParameters): SearchQuery {
  return criteriaQuery(parseCriteria(typeOf(search), search, base), custom)
}

function typeOf(search: string): string {
  return search.slice(0, search.indexOf('?'))
}

/** What cannot be read at all is told by whoever asks the store the same. */
function parse(search: string, base: string): SearchQuery | undefined {
  try {
    return searchQuery(search, base)
  } catch (error) {
    if ((error as Partial<WardbridgeError>).code === undefined) throw error
    return undefined
  }
}

function codeIndex(resources: ReadonlyMap<number, Indexed>): ReadonlyMap<string, readonly number[]> {
  const byCode = new Map<string, number[]>()
  for (const [number, { tokens }] of resources) {
    for (const code of new Set(tokens.map(([, , code]) => code))) {
      const list = byCode.get(code)
      if (list === undefined) byCode.set(code, [number])
      else list.push(number)
    }
  }
  return byCode
}
