/**
 * A search request, parsed and typed, ready for a store (R4 search.html). Names and values come in percent-decoded.
 */
import { fail } from '../errors.js'
import { isResourceType } from './definitions.js'
import { criterion, MAX_VALUES, valuesIn } from './search-criteria.js'
import type { Criterion } from './search-criterion.js'
import { parametersOf } from './search-parameters.js'

export type * from './search-criterion.js'

export interface SearchQuery {
  /** The type of a type search; undefined for a search over several types. For links. */
  readonly type: string | undefined
  /** What is searched: at least one type. */
  readonly types: readonly string[]
  /** ANDed. */
  readonly criteria: readonly Criterion[]
  /** Page size, 0 allowed (only the total). At most: a store may give shorter pages. */
  readonly count: number
  /** Opaque position to go on from, as the store gave it. */
  readonly cursor: string | undefined
  readonly total: 'none' | 'accurate'
  /** The parameters that were applied, as name=value pairs in the order given: what the `self` link shows. */
  readonly applied: ReadonlyArray<readonly [string, string]>
  /** Parameters that were not understood (reported when handling is lenient). */
  readonly ignored: readonly string[]
}

/** The parameter of paging links that carries the cursor. */
export const CURSOR = '_cursor'
export const DEFAULT_COUNT = 20
export const MAX_COUNT = 1000
/** Most parameters that select. */
export const MAX_CLAUSES = 100

const ID = { name: '_id', type: 'token', definition: 'http://hl7.org/fhir/SearchParameter/Resource-id' }
const LAST_UPDATED = { name: '_lastUpdated', type: 'date', definition: 'http://hl7.org/fhir/SearchParameter/Resource-lastUpdated' }

export interface SearchOptions {
  /** strict: an unknown parameter is search.unknown-parameter; lenient: it goes to `ignored` (Prefer: handling). */
  readonly handling: 'strict' | 'lenient'
  /** The address of this server's FHIR API; absolute references below it are taken as relative ones. */
  readonly baseUrl?: string
}

/**
 * Parses the query of a type search. Result parameters handled: _count (default 20, at most 1000), _total, _summary=count and false, _cursor; _format and
 * _pretty are left to http. Throws resource.unknown-type, search.unknown-parameter, search.unsupported-modifier and search.value. A parameter without a
 * value is ignored, as R4 has it.
 */
export function parseSearch(type: string, parameters: ReadonlyArray<readonly [string, string]>, options: SearchOptions): SearchQuery {
  if (!isResourceType(type)) throw fail('resource.unknown-type', { type })
  const types = [type]
  const criteria: Criterion[] = []
  const applied: Array<readonly [string, string]> = []
  const ignored: string[] = []
  let count: number | undefined
  let cursor: string | undefined
  let total: 'none' | 'accurate' = 'none'
  let summary = false

  for (const [name, value] of parameters) {
    if (name === '_format' || name === '_pretty') continue
    if (value === '') {
      ignored.push(name)
      continue
    }
    if (name === CURSOR) {
      cursor = value
      continue
    }
    if (name === '_count') count = pageSize(value)
    else if (name === '_total') total = totalMode(value)
    else if (name === '_summary' && (value === 'count' || value === 'false')) summary = value === 'count'
    else {
      const one = criterion(name, value, { types, baseUrl: options.baseUrl })
      if (one !== undefined) criteria.push(one)
      else if (options.handling === 'strict') throw fail('search.unknown-parameter', { parameter: name, type })
      else {
        ignored.push(name)
        continue
      }
    }
    applied.push([name, value])
  }
  if (criteria.length > MAX_CLAUSES) throw fail('search.value', { parameter: type, reason: `more than ${MAX_CLAUSES} parameters` })
  if (criteria.reduce((sum, one) => sum + valuesIn(one), 0) > MAX_VALUES)
    throw fail('search.value', { parameter: type, reason: `more than ${MAX_VALUES} values` })
  // R4: _count=0 is the same as _summary=count.
  if (count === 0) summary = true
  return {
    type,
    types,
    criteria,
    count: summary ? 0 : (count ?? DEFAULT_COUNT),
    cursor,
    total: summary ? 'accurate' : total,
    applied,
    ignored
  }
}

/** The search parameters of a type that work, for the CapabilityStatement. */
export function searchParameters(
  type: string
): ReadonlyArray<{ readonly name: string; readonly type: string; readonly definition: string; readonly documentation?: string }> {
  const rows = [...parametersOf(type).values()].map(({ code, kind, url }) => ({ name: code, type: kind, definition: url }))
  return [ID, LAST_UPDATED, ...rows].sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** The parameters that shape the result, whatever the type; they have no definition. */
export function resultParameters(): ReturnType<typeof searchParameters> {
  return [
    {
      name: '_count',
      type: 'number',
      definition: '',
      documentation: `Resources a page: ${DEFAULT_COUNT} unless told, at most ${MAX_COUNT}`
    },
    { name: '_summary', type: 'token', definition: '', documentation: 'count: the total without resources; false' },
    { name: '_total', type: 'token', definition: '', documentation: 'none, estimate or accurate: whether Bundle.total is given' }
  ]
}

function pageSize(value: string): number {
  if (!/^\d{1,9}$/.test(value)) throw fail('search.value', { parameter: '_count', reason: `"${value}" is not a whole number` })
  return Math.min(Number(value), MAX_COUNT)
}

/** An estimate may be exact. */
function totalMode(value: string): 'none' | 'accurate' {
  if (value !== 'none' && value !== 'estimate' && value !== 'accurate') {
    throw fail('search.value', { parameter: '_total', reason: `"${value}" is not none, estimate or accurate` })
  }
  return value === 'none' ? 'none' : 'accurate'
}
