/**
 * Work that somebody asked for. It is written down before it begins and goes on by itself until it is done: one run after the other, each claimed like any
 * run, until one says `done` or `failed`. A run that ended with its process is followed by the next one.
 */
import { randomUUID } from 'node:crypto'
import type { FastifyBaseLogger } from 'fastify'
import { fail } from '../errors.js'
import type { AskedJob } from '../state/asked.js'
import type { Run } from '../state/runs.js'
import type { State } from '../state/state.js'
import { claimRun, codeOf, Halt, type JobContext, type JobResult } from './claim.js'
import { isGone } from './process-name.js'
import type { ObserveRun } from './scheduler.js'

/** A kind of work that can be asked for. */
export interface JobKind {
  /** Lower-case letters and dashes. */
  readonly name: string
  /** Does the work, or what is left of it. Told to stop by the signal, it throws the signal's reason. */
  run(job: AskedJob, context: JobContext): Promise<JobResult>
}

/** `waiting`: for its turn, or for its next run. */
export type AskedStatus = 'waiting' | 'running' | 'cancelling' | 'done' | 'failed' | 'cancelled'

export interface AskedView {
  readonly job: AskedJob
  readonly status: AskedStatus
  /** Since it was asked for last, the newest first. */
  readonly runs: readonly Run[]
}

/** Milliseconds. */
const LOOK_EVERY = 1000
const RUNS = 50

interface Current {
  readonly id: string
  readonly halt: AbortController
  run: Run
  ended: Promise<void>
}

export class AskedWork {
  readonly #state: Pick<State, 'runs' | 'asked'>
  readonly #log: Pick<FastifyBaseLogger, 'info' | 'error'>
  readonly #kinds: ReadonlyMap<string, JobKind>
  #current: Current | undefined
  #looking: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined
  #closed = false
  observe: ObserveRun = () => {}

  constructor(state: Pick<State, 'runs' | 'asked'>, kinds: readonly JobKind[], log: Pick<FastifyBaseLogger, 'info' | 'error'>) {
    this.#state = state
    this.#log = log
    this.#kinds = new Map(kinds.map((kind) => [kind.name, kind]))
  }

  /** Begins to look for what is to be done. */
  start(): void {
    this.#timer = setInterval(() => this.#look(), LOOK_EVERY).unref()
    this.#look()
  }

