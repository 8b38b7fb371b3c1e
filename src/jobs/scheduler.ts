/**
 * Jobs that run again and again, and when somebody asks. A run is claimed in the state, so that of several processes one has it; its process says every few
 * seconds that it is alive, and when it no longer does, the run is lost and the job is due again.
 */
import type { FastifyBaseLogger } from 'fastify'
import { fail } from '../errors.js'
import type { Run } from '../state/runs.js'
import type { State } from '../state/state.js'
import type { AskedWork } from './asked.js'
import { claimRun, codeOf, type JobContext, type JobResult } from './claim.js'
import { isGone } from './process-name.js'

export interface ScheduledJob {
  /** Lower-case letters and dashes. */
  readonly name: string
  readonly about: string
  /** Seconds from the beginning of a run to that of the next; undefined: it runs when asked for only. */
  readonly every: number | undefined
  run(context: JobContext): Promise<JobResult>
}

export interface JobStatus {
  readonly job: ScheduledJob
  readonly last: Run | undefined
  /** When it is due, in milliseconds since 1970 UTC; undefined: never by itself. */
  readonly next: number | undefined
}

/** A run that has ended, for the metrics. */
export type ObserveRun = (run: { readonly job: string; readonly outcome: 'done' | 'failed'; readonly seconds: number }) => void

/** Milliseconds, both. */
const LOOK_EVERY = 5000
/** A run that failed or was lost is tried again after this, or at the next time, whichever is earlier. */
const RETRY = 15 * 60_000

export class Scheduler {
  readonly #state: Pick<State, 'runs'>
  readonly #log: Pick<FastifyBaseLogger, 'info' | 'error'>
  readonly #jobs = new Map<string, ScheduledJob>()
  readonly #running = new Set<Promise<void>>()
  readonly #stop = new AbortController()
  #timer: NodeJS.Timeout | undefined
  #looking: Promise<void> | undefined
  /** What runs because somebody asked for it once. */
  readonly asked: AskedWork | undefined
  #observe: ObserveRun = () => {}

  constructor(
    state: Pick<State, 'runs'>,
    jobs: readonly ScheduledJob[],
    log: Pick<FastifyBaseLogger, 'info' | 'error'>,
    asked?: AskedWork | undefined
  ) {
    this.#state = state
    this.#log = log
    this.asked = asked
    for (const job of jobs) this.#jobs.set(job.name, job)
  }

  set observe(observe: ObserveRun) {
    this.#observe = observe
    if (this.asked !== undefined) this.asked.observe = observe
  }

  /** Begins to look for what is due. */
  start(): void {
    this.asked?.start()
    this.#timer = setInterval(() => void this.#look(), LOOK_EVERY).unref()
    void this.#look()
  }

  /** Stops what runs and waits for it. */
  async close(): Promise<void> {
    clearInterval(this.#timer)
    this.#stop.abort()
    await this.#looking
    await Promise.all([...this.#running, this.asked?.close()])
  }

  /** By name. */
  list(): Promise<readonly JobStatus[]> {
    const jobs = [...this.#jobs.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
    return Promise.all(jobs.map((job) => this.#status(job)))
  }

  /** Undefined: there is no such job. */
  async status(name: string): Promise<JobStatus | undefined> {
    const job = this.#jobs.get(name)
    return job && this.#status(job)
  }

  /** Begins a run now. Throws job.unknown, job.running. */
  async trigger(name: string, by: string): Promise<Run> {
    const job = this.#jobs.get(name)
    if (job === undefined) throw fail('job.unknown', { job: name.slice(0, 40) })
    const run = await this.#begin(job, by)
    if (run === undefined) throw fail('job.running', { job: name })
    return run
  }

  /** Throws job.unknown-run. */
  async run(id: string): Promise<Run> {
    const run = await this.#state.runs.get(id)
    if (run === undefined) throw fail('job.unknown-run', { run: id.slice(0, 40) })
    return run
  }

  async runsOf(name: string, most: number): Promise<readonly Run[]> {
    return this.#state.runs.of(name, most)
  }

  /** One look at a time: those of a state elsewhere take a while. */
  #look(): Promise<void> {
    this.#looking ??= this.#lookAtAll().finally(() => {
      this.#looking = undefined
    })
    return this.#looking
  }

  async #lookAtAll(): Promise<void> {
    for (const job of this.#jobs.values()) {
      if (this.#stop.signal.aborted) return
      try {
        const isDue = (last: Run | undefined) => (nextOf(job, last) ?? Number.POSITIVE_INFINITY) <= Date.now()
        const [last] = await this.#state.runs.of(job.name, 1)
        // One that seems to run may be lost: the claim says.
        if (last?.outcome === 'running' && isGone(last.process)) await this.#state.runs.lose(last.id, Date.now())
        if (last?.outcome === 'running' || isDue(last)) await this.#begin(job, 'schedule', isDue)
      } catch (error) {
        this.#log.error({ job: job.name, code: (error as { code?: unknown }).code }, 'a job could not be begun')
      }
    }
  }

  async #status(job: ScheduledJob): Promise<JobStatus> {
    const [last] = await this.#state.runs.of(job.name, 1)
    return { job, last, next: nextOf(job, last) }
  }

  async #begin(job: ScheduledJob, by: string, isDue?: (last: Run | undefined) => boolean): Promise<Run | undefined> {
    const begun = await claimRun(this.#state.runs, { job: job.name, by, signal: this.#stop.signal, ...(isDue && { isDue }) }, (context) =>
      job.run(context)
    )
    if (begun === undefined) return undefined
    const { run, ended } = begun
    this.#log.info({ job: job.name, run: run.id }, 'job begins')
    const work = ended
      .then(
        ({ counters }) => this.#tell(run, 'done', counters),
        (error) => this.#tell(run, 'failed', { code: codeOf(error) })
      )
      .finally(() => this.#running.delete(work))
    this.#running.add(work)
    return run
  }

  #tell({ id, job, began }: Run, outcome: 'done' | 'failed', more: object): void {
    const ms = Date.now() - began
    const line = { job, run: id, ms, ...more }
    if (outcome === 'done') this.#log.info(line, 'job is done')
    else this.#log.error(line, 'job failed')
    this.#observe({ job, outcome, seconds: ms / 1000 })
  }
}

/** When a job is due after its last run. */
function nextOf({ every }: ScheduledJob, last: Run | undefined): number | undefined {
  if (every === undefined) return undefined
  if (last === undefined) return 0
  if (last.outcome === 'lost') return last.ended ?? last.began
  return last.began + (last.outcome === 'failed' ? Math.min(every * 1000, RETRY) : every * 1000)
}
