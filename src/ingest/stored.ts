/** The resources of a store as loads and the way back need them, read through the service. */
import { WardbridgeError } from '../errors.js'
import { parseSearch } from '../fhir/search-query.js'
import type { Principal, Service } from '../service/contract.js'
import type { StoredResources } from './sink.js'

export function storedResources(service: Service, who: Principal): StoredResources {
  return {
    async has(type) {
      return ((await service.counts(who))[type] ?? 0) > 0
    },
    async read(type, id) {
      try {
        return (await service.read(who, type, id)).body.toString()
      } catch (error) {
        const gone = error instanceof WardbridgeError && (error.code === 'resource.not-found' || error.code === 'resource.deleted')
        if (gone) return undefined
        throw error
      }
    },
    async *each(type) {
      for await (const { id, body } of service.each(who, type)) yield { id, text: body.toString() }
    },
    async find(type, identifier) {
      const query = parseSearch(
        type,
        [
          ['identifier', identifier],
          ['_count', '2']
        ],
        { handling: 'strict' }
      )
      return (await service.search(who, query)).resources.map(({ id }) => `${type}/${id}`)
    }
  }
}
