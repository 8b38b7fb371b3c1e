/** Bundles of type searchset and history as the API writes them: no id, no meta, members in the order of the alphabet. Resources go in as they are. */
import type { HistoryPage, SearchPage, StoredResource, StoredVersion } from '../../../store/repository.js'
import { etag } from '../../fhir/headers.js'
import { instantOf } from './forms.js'

/** The parameter of paging links that carries the position. */
export const PAGE_TOKEN = '_page_token'

export interface Links {
  /** Service base URL. */
  readonly base: string
  /** What is listed, below the base: `/Patient/`. */
  readonly place: string
  /** Parameters that were applied, without the page token. */
  readonly applied: ReadonlyArray<readonly [string, string]>
  /** The page token that was sent. */
  readonly token: string | undefined
  /** Where the next page begins; undefined on the last one. */
  readonly next: string | undefined
}

export function searchset(
  links: Links,
  { resources, included, total, cut }: Pick<SearchPage, 'resources' | 'included' | 'total' | 'cut'>
): Buffer {
  const { base } = links
  const matches = resources.map((one) => entryOf(base, one, 'match'))
  const more = included.map((one) => entryOf(base, one, 'include'))
  return bundle('searchset', links, [...matches, ...more, ...(cut ? [[TOO_MANY]] : [])], total)
}

export function historyset(links: Links, { versions, total }: HistoryPage): Buffer {
  return bundle(
    'history',
    links,
    versions.map((one) => versionOf(links.base, one)),
    total
  )
}

function bundle(type: 'searchset' | 'history', links: Links, entries: ReadonlyArray<readonly Buffer[]>, total: number | undefined): Buffer {
  const tail = JSON.stringify({ link: linksOf(type, links), resourceType: 'Bundle', ...(total === undefined ? {} : { total }), type })
  // An empty array is not FHIR: without entries there is no `entry`.
  if (entries.length === 0) return Buffer.from(tail)
  const pieces = entries.flatMap((entry, n) => [n === 0 ? OPEN : COMMA, ...entry])
  return Buffer.concat([...pieces, Buffer.from(`],${tail.slice(1)}`)])
}

const OPEN = Buffer.from('{"entry":[')
const COMMA = Buffer.from(',')

function linksOf(type: 'searchset' | 'history', { base, place, applied, token, next }: Links) {
  const address = (position: string | undefined) => {
    const pairs = position === undefined ? applied : [...applied, [PAGE_TOKEN, position] as const]
    const query = pairs.map((pair) => pair.map(encodeURIComponent).join('=')).join('&')
    return query === '' ? base + place : `${base}${place}?${query}`
  }
  return [
    ...(type === 'searchset' ? [{ relation: 'search', url: address(undefined) }] : []),
    ...(next === undefined ? [] : [{ relation: 'next', url: address(next) }]),
    { relation: 'first', url: address(undefined) },
    { relation: 'self', url: address(token) }
  ]
}

function entryOf(base: string, { type, id, body }: StoredResource, mode: 'match' | 'include'): Buffer[] {
  return [
    Buffer.from(`{"fullUrl":${JSON.stringify(`${base}/${type}/${id}`)},"resource":`),
    body,
    Buffer.from(`,"search":{"mode":"${mode}"}}`)
  ]
}

/** A deletion has no resource. */
function versionOf(base: string, { type, id, versionId, deleted, method, body }: StoredVersion): Buffer[] {
  const rest = JSON.stringify({
    request: { method, url: `${type}/${id}` },
    ...(deleted ? {} : { resource: 0 }),
    response: {
      etag: etag(versionId),
      lastModified: instantOf(versionId),
      status: deleted ? '204 No Content' : method === 'POST' ? '201 Created' : '200 OK'
    }
  })
  const [before = '', after = ''] = rest.split('"resource":0')
  const head = `{"fullUrl":${JSON.stringify(`${base}/${type}/${id}`)},${before.slice(1)}`
  return deleted ? [Buffer.from(head)] : [Buffer.from(`${head}"resource":`), body, Buffer.from(after)]
}

/** The API has no such entry: what is left out here it would give. */
const TOO_MANY = Buffer.from(
  JSON.stringify({
    resource: {
      issue: [{ code: 'too-costly', details: { text: 'not everything that was to be included is here' }, severity: 'warning' }],
      resourceType: 'OperationOutcome'
    },
    search: { mode: 'outcome' }
  })
)