  /** Stops what runs, so that it goes on where the next process finds it. */
  async close(): Promise<void> {
    this.#closed = true
    clearInterval(this.#timer)
    this.#current?.halt.abort(new Halt('stopped'))
    await this.#looking
    this.#current?.halt.abort(new Halt('stopped'))
    await this.#current?.ended
  }

  kinds(): readonly JobKind[] {
    return [...this.#kinds.values()]
  }

  /** Writes the work down; it begins within a second, after what was asked for before. */
  async ask(kind: string, request: AskedJob['request'], by: Pick<AskedJob, 'by' | 'role'>): Promise<AskedView> {
    const now = Date.now()
    const job: AskedJob = { id: randomUUID(), kind, ...by, asked: now, since: now, request, status: 'open' }
    await this.#state.asked.add(job)
    if (this.#timer !== undefined) this.#look()
    return { job, status: 'waiting', runs: [] }
  }

  /** The newest first. */
  async list(): Promise<readonly AskedView[]> {
    const jobs = await this.#state.asked.list()
    return Promise.all(jobs.map((job) => this.#view(job)))
  }

  /** Throws job.unknown. */
  async get(id: string): Promise<AskedView> {
    return this.#view(await this.#job(id))
  }

  /** It does not go on; what it has done stays. Nothing happens to one that has ended. Throws job.unknown. */
  async cancel(id: string): Promise<AskedView> {
    const { job, status } = await this.get(id)
    if (status === 'waiting' || status === 'running') await this.#state.asked.change(job.id, { status: 'held' })
    if (this.#current?.id === id && status === 'running') this.#current.halt.abort(new Halt('cancelled'))
    return this.get(id)
  }

  /** Goes on with one that failed or was cancelled. Throws job.unknown, job.not-resumable. */
  async resume(id: string): Promise<AskedView> {
    const { job, status } = await this.get(id)
    if (status !== 'failed' && status !== 'cancelled') throw fail('job.not-resumable', { job: id, status })
    await this.#state.asked.change(job.id, { status: 'open', since: Date.now() })
    if (this.#timer !== undefined) this.#look()
    return this.get(id)
  }

  /** Forgets one that has ended. Throws job.unknown, job.not-ended. */
  async remove(id: string): Promise<void> {
    const { status } = await this.get(id)
    if (status === 'waiting' || status === 'running' || status === 'cancelling') throw fail('job.not-ended', { job: id, status })
    await this.#state.asked.remove(id)
  }

  async #job(id: string): Promise<AskedJob> {
    const job = await this.#state.asked.get(id)
    if (job === undefined) throw fail('job.unknown', { job: id.slice(0, 40) })
    return job
  }

  async #view(job: AskedJob): Promise<AskedView> {
    const runs = await this.#runsOf(job)
    return { job, status: statusOf(job, runs), runs }
  }

  /** With what this process knows better than the state. */
  async #runsOf(job: AskedJob): Promise<readonly Run[]> {
    const runs = (await this.#state.runs.of(nameOf(job), RUNS)).filter(({ began }) => began >= job.since)
    const live = this.#current?.id === job.id ? this.#current.run : undefined
    return runs.map((run) => (run.id === live?.id && run.outcome === 'running' ? live : run))
  }

  #look(): void {
    if (this.#looking !== undefined || this.#closed) return
    this.#looking = this.#next()
      .catch((error: unknown) => this.#log.error({ code: codeOf(error) }, 'asked jobs could not be looked at'))
      .finally(() => {
        this.#looking = undefined
      })
  }

  /** Stops what is wanted no longer, or begins what waits longest. */
  async #next(): Promise<void> {
    const current = this.#current
    if (current !== undefined) {
      if ((await this.#state.asked.get(current.id))?.status !== 'open') current.halt.abort(new Halt('cancelled'))
      return
    }
    const open = (await this.#state.asked.list()).filter(({ status, kind }) => status === 'open' && this.#kinds.has(kind))
    for (const job of open.sort((a, b) => a.asked - b.asked)) {
      const runs = await this.#runsOf(job)
      const status = statusOf(job, runs)
      const [last] = runs
      if (status === 'done' || status === 'failed') await this.#state.asked.change(job.id, { status: 'held' })
      else if (await this.#begin(job, last)) return
    }
  }

  /** False when another process has it. */
  async #begin(job: AskedJob, last: Run | undefined): Promise<boolean> {
    const { runs } = this.#state
    if (this.#closed) return false
    if (last?.outcome === 'running' && isGone(last.process)) await runs.lose(last.id, Date.now())
    const halt = new AbortController()
    const kind = this.#kinds.get(job.kind)!
    const isDue = (one: Run | undefined) => one === undefined || one.began < job.since || isToGoOn(one)
    let current: Current | undefined
    const begun = await claimRun(runs, { job: nameOf(job), by: job.by, signal: halt.signal, isDue }, (context) =>
      kind.run(job, {
        signal: context.signal,
        progress: (now) => {
          if (current !== undefined) current.run = { ...current.run, progress: now, detail: now.detail }
          context.progress(now)
        }
      })
    )
    if (begun === undefined) return false
    const { run } = begun
    this.#log.info({ job: job.kind, id: job.id, run: run.id }, 'job begins')
    const ended = begun.ended
      .then(
        ({ counters }) => this.#tell(job, run, 'done', counters),
        (error: unknown) => this.#tell(job, run, halt.signal.aborted ? 'stopped' : 'failed', { code: codeOf(error) })
      )
      .finally(() => {
        this.#current = undefined
        this.#look()
      })
    current = { id: job.id, halt, run, ended }
    this.#current = current
    return true
  }

  #tell({ kind, id }: AskedJob, { id: run, began }: Run, outcome: 'done' | 'failed' | 'stopped', more: object): void {
    const ms = Date.now() - began
    const line = { job: kind, id, run, ms, ...more }
    if (outcome === 'failed') this.#log.error(line, 'job failed')
    else this.#log.info(line, outcome === 'done' ? 'job is done' : 'job was stopped')
    if (outcome !== 'stopped') this.observe({ job: kind, outcome, seconds: ms / 1000 })
  }
}

function nameOf({ kind, id }: AskedJob): string {
  return `${kind}/${id}`
}

function isToGoOn({ outcome }: Run): boolean {
  return outcome === 'lost' || outcome === 'stopped' || outcome === 'cancelled'
}

function statusOf({ status }: AskedJob, [last]: readonly Run[]): AskedStatus {
  if (last?.outcome === 'done' || last?.outcome === 'failed') return last.outcome
  if (last?.outcome === 'running') return status === 'open' ? 'running' : isGone(last.process) ? 'cancelled' : 'cancelling'
  return status === 'open' ? 'waiting' : 'cancelled'
}
