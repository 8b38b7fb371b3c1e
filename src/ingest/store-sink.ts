/** Loads into a store, through the service. */
import type { Principal, Service } from '../service/contract.js'
import type { LoadSink } from './sink.js'
import { storedResources } from './stored.js'

export async function openStoreSink(service: Service, who: Principal): Promise<LoadSink> {
  const load = await service.bulk(who, { refuseRepeats: true })
  return {
    worker: { kind: 'store', worker: load.worker },
    countsRepeats: true,
    stored: storedResources(service, who),
    async accept(output) {
      if (output.kind !== 'stage') throw new Error('a store takes stages only')
      const { byType, repeats, refused } = await load.merge(output.batch)
      return { byType, repeats: [...repeats, ...refused] }
    },
    remove: async (type, id) => {
      await service.delete(who, type, id)
    },
    finish: () => load.finish(),
    abort: () => load.abort()
  }
}
