/** Reading, searching and writing resources for rows: through the service, as the one who asks. */
import { fail, WardbridgeError } from '../errors.js'
import { parseSearch } from '../fhir/search-query.js'
import type { Principal, Service } from '../service/contract.js'
import type { SearchPage, StoredResource } from '../store/repository.js'

/** A write of a transaction. A put without a version is of a resource that must not be there yet. */
export type Entry =
  | {
      readonly method: 'PUT'
      readonly type: string
      readonly id: string
      readonly text: string
      readonly version: string | undefined
      /** Search parameters that must find this resource, when there is a version, or nothing. */
      readonly alone?: string
    }
  | { readonly method: 'DELETE'; readonly type: string; readonly id: string; readonly version: string }

/** Undefined for what is not there, or not for this caller. */
export async function readIfThere(service: Service, who: Principal, type: string, id: string): Promise<StoredResource | undefined> {
  try {
    const found = await service.read(who, type, id)
    return { ...found, body: Buffer.from(found.body) }
  } catch (error) {
    if (error instanceof WardbridgeError && ['resource.not-found', 'resource.deleted'].includes(error.code)) return undefined
    throw error
  }
}

export async function find(
  service: Service,
  who: Principal,
  type: string,
  parameters: ReadonlyArray<readonly [string, string]>
): Promise<SearchPage> {
  return service.search(who, parseSearch(type, parameters, { handling: 'strict', custom: service.searchParameters() }))
}

/** Every match, page after page. */
export async function* findAll(
  service: Service,
  who: Principal,
  type: string,
  parameters: ReadonlyArray<readonly [string, string]>
): AsyncGenerator<StoredResource> {
  let cursor: string | undefined
  do {
    const page = await find(service, who, type, [
      ...parameters,
      ['_count', '200'],
      ...(cursor === undefined ? [] : [['_cursor', cursor] as const])
    ])
    yield* page.resources
    cursor = page.next
  } while (cursor !== undefined)
}

/** A text as a part of a search value. */
export function searchText(text: string): string {
  return text.replace(/[\\,$|]/g, (special) => `\\${special}`)
}

/** Writes all entries or none. base: address of the FHIR API as the client sees it. Throws what a transaction throws. */
export async function write(service: Service, who: Principal, base: string, entries: readonly Entry[]): Promise<void> {
  if (entries.length === 0) return
  const text = `{"resourceType":"Bundle","type":"transaction","entry":[${entries.map((entry) => entryJson(base, entry)).join(',')}]}`
  try {
    await service.transact(who, { text, bundle: await service.readBundle(text, base) }, { base })
  } catch (error) {
    if (!(error instanceof AggregateError)) throw ofResource(error, entries)
    const errors = error.errors.map((one) => ofResource(one, entries))
    throw errors.length === 1 ? errors[0] : new AggregateError(errors, error.message)
  }
}

/** Nobody who sent a row knows of a Bundle: `Bundle.entry[1].resource.status` -> `Encounter.status`. */
function ofResource(error: unknown, entries: readonly Entry[]): unknown {
  const place = error instanceof WardbridgeError ? /^Bundle\.entry\[(\d+)\](?:\.resource)?(.*)$/.exec(error.expression ?? '') : null
  if (place === null || !(error instanceof WardbridgeError)) return error
  const { code, issue } = error
  const type = entries[Number(place[1])]?.type ?? ''
  const params = Object.fromEntries(
    Object.entries(error.params).map(([name, value]) => [
      name,
      typeof value === 'string' ? value.replaceAll(/Bundle\.entry\[\d+\](?:\.resource)?/g, type) : value
    ])
  )
  return fail(code, params, { expression: `${type}${place[2]}`, issue, cause: error })
}

function entryJson(base: string, entry: Entry): string {
  const { method, type, id, version } = entry
  const alone = entry.method === 'PUT' ? entry.alone : undefined
  const request = {
    method,
    url: alone === undefined ? `${type}/${id}` : `${type}?${alone}`,
    ...(version !== undefined ? { ifMatch: `W/"${version}"` } : alone === undefined ? { ifNoneMatch: '*' } : {})
  }
  const resource = entry.method === 'PUT' ? `"resource":${entry.text},` : ''
  return `{"fullUrl":${JSON.stringify(`${base}/${type}/${id}`)},${resource}"request":${JSON.stringify(request)}}`
}
