/** The jobs of a server. */
import type { FastifyBaseLogger } from 'fastify'
import { isStoreName, type Settings } from '../config.js'
import { openFiles } from '../files/files.js'
import type { Service } from '../service/contract.js'
import type { State } from '../state/state.js'
import { AskedWork } from './asked.js'
import { auditCheck } from './audit-check.js'
import { backupJob } from './backup.js'
import { expiry } from './expiry.js'
import type { Job } from './jobs.js'
import { orphans } from './orphans.js'
import { processKind } from './process/kind.js'
import { retentionJob } from './retention.js'
import { type ScheduledJob, Scheduler } from './scheduler.js'
import { waitingTimes } from './waiting-times.js'

export interface JobParts {
  readonly settings: Settings
  readonly service: Service
  readonly state: State
  readonly logger: Pick<FastifyBaseLogger, 'info' | 'error'>
}

/** All of them, not begun yet. Throws config. */
export function openJobs({ settings, service, state, logger }: JobParts): Scheduler {
  const files = openFiles(settings.files, { google: settings.google })
  const jobs: ReadonlyArray<ScheduledJob | undefined> = [
    expiry(state),
    backupJob({ settings, service, state, files }),
    retentionJob(settings, service),
    // At Google every batch of the log is a request: it is walked when somebody asks.
    auditCheck(service, isStoreName(settings.store) ? undefined : 86_400),
    stepping(orphans(service), 3600, 'Attachments that nothing named within a day are removed, and contents without a Binary'),
    stepping(waitingTimes(service), 300, 'Waiting times of questions are brought up to date')
  ]
  return new Scheduler(
    state,
    jobs.filter((job) => job !== undefined),
    logger,
    new AskedWork(
      state,
      ['ingest', 'export'].map((kind) => processKind(kind, settings)),
      logger
    )
  )
}

/** All steps of a job, one after the other, as one run. every: seconds. */
function stepping(job: Job, every: number, about: string): ScheduledJob {
  return {
    name: job.name,
    about,
    every,
    async run({ signal, progress }) {
      let steps = 1
      for (let told = await job.step(); told !== undefined; told = await job.step()) {
        signal.throwIfAborted()
        progress(told)
        steps++
      }
      return { counters: { steps } }
    }
  }
}
