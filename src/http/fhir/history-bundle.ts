/** The Bundle that answers a history (R4 bundle.html#history), put together from stored bytes; they are read only where parts of resources are wanted. */
import { formatParameters } from '../../fhir/parameters.js'
import { CURSOR } from '../../fhir/search-query.js'
import { cutResource, type Subset } from '../../fhir/subset.js'
import type { HistoryPage, StoredVersion } from '../../store/repository.js'
import { etag } from './headers.js'

export interface HistoryLinks {
  /** Service base URL. */
  readonly base: string
  /** What was asked, without parameters: `https://host/fhir/Patient/1/_history`. */
  readonly address: string
  readonly applied: ReadonlyArray<readonly [string, string]>
  readonly cursor: string | undefined
  readonly subset: Subset | undefined
}

export function historyBundle({ base, address, applied, cursor, subset }: HistoryLinks, page: HistoryPage): Buffer {
  const link = (relation: string, place: string | undefined) => {
    const pairs = place === undefined ? applied : [...applied, [CURSOR, place] as const]
    return { relation, url: pairs.length === 0 ? address : `${address}?${formatParameters(pairs)}` }
  }
  const head = JSON.stringify({
    resourceType: 'Bundle',
    type: 'history',
    ...(page.total === undefined ? {} : { total: page.total }),
    link: [link('self', cursor), ...(page.next === undefined ? [] : [link('next', page.next)])]
  })
  // An empty array is not FHIR: without entries there is no `entry`.
  if (page.versions.length === 0) return Buffer.from(head)
  const entries = page.versions.flatMap((version, n) => [Buffer.from(n === 0 ? '' : ','), ...entryOf(base, version, subset)])
  return Buffer.concat([Buffer.from(head.slice(0, -1) + ',"entry":['), ...entries, Buffer.from(']}')])
}

/** fullUrl names the resource, not the version (invariant bdl-8); a deletion has no resource. */
function entryOf(
  base: string,
  { type, id, versionId, lastUpdated, deleted, method, body }: StoredVersion,
  subset: Subset | undefined
): Buffer[] {
  const fullUrl = `{"fullUrl":${JSON.stringify(`${base}/${type}/${id}`)}`
  const rest = JSON.stringify({
    request: { method, url: method === 'POST' ? type : `${type}/${id}` },
    response: { status: statusOf(method, versionId), etag: etag(versionId), lastModified: new Date(lastUpdated).toISOString() }
  })
  const resource = subset === undefined || deleted ? body : Buffer.from(cutResource(body.toString(), subset))
  return [Buffer.from(deleted ? fullUrl : `${fullUrl},"resource":`), resource, Buffer.from(`,${rest.slice(1)}`)]
}

function statusOf(method: StoredVersion['method'], versionId: string): string {
  if (method === 'DELETE') return '204 No Content'
  return method === 'POST' || versionId === '1' ? '201 Created' : '200 OK'
}
