/** Loads into a store, through the service. */
import type { Principal, Service } from '../service/contract.js'
import type { LoadSink } from './sink.js'
import { storedResources } from './stored.js'

/** since: where a load goes on that an earlier run began: its place among the writes of the store before. */
export async function openStoreSink(service: Service, who: Principal, since?: number): Promise<LoadSink> {
  const load = await service.bulk(who, { refuseRepeats: true, ...(since === undefined ? {} : { since }) })
  return {
    worker: { kind: 'store', worker: load.worker },
    countsRepeats: true,
    since: load.since,
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
