/** The calls behind searches: a page of one, and many resources by their ids. */
import { fail } from '../../errors.js'
import type { StoredResource } from '../repository.js'
import type { Param } from './alternatives.js'
import { readResource, storedResource } from './body.js'
import { readAnswer } from './bundle.js'
import type { Caller } from './caller.js'

/** The most that the API gives in a page. */
export const MOST_COUNT = 1000
/** Resources that are read in one batch. */
const MOST_READ = 200
/** Names that the official client takes for itself; with `_` behind them it sends them on. */
const RESERVED: readonly string[] = ['auth', 'headers', 'media', 'parent', 'requestBody', 'resource', 'resourceType']
const ID = /^[A-Za-z0-9\-.]{1,64}$/

export interface Asked {
  /** `Observation`; '' for the whole store; `Patient/1/$everything`. */
  readonly path: string
  readonly params: readonly Param[]
  readonly count: number
  /** Of the page; undefined: the first one. */
  readonly token: string | undefined
}

export interface ApiPage {
  readonly resources: readonly StoredResource[]
  /** Of the next page. */
  readonly next: string | undefined
  /** Names of parameters that the API left aside, as its link `self` shows. */
  readonly ignored: readonly string[]
}

export interface Wanted {
  readonly type: string
  readonly id: string
  readonly version: string | undefined
}

export class SearchCalls {
  readonly #caller: Caller

  constructor(caller: Caller) {
    this.#caller = caller
  }

  /** Parameters stand in the address, as the API has it. Throws search.page for a token that it does not take. */
  async page({ path, params, count, token }: Asked): Promise<ApiPage> {
    const query = queryOf([
      ...params,
      ['_count', String(Math.min(count, MOST_COUNT))],
      ...(token === undefined ? [] : [['_page_token', token] as const])
    ])
    const parent = this.#caller.store
    const [, patient] = /^Patient\/([^/]+)\/\$everything$/.exec(path) ?? []
    const { status, text } = await this.#caller.call({
      method: patient !== undefined ? 'Patient-everything' : path === '' ? 'search' : 'search-type',
      again: 'reads',
      answers: [...(token === undefined ? [] : [400]), ...(patient === undefined ? [] : [404, 410])],
      headers: { prefer: 'handling=lenient' },
      send: ({ fhirStores: { fhir } }, options) => {
        if (patient !== undefined) return fhir.PatientEverything({ ...query, name: this.#caller.name('Patient', patient) }, options)
        if (path === '') return fhir.search({ ...query, parent }, options)
        return fhir.searchType({ ...query, parent, resourceType: path }, options)
      }
    })
    if (status === 400) throw fail('search.page')
    if (status >= 400) return { resources: [], next: undefined, ignored: [] }
    const { entries, links } = readAnswer(text)
    const applied = patient === undefined && links['self'] !== undefined ? namesIn(links['self']) : undefined
    return {
      resources: entries.flatMap((entry) =>
        entry.text === undefined || entry.search?.mode === 'outcome' || entry.search?.mode === 'include'
          ? []
          : [storedResource(readResource(entry.text))]
      ),
      next: links['next'] === undefined ? undefined : valueIn(links['next'], '_page_token'),
      ignored: applied === undefined ? [] : missing(params, applied)
    }
  }

  /**
   * Current resources, or the versions that are named, in the order in which they were asked for; what is not there is left out. In batches, so that ids
   * stand in a body and not in an address, and without the delay of the search index.
   */
  async read(all: readonly Wanted[]): Promise<StoredResource[]> {
    const found: StoredResource[] = []
    const readable = all.filter(({ id, version }) => ID.test(id) && (version === undefined || ID.test(version)))
    for (let at = 0; at < readable.length; at += MOST_READ) found.push(...(await this.#batch(readable.slice(at, at + MOST_READ))))
    return found
  }

  async #batch(wanted: readonly Wanted[]): Promise<StoredResource[]> {
    const entry = wanted.map(({ type, id, version }) => ({
      request: { method: 'GET', url: version === undefined ? `${type}/${id}` : `${type}/${id}/_history/${version}` }
    }))
    const { text } = await this.#caller.call({
      method: 'executeBundle',
      again: 'reads',
      headers: { 'content-type': 'application/fhir+json;charset=utf-8' },
      send: ({ fhirStores: { fhir } }, options) =>
        fhir.executeBundle({ parent: this.#caller.store, requestBody: { resourceType: 'Bundle', type: 'batch', entry } as never }, options)
    })
    return readAnswer(text).entries.flatMap(({ text, response }) =>
      text === undefined || !response?.status?.startsWith('200') ? [] : [storedResource(readResource(text))]
    )
  }
}

/** As the client takes them: what is there several times as a list. */
function queryOf(params: readonly Param[]): Record<string, string[]> {
  const query: Record<string, string[]> = {}
  for (const [name, value] of params) {
    const key = RESERVED.includes(name) ? `${name}_` : name
    query[key] = [...(query[key] ?? []), value]
  }
  return query
}

function parametersOf(url: string): URLSearchParams {
  return new URLSearchParams(url.slice(url.indexOf('?') + 1 || url.length))
}

function namesIn(url: string): string[] {
  return [...parametersOf(url).keys()]
}

function valueIn(url: string, name: string): string | undefined {
  return parametersOf(url).get(name) ?? undefined
}

/** Names of which fewer were applied than asked for. */
function missing(params: readonly Param[], applied: readonly string[]): string[] {
  const left = [...applied]
  return params.flatMap(([name]) => {
    const at = left.indexOf(name)
    if (at < 0) return [name]
    left.splice(at, 1)
    return []
  })
}
