/** The Bundle that answers a search (R4 bundle.html#searchset), put together from stored bytes without reading them. */

import { formatParameters } from '../../fhir/parameters.js'
import { CURSOR, MAX_INCLUDED, type SearchQuery } from '../../fhir/search-query.js'
import type { SearchPage, StoredResource } from '../../store/repository.js'

const MATCH = Buffer.from(',"search":{"mode":"match"}}')
const INCLUDE = Buffer.from(',"search":{"mode":"include"}}')
const COMMA = Buffer.from(',')

/** base: service base URL. place: what was searched, as it stands in the address after the base: '', `/Patient`, `/Patient/1/Observation`. */
export function searchBundle(base: string, place: string, query: SearchQuery, page: SearchPage): Buffer {
  const address = (cursor: string | undefined) => {
    const pairs = cursor === undefined ? query.applied : [...query.applied, [CURSOR, cursor] as const]
    return pairs.length === 0 ? base + place : `${base}${place}?${formatParameters(pairs)}`
  }
  const link = [{ relation: 'self', url: address(query.cursor) }]
  if (query.cursor !== undefined || page.next !== undefined) link.push({ relation: 'first', url: address(undefined) })
  if (page.next !== undefined) link.push({ relation: 'next', url: address(page.next) })
  const head = JSON.stringify({
    resourceType: 'Bundle',
    type: 'searchset',
    ...(page.total === undefined ? {} : { total: page.total }),
    link
  })

  const entries: Buffer[] = []
  const add = (resource: StoredResource, mode: Buffer) => {
    const url = fullUrl(base, resource)
    entries.push(COMMA, Buffer.from(`{${url === undefined ? '' : `"fullUrl":${JSON.stringify(url)},`}"resource":`), resource.body, mode)
  }
  for (const resource of page.resources) add(resource, MATCH)
  for (const resource of page.included) add(resource, INCLUDE)
  const issues = [...query.ignored.map((parameter) => ignored(parameter, query)), ...(page.cut ? [TOO_MANY] : [])]
  if (issues.length > 0) entries.push(COMMA, Buffer.from(JSON.stringify(outcome(issues))))
  // An empty array is not FHIR: without entries there is no `entry`.
  if (entries.length === 0) return Buffer.from(head)
  return Buffer.concat([Buffer.from(head.slice(0, -1) + ',"entry":['), ...entries.slice(1), Buffer.from(']}')])
}

/** Undefined for a contained resource without id, which has no address. */
function fullUrl(base: string, { type, id, fragment }: StoredResource): string | undefined {
  if (fragment === '') return undefined
  return `${base}/${type}/${id}${fragment === undefined ? '' : `#${fragment}`}`
}

function outcome(issue: readonly object[]) {
  return { resource: { resourceType: 'OperationOutcome', issue }, search: { mode: 'outcome' } }
}

function ignored(parameter: string, { type }: SearchQuery) {
  const known = type === undefined ? 'not known for every type that is searched' : `not known for ${type}`
  return {
    severity: 'warning',
    code: 'not-supported',
    details: { text: `Search parameter "${parameter}" was not applied: ${known}, or without a value` },
    diagnostics: 'Send Prefer: handling=strict to have such a search refused.'
  }
}

const TOO_MANY = {
  severity: 'warning',
  code: 'too-costly',
  details: {
    text: `Not everything that was asked for is here: a page holds at most 32 MiB, and at most ${MAX_INCLUDED} included resources`
  },
  diagnostics: 'Narrow the search, ask for fewer matches a page (_count), or search for the included resources themselves.'
}
