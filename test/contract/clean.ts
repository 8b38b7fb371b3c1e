/** What a store says of itself, where it can. */
import type { Test } from 'tap'
import type { Repository } from '#wardbridge/store/repository.js'

/** No index of the store disagrees with what it holds; of a store that cannot check itself nothing is asked. */
export async function isClean(t: Test, store: Repository, name = 'nothing disagrees'): Promise<void> {
  if (store.capabilities().upkeep.includes('verify')) t.strictSame((await store.verify({ rebuild: false })).problems, [], name)
}

/** Builds the indexes anew, where that can be asked for. */
export async function rebuild(t: Test, store: Repository): Promise<void> {
  if (store.capabilities().upkeep.includes('verify')) t.strictSame((await store.verify({ rebuild: true })).problems, [])
}
