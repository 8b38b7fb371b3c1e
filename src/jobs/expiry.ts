/** The job that takes away what has expired. Nothing of it counts any more in any case: this is for the size of the state. */
import type { State } from '../state/state.js'
import type { ScheduledJob } from './scheduler.js'

export function expiry(state: Pick<State, 'expire'>): ScheduledJob {
  return {
    name: 'expiry',
    about: 'Sessions, revocations, replay ids, login counts, idempotency keys and signing keys that have expired are removed',
    every: 3600,
    run: async () => ({ counters: await state.expire(Date.now()) })
  }
}
