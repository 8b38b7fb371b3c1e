/**
 * Whether a resource that is not in the store yet answers a search. A part of what the store can do, for what comes with the resource in one transaction:
 * tokens, strings, references, uris and dates as they are indexed; anything else is refused.
 */

import { dateMeets } from './search-compare.js'
import { isClause, type SearchClause, type SearchValue } from './search-criterion.js'
import type { IndexSink } from './search-index.js'
import { indexResource } from './search-index.js'
import type { SearchQuery } from './search-query.js'

/** What a resource is found by. */
export interface Indexed {
  readonly type: string
  /** '' when it has none yet. */
  readonly id: string
  readonly tokens: ReadonlyArray<readonly [path: number, system: string, code: string]>
  readonly strings: ReadonlyArray<readonly [path: number, folded: string, exact: string]>
  readonly references: ReadonlyArray<readonly [path: number, type: string, id: string]>
  readonly dates: ReadonlyArray<readonly [path: number, from: number, to: number]>
  readonly uris: ReadonlyArray<readonly [path: number, value: string]>
}

/** id: under which it will be stored; '' when that is open. */
export function indexed(resource: { readonly resourceType: string }, id: string): Indexed {
  const found = {
    type: resource.resourceType,
    id,
    tokens: [] as Array<[number, string, string]>,
    strings: [] as Array<[number, string, string]>,
    references: [] as Array<[number, string, string]>,
    dates: [] as Array<[number, number, number]>,
    uris: [] as Array<[number, string]>
  }
  const sink: Partial<IndexSink> = {
    token: (path, system, code) => void found.tokens.push([path, system, code]),
    string: (path, folded, exact) => void found.strings.push([path, folded, exact]),
    reference: (path, type, target) => void found.references.push([path, type, target]),
    date: (path, from, to) => void found.dates.push([path, from, to]),
    uri: (path, value) => void found.uris.push([path, value])
  }
  indexResource(resource, { number() {}, quantity() {}, patient() {}, ...sink } as IndexSink)
  return found
}

/** Why a search cannot be answered here; undefined when it can. */
export function unanswerable({ criteria }: SearchQuery): string | undefined {
  for (const criterion of criteria) {
    if (!isClause(criterion)) return 'it looks at more than one resource'
    const { parameter, kind, modifier, values } = criterion
    if (!(KINDS as readonly string[]).includes(kind)) return `${parameter} is of another kind`
    if (modifier !== undefined && !MODIFIERS.includes(modifier)) return `the modifier ${modifier} of ${parameter}`
    if (kind === 'id' && modifier !== undefined) return `the modifier ${modifier} of ${parameter}`
    if (values.some((value) => value.kind === 'string' && value.match !== undefined)) return '_filter'
    if (values.some((value) => !(value.kind in MATCHES))) return `a value of ${parameter}`
    if (values.some((value) => value.kind === 'date' && value.prefix === 'po')) return '_filter'
    if (values.some((value) => value.kind === 'date' && value.prefix === 'ap')) return `the prefix ap of ${parameter}`
  }
  return undefined
}

/** True when the resource answers the search, which must not be unanswerable(). */
export function answers(query: SearchQuery, resource: Indexed): boolean {
  return query.types.includes(resource.type) && query.criteria.every((one) => isClause(one) && satisfies(one, resource))
}

/** For look-ups: the codes or ids of which a resource must have one to answer the search; undefined when the search is not of that kind. */
export function codesWanted({ criteria }: SearchQuery): readonly string[] | undefined {
  const clause = criteria.filter(isClause).find(({ kind, modifier }) => kind === 'token' && modifier === undefined)
  const codes = clause?.values.map((value) => (value.kind === 'token' ? value.code : ''))
  return codes?.includes('') ? undefined : codes
}

const KINDS = ['id', 'token', 'string', 'reference', 'uri', 'date'] as const
const MODIFIERS: readonly string[] = ['exact', 'contains', 'not', 'missing']

function satisfies(clause: SearchClause, resource: Indexed): boolean {
  const { kind, modifier, values } = clause
  if (kind === 'id') {
    const { type, id } = resource
    return id !== '' && values.some((value) => value.kind === 'token' && value.code === id && (!value.system || value.system === type))
  }
  if (modifier === 'missing') {
    const [value] = values
    const present = clause.paths.some(({ path }) => rows(resource).some((row) => row[0] === path))
    return present !== (value?.kind === 'token' && value.code === 'true')
  }
  const found = values.some((value) => (MATCHES[value.kind] as Match)(value, clause, resource))
  return modifier === 'not' ? !found : found
}

type Match = (value: SearchValue, clause: SearchClause, resource: Indexed) => boolean

const MATCHES: { readonly [Kind in SearchValue['kind']]?: (value: never, clause: SearchClause, resource: Indexed) => boolean } = {
  token: ({ system, code }: Value<'token'>, clause, { tokens }) =>
    tokens.some((row) => has(clause, row[0]) && (system === undefined || row[1] === system) && (code === '' || row[2] === code)),
  string: ({ folded, text }: Value<'string'>, clause, { strings }) =>
    strings.some((row) => {
      if (!has(clause, row[0])) return false
      if (clause.modifier === 'exact') return row[2] === text
      return clause.modifier === 'contains' ? row[1].includes(folded) : row[1].startsWith(folded)
    }),
  reference: ({ type, id, url, base }: Value<'reference'>, clause, { references }) => {
    const absolute = url ?? (base === undefined ? undefined : `${base}/${type}/${id}`)
    return references.some(
      (row) =>
        clause.paths.some(({ path, targets }) => path === row[0] && (targets === undefined || targets.includes(row[1] || type))) &&
        (row[1] === '' ? row[2] === absolute : url === undefined && row[2] === id && (type === '' || row[1] === type))
    )
  },
  uri: ({ value }: Value<'uri'>, clause, { uris }) => uris.some((row) => has(clause, row[0]) && row[1] === value),
  date: (value: Value<'date'>, clause, { dates }) =>
    dates.some((row) => has(clause, row[0]) && dateMeets(value, row[1], row[2], Number.NaN))
}

type Value<Kind extends SearchValue['kind']> = Extract<SearchValue, { readonly kind: Kind }>

function has({ paths }: SearchClause, path: number): boolean {
  return paths.some((one) => one.path === path)
}

function rows({ tokens, strings, references, dates, uris }: Indexed): ReadonlyArray<readonly [number, ...unknown[]]> {
  return [...tokens, ...strings, ...references, ...dates, ...uris]
}
