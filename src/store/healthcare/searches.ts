/** What is found in a store of the Cloud Healthcare API: by searches, by labels, by counting, and all there is of a type. */
import { indexPaths, pathNumber } from '../../fhir/search-index.js'
import { standardParametersOf } from '../../fhir/search-parameters.js'
import type { SearchQuery } from '../../fhir/search-query.js'
import type { Label, Labels, SearchPage, StoredResource } from '../repository.js'
import type { Caller } from './caller.js'
import { Searcher } from './search.js'
import { SearchCalls } from './search-calls.js'

/** Resources with a label that are looked at. */
const MOST_LABELLED = 10_000

interface Coding {
  readonly system?: unknown
  readonly code?: unknown
}

export class Searches {
  readonly #caller: Caller
  readonly #searcher: Searcher
  readonly #calls: SearchCalls

  constructor(caller: Caller) {
    this.#caller = caller
    this.#calls = new SearchCalls(caller)
    this.#searcher = new Searcher(this.#calls)
  }

  /** Throws search.page, search.too-broad, search.ignored, not-supported, healthcare.*. */
  search(query: SearchQuery): Promise<SearchPage> {
    return this.#searcher.search(query)
  }

  /** The API lists no labels: resources that have some are fetched. Throws search.too-broad. */
  async labels(types: readonly string[]): Promise<Labels> {
    const profiles = new Set<string>()
    const codings = { _tag: new Map<string, Label>(), _security: new Map<string, Label>() }
    for (const type of types) {
      for (const parameter of ['_profile', '_tag', '_security'] as const) {
        for (const { body } of await this.#searcher.all(labelled(type, parameter), MOST_LABELLED)) {
          const { meta } = JSON.parse(body.toString()) as { meta?: { profile?: unknown; tag?: unknown; security?: unknown } }
          if (parameter === '_profile') for (const one of listOf(meta?.profile)) if (typeof one === 'string') profiles.add(one)
          if (parameter === '_profile') continue
          for (const { system, code } of listOf(parameter === '_tag' ? meta?.tag : meta?.security) as Coding[])
            if (typeof code === 'string')
              codings[parameter].set(`${system ?? ''}|${code}`, { system: typeof system === 'string' ? system : undefined, code })
        }
      }
    }
    const sorted = (labels: ReadonlyMap<string, Label>) => [...labels.keys()].sort().map((key) => labels.get(key)!)
    return { profiles: [...profiles].sort(), tags: sorted(codings._tag), security: sorted(codings._security) }
  }

  /** As the metrics of the store have it. */
  async counts(): Promise<Record<string, number>> {
    const { text } = await this.#caller.call({
      method: 'fhirStores.getFHIRStoreMetrics',
      again: 'reads',
      send: ({ fhirStores }, options) => fhirStores.getFHIRStoreMetrics({ name: this.#caller.store }, options)
    })
    const { metrics = [] } = JSON.parse(text) as { metrics?: ReadonlyArray<{ resourceType?: string; count?: string }> }
    const counted = metrics.filter(({ count }) => Number(count ?? 0) > 0)
    return Object.fromEntries(counted.map(({ resourceType, count }) => [resourceType ?? '', Number(count)]))
  }

  /** Every current resource of a type once. */
  each(type: string): AsyncIterable<StoredResource> {
    return this.#searcher.each(type)
  }
}

/** Resources of a type that have a label of a kind. */
function labelled(
  type: string,
  parameter: '_profile' | '_tag' | '_security'
): Pick<SearchQuery, 'types' | 'criteria' | 'limits' | 'baseUrl'> {
  const found = standardParametersOf(type).get(parameter)
  const paths = (found?.paths ?? []).flatMap(({ name }) => {
    const path = pathNumber(found!.kind, name)
    return path === undefined || indexPaths()[path] === undefined ? [] : [{ path }]
  })
  const present = [{ kind: 'token', system: undefined, code: 'false' }] as const
  const criteria = found === undefined ? [] : [{ parameter, kind: found.kind, paths, modifier: 'missing', values: present } as const]
  return { types: [type], criteria, baseUrl: undefined }
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}
