/**
 * Work that takes long and must not be lost: a job is a row of short steps, each of which commits what it did together with how far it came. So it
 * goes on after a crash where it was, and nothing is remembered here.
 */
import type { FastifyBaseLogger } from 'fastify'

export interface Progress {
  readonly done: number
  readonly total: number
}

export interface Job {
  /** For the log. */
  readonly name: string
  /** Runs so often that only its failures are logged. */
  readonly quiet?: boolean
  /** True when there is something to do; asked often, so it must cost next to nothing. */
  pending(): boolean
  /** Does the next step; undefined when there is nothing left to do. */
  step(): Promise<Progress | undefined>
}

export interface RunningJobs {
  /** Waits for the steps under way. */
  close(): Promise<void>
}

/** How often pending() is asked, in milliseconds: other processes make work, too. */
const EVERY = 250
/** How often progress is logged. */
const TELL_EVERY = 5000
/** Wait after a step that failed. */
const AFTER_FAILURE = 5000

/** Runs jobs whenever they have something to do, until it is closed. Beginning, progress and end are logged. */
export function runJobs(jobs: readonly Job[], log: Pick<FastifyBaseLogger, 'info' | 'error'>): RunningJobs {
  const stop = new AbortController()
  const loops = jobs.map((job) => loop(job, log, stop.signal))
  return {
    async close() {
      stop.abort()
      await Promise.all(loops)
    }
  }
}

async function loop(job: Job, log: Pick<FastifyBaseLogger, 'info' | 'error'>, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      if (job.pending()) await run(job, log, signal)
      await pause(EVERY, signal)
    } catch (error) {
      log.error({ job: job.name, code: (error as { code?: unknown }).code }, 'a job failed and is tried again')
      await pause(AFTER_FAILURE, signal)
    }
  }
}

async function run(job: Job, log: Pick<FastifyBaseLogger, 'info'>, signal: AbortSignal): Promise<void> {
  const began = performance.now()
  let told = began
  if (job.quiet !== true) log.info({ job: job.name }, 'job begins')
  for (let progress = await job.step(); progress !== undefined; progress = await job.step()) {
    if (signal.aborted) return
    const now = performance.now()
    if (now - told < TELL_EVERY) continue
    told = now
    log.info({ job: job.name, ...progress }, 'job goes on')
  }
  if (job.quiet !== true) log.info({ job: job.name, ms: Math.round(performance.now() - began) }, 'job is done')
}

/** The timer does not keep the process alive. */
function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const end = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, milliseconds)
    timer.unref()
    signal.addEventListener('abort', end)
  })
}
