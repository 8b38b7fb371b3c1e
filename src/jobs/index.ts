/** The jobs of a server. */
import type { FastifyBaseLogger } from 'fastify'
import type { Settings } from '../config.js'
import { openFiles } from '../files/files.js'
import type { Service } from '../service/contract.js'
import type { State } from '../state/state.js'
import { backupJob } from './backup.js'
import { expiry } from './expiry.js'
import { retentionJob } from './retention.js'
import { type ScheduledJob, Scheduler } from './scheduler.js'

export interface JobParts {
  readonly settings: Settings
  readonly service: Service
  readonly state: State
  readonly logger: Pick<FastifyBaseLogger, 'info' | 'error'>
}

/** All of them, not begun yet. Throws config. */
export function openJobs({ settings, service, state, logger }: JobParts): Scheduler {
  const files = openFiles(settings.files)
  const jobs: ReadonlyArray<ScheduledJob | undefined> = [
    expiry(state),
    backupJob({ settings, service, state, files }),
    retentionJob(settings, service)
  ]
  return new Scheduler(
    state,
    jobs.filter((job) => job !== undefined),
    logger
  )
}
