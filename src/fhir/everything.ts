/** What $everything of a Patient or Encounter asks a store for (R4 patient-operation-everything.html, encounter-operation-everything.html). */

import { fail } from '../errors.js'
import { isResourceType, resourceTypes } from './definitions.js'
import type { Criterion, CriterionPath } from './search-criterion.js'
import { pathNumber } from './search-index.js'
import { compartmentParameters, parametersOf } from './search-parameters.js'
import { parseSearch, type SearchQuery } from './search-query.js'
import { dateValue } from './search-text.js'

export interface EverythingRequest {
  readonly start: string | undefined
  readonly end: string | undefined
  readonly since: string | undefined
  /** Empty: all. */
  readonly types: readonly string[]
  readonly count: string | undefined
  readonly cursor: string | undefined
}

/** "The entire result set in a single bundle": up to here, and to the size of a page of the store. */
const MOST = 10_000

/** Search parameters that tell when care was given; of a type, all that it has. */
const CARE_DATES: readonly string[] = [
  'authored',
  'authored-on',
  'authoredon',
  'collected',
  'created',
  'date',
  'datetime',
  'datewritten',
  'effective',
  'effective-time',
  'entered-date',
  'event-date',
  'identified',
  'issued',
  'occurrence',
  'onset',
  'onset-date',
  'period',
  'recorded',
  'recorded-date',
  'sent',
  'start-date',
  'started',
  'whenhandedover'
]

/**
 * The resources of the compartment, with what they refer to as includes. A resource is within start and end when one of its care dates is, or when it has
 * none. wanted: the types to answer with; undefined: all. Throws search.value.
 */
export function everythingQuery(
  compartment: { readonly type: string; readonly id: string },
  { start, end, since, types, count, cursor }: EverythingRequest,
  baseUrl: string
): { readonly query: SearchQuery; readonly wanted: ReadonlySet<string> | undefined } {
  for (const type of types)
    if (!isResourceType(type)) throw fail('search.value', { parameter: '_type', reason: `"${type}" is not a resource type of FHIR R4` })
  const members = resourceTypes().filter((type) => type === compartment.type || compartmentParameters(compartment.type, type).length > 0)
  // What is only referred to is found by way of the whole compartment.
  const searched = types.length > 0 && types.every((type) => members.includes(type)) ? types : members
  const parameters = [
    ['_type', searched.join()],
    ...(since === undefined ? [] : [['_lastUpdated', `ge${since}`] as const]),
    ...(count === undefined ? [] : [['_count', count] as const]),
    ...(cursor === undefined ? [] : [['_cursor', cursor] as const])
  ] as ReadonlyArray<readonly [string, string]>
  const query = parseSearch(undefined, parameters, { handling: 'strict', baseUrl, compartment })
  const care = careDates(searched, start, end)
  const include = { reverse: false, iterate: false, paths: undefined, source: undefined, target: undefined }
  return {
    query: {
      ...query,
      criteria: [...query.criteria, ...care],
      includes: [include],
      count: count === undefined ? MOST : query.count
    },
    wanted: types.length === 0 ? undefined : new Set(types)
  }
}

function careDates(types: readonly string[], start: string | undefined, end: string | undefined): Criterion[] {
  if (start === undefined && end === undefined) return []
  const paths = types.flatMap((type) => CARE_DATES.flatMap((code) => datePaths(type, code)))
  const clause = { kind: 'date', paths, modifier: undefined } as const
  const bounds = [
    ...(start === undefined ? [] : [{ ...clause, parameter: 'start', values: [dateValue('start', `ge${start}`)] }]),
    ...(end === undefined ? [] : [{ ...clause, parameter: 'end', values: [dateValue('end', `le${end}`)] }])
  ]
  const none = { ...clause, parameter: 'start', modifier: 'missing', values: [{ kind: 'token', system: undefined, code: 'true' }] } as const
  return [{ kind: 'group', operator: 'or', criteria: [none, { kind: 'group', operator: 'and', criteria: bounds }] }]
}

function datePaths(type: string, code: string): CriterionPath[] {
  const parameter = parametersOf(type).get(code)
  if (parameter?.kind !== 'date') return []
  return parameter.paths.flatMap(({ name }) => {
    const path = pathNumber('date', name)
    return path === undefined ? [] : [{ path }]
  })
}
