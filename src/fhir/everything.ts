/** What $everything of a Patient or Encounter, or of all of them, asks a store for (R4 patient-operation-everything.html, encounter-operation-everything.html). */

import { fail } from '../errors.js'
import { isResourceType, resourceTypes } from './definitions.js'
import { pathsOf } from './search-clause.js'
import type { Criterion, CriterionPath } from './search-criterion.js'
import { type IndexSink, indexResource, pathNumber } from './search-index.js'
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

/** Whose compartment it is; without an id those of all resources of the type. */
export interface Compartment {
  readonly type: string
  readonly id: string | undefined
}

/** What an answer is made of. body: JSON. lastUpdated: milliseconds since 1970 UTC. */
interface Part {
  readonly type: string
  readonly lastUpdated: number
  readonly body: Buffer
}

export interface Everything {
  readonly query: SearchQuery
  /** True for a match that belongs to the answer. */
  readonly hasMatch: (one: Part) => boolean
  /** True for an included resource that does: what is in the compartment itself is a match of some page, or out of range. */
  readonly hasIncluded: (one: Part) => boolean
}

/**
 * The resources of the compartment, with what they refer to as includes. A resource is within start and end when one of its care dates is, or when it has
 * none. Throws search.value.
 */
export function everythingQuery(
  compartment: Compartment,
  { start, end, since, types, count, cursor }: EverythingRequest,
  baseUrl: string
): Everything {
  const { type, id } = compartment
  for (const type of types)
    if (!isResourceType(type)) throw fail('search.value', { parameter: '_type', reason: `"${type}" is not a resource type of FHIR R4` })
  const members = resourceTypes().filter((one) => one === type || compartmentParameters(type, one).length > 0)
  // What is only referred to is found by way of the whole compartment.
  const searched = types.length > 0 && types.every((type) => members.includes(type)) ? types : members
  const parameters = [
    ['_type', searched.join()],
    // Of one compartment what is only referred to counts, too, whenever that which refers to it was updated.
    ...(since === undefined || id !== undefined ? [] : [['_lastUpdated', `ge${since}`] as const]),
    ...(count === undefined ? [] : [['_count', count] as const]),
    ...(cursor === undefined ? [] : [['_cursor', cursor] as const])
  ] as ReadonlyArray<readonly [string, string]>
  const query = parseSearch(undefined, parameters, {
    handling: 'strict',
    baseUrl,
    ...(id === undefined ? {} : { compartment: { type, id } })
  })
  const whose = id === undefined ? [allCompartments(type, searched)] : []
  const care = careDates(searched, start, end)
  const wanted = types.length === 0 ? undefined : new Set(types)
  const from = since === undefined ? 0 : dateValue('_since', `ge${since}`).from
  const isAsked = (one: Part) => (wanted === undefined || wanted.has(one.type)) && one.lastUpdated >= from
  const include = { reverse: false, iterate: false, paths: undefined, source: undefined, target: undefined }
  return {
    query: {
      ...query,
      criteria: [...query.criteria, ...whose, ...care],
      includes: [include],
      count: count === undefined ? MOST : query.count
    },
    hasMatch: isAsked,
    hasIncluded: (one) => isAsked(one) && !isMember(compartment, JSON.parse(one.body.toString()) as Resource)
  }
}

/** Resources of the type, and what refers to one of them in the way that makes it part of the compartment. */
function allCompartments(type: string, searched: readonly string[]): Criterion {
  const clause = { parameter: type, modifier: undefined }
  const token = { kind: 'token', system: type, code: '' } as const
  const paths = searched.flatMap((one) => compartmentPaths(type, one)).map((path) => ({ path, targets: [type] }))
  const present = [{ kind: 'token', system: undefined, code: 'false' }] as const
  return {
    kind: 'group',
    operator: 'or',
    criteria: [
      { ...clause, kind: 'id', paths: [], values: [token] },
      ...(paths.length === 0 ? [] : [{ ...clause, kind: 'reference', paths, modifier: 'missing', values: present } as const])
    ]
  }
}

/** Numbers of the reference paths that put a resource of type `one` into the compartment of a `type`. */
function compartmentPaths(type: string, one: string): number[] {
  const parameters = compartmentParameters(type, one).flatMap((code) => parametersOf(one).get(code)?.paths ?? [])
  return pathsOf('reference', parameters).map(({ path }) => path)
}

interface Resource {
  readonly resourceType: string
  readonly id?: string
}

function isMember({ type, id }: Compartment, resource: Resource): boolean {
  if (resource.resourceType === type && (id === undefined || resource.id === id)) return true
  const paths = compartmentPaths(type, resource.resourceType)
  if (paths.length === 0) return false
  let found = false
  const none = () => {}
  const sink: IndexSink = {
    reference(path, target, one) {
      found ||= target === type && (id === undefined || one === id) && paths.includes(path)
    },
    token: none,
    string: none,
    date: none,
    number: none,
    quantity: none,
    uri: none,
    patient: none
  }
  indexResource(resource, sink)
  return found
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
