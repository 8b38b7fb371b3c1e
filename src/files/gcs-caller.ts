/**
 * Calls of Cloud Storage: each may take its share of a time, is made again where that does no harm, and fails with an error of ours. The client's own
 * retries are off here, so that a write whose answer was lost is not taken for one that was refused.
 */
import type { Bucket, Storage } from '@google-cloud/storage'
import type { GoogleSettings } from '../config-google.js'
import { fail, WardbridgeError } from '../errors.js'
import { callLimits } from '../google/request.js'
import { openStorage, statusOf } from './gcs-client.js'

export interface CallOptions {
  /** HTTP statuses that are an answer: the call then gives undefined. */
  readonly absent?: readonly number[]
}

/** Milliseconds: the wait before the second try, at most; it doubles with each; and the most it comes to. */
const FIRST_WAIT = 100
const LONGEST_WAIT = 5000
/** Of the time that is left, a try takes at most this part, so that one that hangs leaves time for others; and milliseconds that it may always take. */
const SHARE = 0.4
const LEAST_SHARE = 1000
/** Statuses after which the same may be asked again. */
const TRANSIENT = [408, 429, 500, 502, 503, 504]

/** One bucket. Nothing is loaded or called before the first call. */
export class BucketCaller {
  readonly name: string
  readonly #google: GoogleSettings
  #bucket: Promise<Bucket> | undefined

  constructor(name: string, google: GoogleSettings) {
    this.name = name
    this.#google = google
  }

  /** The client's bucket, for streams. */
  bucket(): Promise<Bucket> {
    this.#bucket ??= openStorage(this.#google, { retries: false }).then((storage: Storage) => storage.bucket(this.name))
    return this.#bucket
  }

  /**
   * Does work, again where it came to no answer. method: for the metrics, as the API names it. doubtful: an earlier try may have been done although its
   * answer did not come. Throws bucket.*, request.cancelled; errors of ours as they are.
   */
  async call<T>(
    method: string,
    work: (bucket: Bucket, doubtful: boolean) => Promise<T>,
    { absent = [] }: CallOptions = {}
  ): Promise<T | undefined> {
    const { noteCall, noteRetry } = await import('../google/metrics.js')
    const labels = { service: 'storage', method }
    const { deadline, signal } = callLimits(this.budget)
    const bucket = await this.bucket()
    let doubtful = false
    for (let tries = 0; ; tries++) {
      if (signal.aborted) throw fail('request.cancelled')
      const began = performance.now()
      const left = deadline - began
      try {
        const result = await within(work(bucket, doubtful), Math.min(left, Math.max(LEAST_SHARE, left * SHARE)))
        noteCall(labels, '200', performance.now() - began)
        return result
      } catch (error) {
        if (error instanceof WardbridgeError) throw error
        const status = statusOf(error)
        noteCall(labels, outcomeOf(error), performance.now() - began)
        if (status !== undefined && absent.includes(status)) return undefined
        if (status !== undefined && !TRANSIENT.includes(status)) throw this.refusal(error)
        doubtful ||= status !== 429
        if (!(await pause(tries, deadline))) {
          throw fail('bucket.unavailable', { bucket: this.name, seconds: this.budget / 1000, reason: reasonOf(error) }, { cause: error })
        }
        noteRetry(labels, outcomeOf(error))
      }
    }
  }

  /** Whether the same may be asked again after an error. */
  isTransient(error: unknown): boolean {
    const status = statusOf(error)
    return !(error instanceof WardbridgeError) && (status === undefined || TRANSIENT.includes(status))
  }

  /** Waits before a further try; false: there is no time left until the deadline (by performance.now()). */
  pause(tries: number, deadline: number): Promise<boolean> {
    return pause(tries, deadline)
  }

  /** Milliseconds. */
  get budget(): number {
    return this.#google.callBudget
  }

  /** The error of ours for one of the client. */
  refusal(error: unknown): Error {
    const status = statusOf(error) ?? 0
    if (status === 401 || status === 403) return fail('bucket.denied', { bucket: this.name, status }, { cause: error })
    if (status === 404) return fail('bucket.missing', { bucket: this.name }, { cause: error })
    return fail('bucket.unexpected', { bucket: this.name, reason: reasonOf(error) }, { cause: error })
  }
}

/** The status or the code of an error. Nothing of what the client says: it may name objects. */
export function reasonOf(error: unknown): string {
  const { code, message } = error as { code?: unknown; message?: unknown }
  const status = statusOf(error) ?? /status: (\d{3})/.exec(String(message))?.[1]
  if (status !== undefined) return `status ${status}`
  return typeof code === 'string' ? code : 'no answer'
}

/** For the metrics. */
function outcomeOf(error: unknown): string {
  const status = statusOf(error)
  return status !== undefined ? String(status) : (error as { code?: unknown }).code === 'ETIMEDOUT' ? 'timeout' : 'reset'
}

async function within<T>(work: Promise<T>, limit: number): Promise<T> {
  // The client can not be told to stop; what it still does then interests nobody.
  work.catch(() => {})
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' })), Math.max(1, limit))
  })
  return Promise.race([work, late]).finally(() => clearTimeout(timer))
}

/** Full jitter, doubling. */
async function pause(tries: number, deadline: number): Promise<boolean> {
  const wait = Math.random() * Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** tries)
  if (performance.now() + wait >= deadline) return false
  await new Promise((resolve) => setTimeout(resolve, wait))
  return true
}
