/** PORT: work that somebody asked for and that goes on until it is done, whatever happens to processes. How it goes is said by its runs (runs.ts). */
import type { Awaitable } from '../awaitable.js'

export interface AskedJob {
  /** UUID. Its runs are those of the job `kind/id`. */
  readonly id: string
  readonly kind: string
  /** Who asked: subject and role of their token. */
  readonly by: string
  readonly role: string
  /** Milliseconds since 1970 UTC, both. Runs that began before `since` do not count: it was asked for again then. */
  readonly asked: number
  readonly since: number
  /** What was asked for; JSON. */
  readonly request: Readonly<Record<string, unknown>>
  /** `open`: it is to be done; `held`: nobody is to go on with it. */
  readonly status: 'open' | 'held'
}

export interface AskedJobs {
  add(job: AskedJob): Awaitable<void>
  get(id: string): Awaitable<AskedJob | undefined>
  /** The newest first, at most 200; older ones that are held are forgotten. */
  list(): Awaitable<readonly AskedJob[]>
  /** False when there is no such job. */
  change(id: string, change: Partial<Pick<AskedJob, 'status' | 'since'>>): Awaitable<boolean>
  /** False when there was none. */
  remove(id: string): Awaitable<boolean>
}
