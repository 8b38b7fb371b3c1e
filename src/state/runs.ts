/** PORT: runs of jobs, one of a job at a time over all processes. Times are milliseconds since 1970 UTC. */
import type { Awaitable } from '../awaitable.js'

/** `lost`: its process ended before it did; `stopped`: its process was told to end before it did; `cancelled`: somebody wanted it no longer. */
export type RunOutcome = 'running' | 'done' | 'failed' | 'lost' | 'stopped' | 'cancelled'

export interface Run {
  readonly id: string
  readonly job: string
  /** Who asked for it: subject of a token, `schedule`, or `command line`. */
  readonly by: string
  /** Names the process that has it: jobs/process-name.ts. */
  readonly process: string
  readonly began: number
  readonly ended: number | undefined
  readonly outcome: RunOutcome
  readonly progress: Pick<RunProgress, 'done' | 'total'> | undefined
  /** More about how far it is or what it did, JSON; no patient data. */
  readonly detail: Readonly<Record<string, unknown>> | undefined
  /** What it did, in numbers. */
  readonly counters: Readonly<Record<string, number>>
  /** What it made, where it made something: the name of a backup. */
  readonly result: string | undefined
  /** Code of the error that ended it. */
  readonly error: string | undefined
}

export interface RunProgress {
  readonly done: number
  readonly total: number
  readonly detail?: Readonly<Record<string, unknown>> | undefined
}

export interface RunEnd extends Pick<Run, 'counters'> {
  readonly outcome: 'done' | 'failed' | 'stopped' | 'cancelled'
  readonly result?: string | undefined
  readonly error?: string | undefined
  /** Undefined: that of the last progress stays. */
  readonly detail?: Readonly<Record<string, unknown>> | undefined
}

export interface Runs {
  /**
   * Takes the job, and counts as its process being alive until `now + lease`. A run whose time has passed is `lost`, and does not stand in the way. Undefined
   * when the job is taken, or is not to begin: isDue is asked about the last run in the same transaction.
   */
  begin(
    run: Pick<Run, 'id' | 'job' | 'by'> & Partial<Pick<Run, 'process'>>,
    now: number,
    lease: number,
    isDue?: (last: Run | undefined) => boolean
  ): Awaitable<Run | undefined>
  /** Still alive, until `now + lease`, and so far. False: the run was given up by another process, or has ended. */
  beat(id: string, now: number, lease: number, progress: RunProgress | undefined): Awaitable<boolean>
  end(id: string, now: number, end: RunEnd): Awaitable<void>
  /** Its process is known to be dead: it is `lost` before its time has passed. */
  lose(id: string, now: number): Awaitable<void>
  get(id: string): Awaitable<Run | undefined>
  /** The newest first, at most `most`; the last 50 of each job are kept. */
  of(job: string, most: number): Awaitable<readonly Run[]>
}
