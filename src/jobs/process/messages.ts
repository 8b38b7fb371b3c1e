/** What a server and the process of a job say to each other. All of it is JSON. */
import type { Settings } from '../../config.js'
import type { ThreadError } from '../../ingest/index.js'
import type { AskedJob } from '../../state/asked.js'
import type { RunProgress } from '../../state/runs.js'
import type { JobResult } from '../claim.js'

export type ToJob = { readonly kind: 'start'; readonly settings: Settings; readonly job: AskedJob } | { readonly kind: 'stop' }

export type FromJob =
  | { readonly kind: 'progress'; readonly progress: RunProgress }
  | { readonly kind: 'done'; readonly result: JobResult }
  | { readonly kind: 'failed'; readonly error: ThreadError }
  /** As it was told to. */
  | { readonly kind: 'stopped' }
