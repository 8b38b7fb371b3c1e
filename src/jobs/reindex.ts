/** The job that indexes what is in the store already: for a new search parameter, or for a release that indexes otherwise. */
import type { Principal, Service } from '../service/contract.js'
import type { Job } from './jobs.js'

/** The program itself. */
export const SYSTEM: Principal = { subject: 'jobs', role: 'system' }

export function reindexing(service: Pick<Service, 'indexStatus' | 'reindex'>): Job {
  return {
    name: 'reindex',
    pending: () => service.indexStatus().pending,
    step: () => service.reindex(SYSTEM)
  }
}
