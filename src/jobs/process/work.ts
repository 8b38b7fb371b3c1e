/** A kind of work as its process sees it. */
import type { Settings } from '../../config.js'
import type { Service } from '../../service/contract.js'
import type { AskedJob } from '../../state/asked.js'
import type { RunProgress } from '../../state/runs.js'
import type { State } from '../../state/state.js'
import type { JobResult } from '../claim.js'

export interface WorkParts {
  readonly settings: Settings
  readonly job: AskedJob
  readonly service: Service
  readonly state: State
}

export interface Work {
  /** As it is now; asked now and then. */
  progress(): RunProgress
  /** Throws what the work throws, and the reason of the signal. */
  run(signal: AbortSignal): Promise<JobResult>
}

export type OpenWork = (parts: WorkParts) => Work
