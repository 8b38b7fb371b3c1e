/** Searches on the Cloud Healthcare API, and what is found by them. */
import { fail } from '../../errors.js'
import type { SearchQuery } from '../../fhir/search-query.js'
import type { Labels, SearchPage, StoredResource } from '../repository.js'
import type { Caller } from './caller.js'

export class Searches {
  readonly caller: Caller

  constructor(caller: Caller) {
    this.caller = caller
  }

  async search(_query: SearchQuery): Promise<SearchPage> {
    throw fail('not-supported', { what: 'A search' })
  }

  async labels(_types: readonly string[]): Promise<Labels> {
    throw fail('not-supported', { what: 'Listing labels' })
  }

  async counts(): Promise<Record<string, number>> {
    throw fail('not-supported', { what: 'Counting' })
  }

  // biome-ignore lint/correctness/useYield: nothing to give yet
  async *each(_type: string): AsyncIterable<StoredResource> {
    throw fail('not-supported', { what: 'A list of all resources' })
  }
}
