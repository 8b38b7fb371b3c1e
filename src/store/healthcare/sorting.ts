/** Resources put in order here, where the API cannot: by each key the smallest value, in descending order the largest; what has none comes last. */
import { type IndexSink, indexResource } from '../../fhir/search-index.js'
import type { SortKey } from '../../fhir/search-result.js'
import type { StoredResource } from '../repository.js'

export type SortValue = number | string | null

/** A match and where it stands; equal ones follow each other by name. */
export interface Placed {
  readonly resource: StoredResource
  readonly parsed: { readonly resourceType: string; readonly code?: unknown }
  readonly values: readonly SortValue[]
  /** `Patient/1` */
  readonly name: string
}

export type Place = Pick<Placed, 'values' | 'name'>

/** The same in every process. */
export function placed(resource: StoredResource, parsed: { readonly resourceType: string }, keys: readonly SortKey[]): Placed {
  return { resource, parsed, name: `${resource.type}/${resource.id}`, values: keys.map((key) => sortValue(resource, parsed, key)) }
}

/** Below 0: a comes first. */
export function inOrder(keys: readonly SortKey[], a: Place, b: Place): number {
  for (const [n, { descending }] of keys.entries()) {
    const [left, right] = [a.values[n] ?? null, b.values[n] ?? null]
    if (left === right) continue
    if (left === null || right === null) return left === null ? 1 : -1
    return left < right !== descending ? -1 : 1
  }
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0
}

function sortValue({ id, lastUpdated }: StoredResource, parsed: { readonly resourceType: string }, key: SortKey): SortValue {
  const { kind, descending, paths } = key
  if (kind === 'id') return id
  if (kind === 'lastUpdated') return lastUpdated
  let best: SortValue = null
  const take = (of: SortKey['kind'], path: number, value: number | string, type?: string) => {
    if (of !== kind || !paths.some((one) => one.path === path && (type === undefined || (one.targets?.includes(type) ?? true)))) return
    if (best === null || value < best !== descending) best = value
  }
  const sink: IndexSink = {
    token: (path, _, code) => take('token', path, code),
    string: (path, folded) => take('string', path, folded),
    reference: (path, type, id) => take('reference', path, id, type),
    date: (path, from) => take('date', path, from),
    number: (path, value) => take('number', path, value),
    quantity: (path, value) => take('quantity', path, value),
    uri: (path, value) => take('uri', path, value),
    patient: () => {}
  }
  indexResource(parsed, sink)
  return best
}
