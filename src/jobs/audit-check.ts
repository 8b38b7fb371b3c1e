/** The job that walks the chain of the audit log: an alteration is to be found by the house, not by whoever asks one day. */
import { fail } from '../errors.js'
import type { Service } from '../service/contract.js'
import { SYSTEM } from './reindex.js'
import type { ScheduledJob } from './scheduler.js'

/** every: seconds; undefined: when it is asked for. */
export function auditCheck(service: Pick<Service, 'verifyAudit'>, every: number | undefined): ScheduledJob {
  return {
    name: 'audit-check',
    about:
      'The chain of the audit log is walked, as `wardbridge audit verify` does; the run fails when an entry was altered, taken out or cut off',
    every,
    async run({ signal, progress }) {
      const { batches, entries, problem } = await service.verifyAudit(SYSTEM, (done) => {
        signal.throwIfAborted()
        progress({ done, total: done })
      })
      if (problem !== undefined) throw fail('audit.broken', { batch: problem.batch, reason: problem.reason })
      return { counters: { batches, entries } }
    }
  }
}
