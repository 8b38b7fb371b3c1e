/** The job that keeps waiting times current, so that nobody who asks for them waits for what was written since. */
import type { Principal, Service } from '../service/contract.js'
import type { Job } from './jobs.js'

/** The program itself. */
const SYSTEM: Principal = { subject: 'jobs', role: 'system' }

/** How often, in milliseconds. */
const EVERY = 30_000

export function waitingTimes(service: Pick<Service, 'waitingTimes'>, now: () => number = Date.now): Job {
  let due = now()
  return {
    name: 'waiting-times',
    quiet: true,
    pending: () => now() >= due,
    step: async () => {
      await service.waitingTimes(SYSTEM)
      due = now() + EVERY
      return undefined
    }
  }
}
