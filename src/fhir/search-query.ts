/**
 * A search request, parsed and typed, ready for a store (R4 search.html). Names and values come in percent-decoded.
 */
import { fail } from '../errors.js'
import { isResourceType, resourceTypes } from './definitions.js'
import { compartmentCriterion } from './search-compartment.js'
import { beyondContained } from './search-contained.js'
import { criterion, flatten, MAX_VALUES, valuesIn } from './search-criteria.js'
import type { Criterion } from './search-criterion.js'
import type { CustomParameters } from './search-custom.js'
import type { Limits } from './search-limits.js'
import { compositesOf, parametersOf, withParameters } from './search-parameters.js'
import { CURSOR, ResultParameters, type SearchResult } from './search-result.js'

export type * from './search-criterion.js'
export { CURSOR, DEFAULT_COUNT, MAX_COUNT, MAX_INCLUDED, resultParameters } from './search-result.js'

export interface SearchQuery extends SearchResult {
  /** The type of a type search; undefined for a search over several types. For links. */
  readonly type: string | undefined
  /** What is searched: at least one type. */
  readonly types: readonly string[]
  /** Only resources in the compartment of this resource (R4 compartmentdefinition.html). */
  readonly compartment?: { readonly type: string; readonly id: string }
  /** Of Observations sorted by date: only this many of each code, the first ones, and those as recent as the last of them ($lastn). */
  readonly lastPerCode?: number
  /** What the asker may see, put in by the service; undefined: everything. */
  readonly limits?: Limits
  /** ANDed. */
  readonly criteria: readonly Criterion[]
  /** The parameters that were applied, as name=value pairs in the order given: what the `self` link shows. */
  readonly applied: ReadonlyArray<readonly [string, string]>
  /** Parameters that were not understood (reported when handling is lenient). */
  readonly ignored: readonly string[]
  /** The address of this server's FHIR API: absolute references below it are relative ones. */
  readonly baseUrl: string | undefined
}

/** Most parameters that select. */
export const MAX_CLAUSES = 100

const ID = { name: '_id', type: 'token', definition: 'http://hl7.org/fhir/SearchParameter/Resource-id' }
const NEAR = { name: 'near', type: 'special', definition: 'http://hl7.org/fhir/SearchParameter/Location-near' }
const LAST_UPDATED = { name: '_lastUpdated', type: 'date', definition: 'http://hl7.org/fhir/SearchParameter/Resource-lastUpdated' }

export interface SearchOptions {
  /** strict: an unknown parameter is search.unknown-parameter; lenient: it goes to `ignored` (Prefer: handling). */
  readonly handling: 'strict' | 'lenient'
  /** The address of this server's FHIR API; absolute references below it are taken as relative ones. */
  readonly baseUrl?: string
  readonly compartment?: { readonly type: string; readonly id: string }
  /** Parameters of the store beside those of R4. */
  readonly custom?: CustomParameters
}

/**
 * Parses the query of a search. type: undefined for a search over all types, or those of `_type`, with the parameters that all of them have.
 * Throws resource.unknown-type, search.unknown-parameter, search.unsupported-modifier, search.value and not-supported. A parameter without a value is
 * ignored, as R4 has it.
 */
export function parseSearch(
  type: string | undefined,
  parameters: ReadonlyArray<readonly [string, string]>,
  options: SearchOptions
): SearchQuery {
  return withParameters(options.custom, () => parse(type, parameters, options))
}

function parse(
  type: string | undefined,
  parameters: ReadonlyArray<readonly [string, string]>,
  { handling, baseUrl, compartment }: SearchOptions
): SearchQuery {
  const types = type === undefined ? typesOf(parameters) : [type]
  if (type !== undefined && !isResourceType(type)) throw fail('resource.unknown-type', { type })
  const result = new ResultParameters(types)
  const criteria: Criterion[] = compartment === undefined ? [] : [compartmentCriterion(compartment, types, baseUrl)]
  const applied: Array<readonly [string, string]> = []
  const ignored: string[] = []
  const place = type ?? 'several types'
  for (const [name, value] of parameters) {
    if (value === '') {
      ignored.push(name)
      continue
    }
    const taken = name === '_format' || name === '_pretty' || (name === '_type' && type === undefined) ? 'taken' : result.take(name, value)
    const one = taken === undefined ? criterion(name, value, { types, baseUrl }) : undefined
    if (one !== undefined) criteria.push(...flatten(one))
    else if (taken !== 'taken') {
      const parameter = taken === undefined ? name : `${name}=${value}`
      if (handling === 'strict') throw fail('search.unknown-parameter', { parameter, type: place })
      ignored.push(parameter)
      continue
    }
    if (name !== CURSOR) applied.push([name, value])
  }
  if (criteria.length > MAX_CLAUSES) throw fail('search.value', { parameter: place, reason: `more than ${MAX_CLAUSES} parameters` })
  if (criteria.reduce((sum, one) => sum + valuesIn(one), 0) > MAX_VALUES)
    throw fail('search.value', { parameter: place, reason: `more than ${MAX_VALUES} values` })
  const shape = result.result()
  if (shape.contained !== undefined) {
    const beyond = compartment !== undefined ? 'a compartment' : type === undefined ? 'no type in the address' : beyondContained(criteria)
    if (beyond !== undefined) throw fail('not-supported', { what: `_contained=${shape.contained.both ? 'both' : 'true'} with ${beyond}` })
  }
  return { type, types, ...(compartment === undefined ? {} : { compartment }), criteria, ...shape, applied, ignored, baseUrl }
}

/** The types that `_type` names (ORed, as a comma says), or all. */
function typesOf(parameters: ReadonlyArray<readonly [string, string]>): readonly string[] {
  const named = parameters.flatMap(([name, value]) => (name === '_type' && value !== '' ? value.split(',') : []))
  for (const type of named)
    if (!isResourceType(type)) throw fail('search.value', { parameter: '_type', reason: `"${type}" is not a resource type of FHIR R4` })
  return named.length === 0 ? resourceTypes() : [...new Set(named)]
}

/** The search parameters of a type that work, for the CapabilityStatement. */
export function searchParameters(
  type: string
): ReadonlyArray<{ readonly name: string; readonly type: string; readonly definition: string; readonly documentation?: string }> {
  const rows = [...parametersOf(type).values()].map(({ code, kind, url }) => ({ name: code, type: kind as string, definition: url }))
  const composites = [...compositesOf(type).values()].map(({ code, url }) => ({ name: code, type: 'composite', definition: url }))
  return [ID, LAST_UPDATED, ...rows, ...composites, ...(type === 'Location' ? [NEAR] : [])].sort((a, b) => (a.name < b.name ? -1 : 1))
}
