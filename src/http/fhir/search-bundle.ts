/** The Bundle that answers a search (R4 bundle.html#searchset), put together from stored bytes without reading them. */

import { formatParameters } from '../../fhir/parameters.js'
import { CURSOR, type SearchQuery } from '../../fhir/search-query.js'
import type { SearchPage } from '../../store/repository.js'

const MATCH = Buffer.from(',"search":{"mode":"match"}}')
const COMMA = Buffer.from(',')

/** base: service base URL. */
export function searchBundle(base: string, query: SearchQuery, page: SearchPage): Buffer {
  const address = (place: string | undefined) => {
    const pairs = place === undefined ? query.applied : [...query.applied, [CURSOR, place] as const]
    return pairs.length === 0 ? `${base}/${query.type}` : `${base}/${query.type}?${formatParameters(pairs)}`
  }
  const link = [{ relation: 'self', url: address(query.cursor) }]
  if (page.next !== undefined) link.push({ relation: 'next', url: address(page.next) })
  const head = JSON.stringify({
    resourceType: 'Bundle',
    type: 'searchset',
    ...(page.total === undefined ? {} : { total: page.total }),
    link
  })

  const entries: Buffer[] = []
  for (const { type, id, body } of page.resources) {
    entries.push(COMMA, Buffer.from(`{"fullUrl":${JSON.stringify(`${base}/${type}/${id}`)},"resource":`), body, MATCH)
  }
  if (query.ignored.length > 0) entries.push(COMMA, Buffer.from(JSON.stringify(ignoredEntry(query))))
  // An empty array is not FHIR: without entries there is no `entry`.
  if (entries.length === 0) return Buffer.from(head)
  return Buffer.concat([Buffer.from(head.slice(0, -1) + ',"entry":['), ...entries.slice(1), Buffer.from(']}')])
}

function ignoredEntry(query: SearchQuery) {
  return {
    resource: {
      resourceType: 'OperationOutcome',
      issue: query.ignored.map((parameter) => ({
        severity: 'warning',
        code: 'not-supported',
        details: { text: `Search parameter "${parameter}" was not applied: not known for ${query.types.join()}, or without a value` },
        diagnostics: 'Send Prefer: handling=strict to have such a search refused.'
      }))
    },
    search: { mode: 'outcome' }
  }
}
