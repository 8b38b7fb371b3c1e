/** The parameters of a search that shape its result (R4 search.html#return): sorting, includes, subsets, totals, pages. */
import { fail } from '../errors.js'
import { isResourceType, typeDefinition } from './definitions.js'
import type { ContainedSearch } from './search-contained.js'
import type { Step } from './search-expression.js'
import { type IndexKind, pathNumber } from './search-index.js'
import { parametersOf, type SearchParameter } from './search-parameters.js'
import { parseSubset, type Subset } from './subset.js'

export interface SearchResult {
  /** Page size, 0 allowed (only the total). At most: a store may give shorter pages. */
  readonly count: number
  /** Opaque position to go on from, as the store gave it. */
  readonly cursor: string | undefined
  /** Undefined: given where it costs nothing. */
  readonly total: 'none' | 'accurate' | undefined
  /** First key first; rows that are equal in all of them follow each other in an order of the store. Without keys: an order of the store. */
  readonly sort: readonly SortKey[]
  readonly includes: readonly Include[]
  /** The part of each resource that is wanted; undefined: all of it. */
  readonly subset: Subset | undefined
  /** Contained resources are searched (R4 search.html#contained). */
  readonly contained?: ContainedSearch
}

/** A place in the index. targets: only references to these types count. */
export interface PathOf {
  readonly path: number
  readonly targets?: readonly string[]
}

export interface SortKey {
  readonly descending: boolean
  /** id and lastUpdated have no paths. */
  readonly kind: IndexKind | 'id' | 'lastUpdated'
  /** No resource has more than one value. */
  readonly single: boolean
  /** The smallest value in all of them counts, in descending order the largest. */
  readonly paths: readonly PathOf[]
}

/** _include and _revinclude. */
export interface Include {
  readonly reverse: boolean
  /** Applies to what was included, too. */
  readonly iterate: boolean
  /** Reference paths; undefined: any. */
  readonly paths: readonly PathOf[] | undefined
  /** Type that holds the references; undefined: any. */
  readonly source: string | undefined
  /** Type the references must lead to; undefined: any. */
  readonly target: string | undefined
}

/** The parameter of paging links that carries the cursor. */
export const CURSOR = '_cursor'
export const DEFAULT_COUNT = 20
export const MAX_COUNT = 1000
/** Most resources that includes add to one page. */
export const MAX_INCLUDED = 5000
const MAX_SORT_KEYS = 10
const MAX_INCLUDES = 50

interface Draft {
  count: number | undefined
  cursor: string | undefined
  total: SearchResult['total']
  onlyCount: boolean
  sort: SortKey[]
  includes: Include[]
  summary: string | undefined
  elements: string[]
  contained: string
  containedType: ContainedSearch['give']
}

