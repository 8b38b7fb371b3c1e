/** One run of a job, claimed in the state for as long as its process lives. */
import { randomUUID } from 'node:crypto'
import type { Run, RunProgress, Runs } from '../state/runs.js'
import { PROCESS_NAME } from './process-name.js'

export interface JobContext {
  /** Aborted when the server stops, or the run was lost to another process. */
  readonly signal: AbortSignal
  readonly progress: (progress: RunProgress) => void
}

export interface JobResult {
  /** What was done, in numbers; no patient data. */
  readonly counters: Readonly<Record<string, number>>
  /** Name of what was made. */
  readonly result?: string
  /** More about it, JSON. */
  readonly detail?: Readonly<Record<string, unknown>>
}

/** What a signal is aborted with when a run is to end as something else than `failed`. */
export class Halt extends Error {
  readonly outcome: 'stopped' | 'cancelled'

  constructor(outcome: Halt['outcome']) {
    super(`the run was ${outcome}`)
    this.outcome = outcome
  }
}

export interface Claim {
  readonly job: string
  readonly by: string
  readonly signal: AbortSignal
  /** Asked about the last run while nobody else can begin one. */
  readonly isDue?: (last: Run | undefined) => boolean
}

/** Milliseconds, both: a lease is renewed well before it ends. */
const LEASE = 60_000
const BEAT = 10_000

/**
 * Begins a run, unless one of the job is under way in any process, or it is not due: undefined then. `ended` is kept or broken as the work is, once that is
 * written down.
 */
export async function claimRun<Result extends JobResult>(
  runs: Runs,
  { job, by, signal, isDue }: Claim,
  work: (context: JobContext) => Promise<Result>
): Promise<{ readonly run: Run; readonly ended: Promise<Result> } | undefined> {
  const run = await runs.begin({ id: randomUUID(), job, by, process: PROCESS_NAME }, Date.now(), LEASE, isDue)
  return run && { run, ended: carryOut(runs, run, signal, work) }
}

async function carryOut<Result extends JobResult>(
  runs: Runs,
  { id }: Run,
  signal: AbortSignal,
  work: (context: JobContext) => Promise<Result>
): Promise<Result> {
  const lost = new AbortController()
  let progress: RunProgress | undefined
  const beat = async () => {
    try {
      if (!(await runs.beat(id, Date.now(), LEASE, progress))) lost.abort()
    } catch {
      // The state is busy: the next one may get through, and the lease outlasts several.
    }
  }
  const timer = setInterval(() => void beat(), BEAT).unref()
  try {
    const result = await work({
      signal: AbortSignal.any([signal, lost.signal]),
      progress(now) {
        const isFirst = progress === undefined
        progress = now
        // Whoever asks sees the first progress at once, then that of the last beat.
        if (isFirst) void beat()
      }
    })
    await runs.end(id, Date.now(), { outcome: 'done', counters: result.counters, result: result.result, detail: result.detail })
    return result
  } catch (error) {
    const { reason } = signal
    const halted = signal.aborted && reason instanceof Halt
    const end = halted ? { outcome: reason.outcome } : { outcome: 'failed' as const, error: codeOf(error) }
    await runs.end(id, Date.now(), { ...end, counters: {}, detail: progress?.detail })
    throw error
  } finally {
    clearInterval(timer)
  }
}

/** What is kept of an error: its code or its name. Its text may name files or quote what somebody sent. */
export function codeOf(error: unknown): string {
  const { code, name } = (error ?? {}) as { code?: unknown; name?: unknown }
  return typeof code === 'string' ? code : typeof name === 'string' ? name : 'unknown'
}
