/** The writes of a transaction, in the order of R4: DELETE, POST, PUT and PATCH (http.html#trules). */
import { fail } from '../errors.js'
import { ownSearch, searchesOf } from '../fhir/bundle/answered.js'
import type { EntryResource, RequestEntry } from '../fhir/bundle/read.js'
import { isWrite, parseTarget } from '../fhir/bundle/request.js'
import { parseTags } from '../fhir/etags.js'
import type { Interaction } from './access.js'
import type { WriteConditions } from './preconditions.js'

export interface Step {
  /** Number of the entry in the bundle. */
  readonly entry: number
  readonly method: 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly interaction: Interaction
  readonly type: string
  /** Of `Type/id`; undefined: the server gives it, or a condition says it. */
  readonly id: string | undefined
  /** The condition, as it stands in RequestBundle.answers. */
  readonly search: string | undefined
  readonly resource: EntryResource | undefined
  /** versionId of If-Match. */
  readonly conditions: WriteConditions
  /** Every condition in the entry: its own, and those of its references. */
  readonly searches: ReadonlyArray<{ readonly search: string; readonly type: string }>
}

const INTERACTIONS = { POST: 'create', PUT: 'update', PATCH: 'patch', DELETE: 'delete' } as const
const ORDER = ['DELETE', 'POST', 'PUT', 'PATCH']

/** Throws bundle.invalid, resource.unknown-type, resource.type, resource.id and http.bad-request, naming the entry. */
export function writeSteps(entries: readonly RequestEntry[]): Step[] {
  return entries
    .flatMap((entry, number) => (isWrite(entry) ? [readStep(entry, number)] : []))
    .sort((a, b) => phase(a) - phase(b) || a.entry - b.entry)
}

function phase({ method }: Step): number {
  // PUT and PATCH belong together.
  return Math.min(ORDER.indexOf(method), 2)
}

function readStep(entry: RequestEntry, number: number): Step {
  const { resource, url, ifNoneExist } = entry
  const method = entry.method as Step['method']
  const expression = `Bundle.entry[${number}]`
  const wrong = (reason: string, at = '.request.url') =>
    fail('bundle.invalid', { reason: `${expression}${at}: ${reason}` }, { expression: expression + at })
  const target = parseTarget(url)
  if (target === undefined) throw wrong(`"${url.slice(0, 200)}" is not where ${method} goes`)
  const { type, id, query } = target
  if (method === 'POST' && (id !== undefined || query !== undefined)) throw wrong('POST goes to a resource type')
  if (method !== 'POST' && id === undefined && query === undefined) throw wrong(`${method} needs an id or a condition`)
  if (id !== undefined && query !== undefined) throw wrong('has an id and a condition')
  if (method === 'POST' || method === 'PUT') checkResource(resource!, target, `${expression}.resource`, method)
  const versions = (text: string | undefined, at: string) => {
    const tags = text === undefined ? undefined : parseTags(text)
    if (text !== undefined && tags === undefined) throw wrong('must be * or name versions: W/"3"', at)
    return tags
  }
  return {
    entry: number,
    method,
    // A put that must find nothing can only create.
    interaction: method === 'PUT' && entry.ifNoneMatch?.trim() === '*' ? 'create' : INTERACTIONS[method],
    type,
    id,
    search: ownSearch(method, url, ifNoneExist),
    resource,
    conditions: {
      ifMatch: versions(entry.ifMatch, '.request.ifMatch'),
      ifNoneMatch: versions(entry.ifNoneMatch, '.request.ifNoneMatch')
    },
    searches: searchesOf(entry).map((search) => ({ search, type: search.slice(0, search.indexOf('?')) }))
  }
}

/** The resource must be of the type in the address, and an update must bring the id of the address. */
function checkResource(
  resource: EntryResource,
  { type, id }: { type: string; id: string | undefined },
  expression: string,
  method: string
): void {
  if (resource.type !== type) throw fail('resource.type', { actual: resource.type.slice(0, 64), expected: type }, { expression })
  if (method !== 'PUT' || id === undefined || resource.id === id) return
  const reason = resource.id === undefined ? 'is missing in the body' : 'in the body is not the one in the address'
  throw fail('resource.id', { reason }, { expression: `${expression}.id` })
}