/** Takes the parameters that shape the result out of a search, one by one. types: what is searched. */
export class ResultParameters {
  readonly #types: readonly string[]
  readonly #draft: Draft = {
    count: undefined,
    cursor: undefined,
    total: undefined,
    onlyCount: false,
    sort: [],
    includes: [],
    summary: undefined,
    elements: [],
    contained: 'false',
    containedType: 'container'
  }

  constructor(types: readonly string[]) {
    this.#types = types
  }

  /**
   * `taken`; `unknown`: a sort by a parameter that not all types have; undefined: the parameter does not shape the result.
   * Throws search.value, search.unsupported-modifier and not-supported.
   */
  take(name: string, value: string): 'taken' | 'unknown' | undefined {
    const colon = name.indexOf(':')
    const code = colon < 0 ? name : name.slice(0, colon)
    const modifier = colon < 0 ? undefined : name.slice(colon + 1)
    if (!Object.hasOwn(READERS, code)) return undefined
    const isInclude = code === '_include' || code === '_revinclude'
    if (modifier !== undefined && !(isInclude && modifier === 'iterate'))
      throw fail('search.unsupported-modifier', { modifier, parameter: code })
    if (isInclude) {
      if (this.#draft.includes.length >= MAX_INCLUDES)
        throw fail('search.value', { parameter: code, reason: `more than ${MAX_INCLUDES} includes` })
      this.#draft.includes.push(include(code, value, modifier === 'iterate'))
      return 'taken'
    }
    return READERS[code]!(this.#draft, value, this.#types) === false ? 'unknown' : 'taken'
  }

  /** Throws search.value for parameters that exclude each other, not-supported for those that do not go with _contained. */
  result(): SearchResult {
    const { count, cursor, total, sort, includes, summary, elements, contained, containedType: give } = this.#draft
    // R4: _count=0 is the same as _summary=count.
    const onlyCount = this.#draft.onlyCount || count === 0
    if (summary === 'text' && includes.length > 0)
      throw fail('search.value', { parameter: '_summary', reason: 'text cannot be mixed with _include and _revinclude' })
    if (contained !== 'false') {
      const what = `_contained=${contained} with`
      if (this.#types.length > 1) throw fail('not-supported', { what: `${what} several types` })
      if (sort.length > 0) throw fail('not-supported', { what: `${what} _sort` })
      if (includes.length > 0 && give === 'contained')
        throw fail('not-supported', { what: `${what} _containedType=contained and an include` })
    }
    return {
      ...(contained === 'false' ? {} : { contained: { both: contained === 'both', give } }),
      count: onlyCount ? 0 : (count ?? DEFAULT_COUNT),
      cursor,
      total: onlyCount ? 'accurate' : total,
      sort,
      includes,
      subset: parseSubset(summary, elements)
    }
  }
}

/** Reads the value of a parameter into the draft; false: it names something that is not known. */
const READERS: Readonly<Record<string, (draft: Draft, value: string, types: readonly string[]) => unknown>> = {
  _count(draft, value) {
    if (!/^\d{1,9}$/.test(value)) throw fail('search.value', { parameter: '_count', reason: `"${value}" is not a whole number` })
    draft.count = Math.min(Number(value), MAX_COUNT)
  },
  [CURSOR](draft, value) {
    draft.cursor = value
  },
  /** An estimate may be exact. */
  _total(draft, value) {
    draft.total = oneOf('_total', value, ['none', 'estimate', 'accurate']) === 'none' ? 'none' : 'accurate'
  },
  _summary(draft, value) {
    draft.onlyCount = oneOf('_summary', value, ['true', 'text', 'data', 'count', 'false']) === 'count'
    draft.summary = value
  },
  _elements(draft, value) {
    draft.elements.push(...value.split(','))
  },
  _sort(draft, value, types) {
    const keys = value.split(',').map((part) => sortKey(part, types))
    if (keys.some((key) => key === undefined)) return false
    draft.sort.push(...keys.filter((key) => key !== undefined))
    if (draft.sort.length > MAX_SORT_KEYS) throw fail('search.value', { parameter: '_sort', reason: `more than ${MAX_SORT_KEYS} keys` })
  },
  _contained(draft, value) {
    draft.contained = oneOf('_contained', value, ['false', 'true', 'both'])
  },
  _containedType(draft, value) {
    draft.containedType = oneOf('_containedType', value, ['container', 'contained']) === 'contained' ? 'contained' : 'container'
  },
  _include() {},
  _revinclude() {}
}

function oneOf(parameter: string, value: string, values: readonly string[]): string {
  if (!values.includes(value)) throw fail('search.value', { parameter, reason: `"${value}" is not one of ${values.join(', ')}` })
  return value
}

/** `date`, `-date`. Undefined when one of the types has no such parameter, or it has no values that could be put in order. */
function sortKey(text: string, types: readonly string[]): SortKey | undefined {
  const descending = text.startsWith('-')
  const code = descending ? text.slice(1) : text
  if (code === '') throw fail('search.value', { parameter: '_sort', reason: `"${text}" names no search parameter` })
  if (code === '_id') return { descending, kind: 'id', single: true, paths: [] }
  if (code === '_lastUpdated') return { descending, kind: 'lastUpdated', single: true, paths: [] }
  const parameters = types.map((type) => parametersOf(type).get(code))
  const [first] = parameters
  if (first === undefined || parameters.some((one) => one === undefined || one.kind !== first.kind)) return undefined
  const paths = parameters.flatMap((one) => pathsOf(one!))
  const single = parameters.every((one, n) => one!.paths.length === 1 && one!.paths.every(({ steps }) => isSingle(types[n]!, steps)))
  return paths.length === 0 ? undefined : { descending, kind: first.kind, single, paths }
}

/** True when a path leads to one value of a type that gives one index entry. */
function isSingle(type: string, steps: readonly Step[]): boolean {
  let types: readonly string[] = [type]
  for (const step of steps) {
    if (step.kind !== 'member') return false
    const { name } = step
    const members = types.flatMap((one) =>
      [...(typeDefinition(one)?.members.values() ?? [])].filter(({ element }) => element.name === name)
    )
    if (members.some(({ element }) => element.max > 1)) return false
    types = members.map((member) => member.type)
  }
  return types.length > 0 && types.every((one) => ONE_ENTRY.includes(one))
}

const ONE_ENTRY: readonly string[] = [
  'code',
  'boolean',
  'Coding',
  'Identifier',
  'Reference',
  'uri',
  'date',
  'dateTime',
  'instant',
  'Quantity',
  'decimal',
  'integer'
]

/** `Observation:subject`, `Observation:subject:Patient`, `Observation:*`, `*`. */
function include(parameter: string, value: string, iterate: boolean): Include {
  const bad = (reason: string) => fail('search.value', { parameter, reason })
  const reverse = parameter === '_revinclude'
  const [source = '', code, target, more] = value.split(':')
  if (source === '*' && code === undefined) return { reverse, iterate, paths: undefined, source: undefined, target: undefined }
  if (!isResourceType(source)) throw bad(`"${source}" is not a resource type of FHIR R4`)
  if (code === undefined || code === '' || more !== undefined)
    throw bad(`"${value}" is not type:parameter, type:parameter:target, type:* or *`)
  if (target !== undefined && !isResourceType(target)) throw bad(`"${target}" is not a resource type of FHIR R4`)
  const common = { reverse, iterate, source, target }
  if (code === '*')
    return { ...common, paths: [...parametersOf(source).values()].filter(({ kind }) => kind === 'reference').flatMap(pathsOf) }
  const found = parametersOf(source).get(code)
  if (found?.kind !== 'reference') throw bad(`"${code}" is not a reference parameter of ${source}`)
  return { ...common, paths: pathsOf(found) }
}

function pathsOf({ kind, paths }: SearchParameter): PathOf[] {
  return paths.flatMap(({ name, targets }) => {
    const path = pathNumber(kind, name)
    return path === undefined ? [] : [targets === undefined ? { path } : { path, targets }]
  })
}

/** The parameters that shape the result or select, whatever the type; they have no definition. */
export function resultParameters(): ReadonlyArray<{
  readonly name: string
  readonly type: string
  readonly definition: string
  readonly documentation: string
}> {
  const rows = {
    _contained: 'true: resources that are contained in others are searched; both: these and all others; false, without it',
    _containedType: 'container, or contained: what is given for a contained resource that was found',
    _count: `Resources a page: ${DEFAULT_COUNT} unless told, at most ${MAX_COUNT}; 0: only the total`,
    _elements: 'Only these elements of the resources found (and those that must be there)',
    _filter: 'An expression of the _filter language: given eq "peter" and birthdate ge 2014-10-10',
    _has: '_has:Type:reference-parameter:parameter: resources that a resource of that type refers to',
    _include: `Adds the resources that matches refer to: type:parameter, type:parameter:target, type:* or *; with :iterate also what those refer to. At most ${MAX_INCLUDED} a page`,
    _list: 'Resources that the List of this id names',
    _revinclude: 'Adds the resources that refer to matches, in the same forms',
    _sort: 'Search parameters to sort by, the first one first; a minus sign for descending order',
    _summary: 'true, text, data, count or false: how much of each resource is given',
    _total: 'none, estimate or accurate: whether Bundle.total is given'
  }
  return Object.entries(rows).map(([name, documentation]) => ({ name, type: TYPES[name] ?? 'string', definition: '', documentation }))
}

const TYPES: Readonly<Record<string, string>> = {
  _contained: 'token',
  _containedType: 'token',
  _count: 'number',
  _summary: 'token',
  _total: 'token'
}
