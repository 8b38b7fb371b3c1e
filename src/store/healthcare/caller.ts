/**
 * The one place that calls the Cloud Healthcare API. Every call has a share of the time of its request, is tried again where that can do no harm, ends when
 * the client goes away, is counted, and fails with an error of ours. Answers are texts: the official client's own JSON would lose digits of numbers.
 */
import type { healthcare_v1 } from '@googleapis/healthcare'
import type { GoogleSettings } from '../../config-google.js'
import { fail, WardbridgeError } from '../../errors.js'
import { noteCall, noteRetry } from '../../google/metrics.js'
import { callLimits } from '../../google/request.js'
import { refusal } from './refusals.js'

/** What every method of the official client takes as its second argument. */
export type CallOptions = Readonly<Record<string, unknown>>
type Client = healthcare_v1.Healthcare
type Datasets = Client['projects']['locations']['datasets']
export type FhirStores = Datasets['fhirStores']

/** An answer that is no refusal, or one of the statuses that were asked for. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

export interface Call {
  /** Name of the method, for the metrics. */
  readonly method: string
  /**
   * What may be tried again. `reads`: anything that got no answer. `writes`: only what was certainly not done; what got no answer throws
   * healthcare.unanswered, and the caller finds out what became of it.
   */
  readonly again: 'reads' | 'writes'
  /** Statuses that are answers, beside 2xx. */
  readonly answers?: readonly number[]
  /** What is written, for errors: `Patient/1`. */
  readonly what?: string
  readonly send: (client: Datasets, options: CallOptions) => Promise<unknown>
  readonly headers?: Readonly<Record<string, string>>
}

/** Milliseconds: the wait before the second try, at most; it doubles with each; and the most it comes to. */
const FIRST_WAIT = 200
const LONGEST_WAIT = 8000
/**
 * Of the time that is left, a try takes at most this part: of a read, so that one that hangs leaves time for others; of a write, which is not sent twice
 * while it may be under way, so that there is time to find out what became of it.
 */
const READ_SHARE = 0.4
const WRITE_SHARE = 0.8
const LEAST_SHARE = 1000

/** Statuses after which the same may be asked again: overload, and gateways that got no answer. */
const UNPROCESSED = [429]
const AMBIGUOUS = [408, 500, 502, 503, 504]

export class Caller {
  /** `projects/P/locations/L/datasets/D/fhirStores/F`. */
  readonly store: string
  readonly #google: GoogleSettings
  #client: Promise<Datasets> | undefined

  constructor(store: string, google: GoogleSettings) {
    this.store = store
    this.#google = google
  }

  /** `projects/…/fhirStores/F/fhir/Patient/1`: what methods of single resources call name. */
  name(type: string, id: string): string {
    return `${this.store}/fhir/${type}/${id}`
  }

  /** Throws healthcare.*, request.cancelled, resource.raced (contention), and what refusals.ts says. */
  async call(call: Call): Promise<Answer> {
    const { method, again, answers = [] } = call
    const labels = { service: 'healthcare', method }
    const { deadline, signal } = callLimits(this.#google.callBudget)
    for (let tries = 0; ; tries++) {
      const outcome = await this.#try(call, deadline, signal)
      if (outcome instanceof Lost) {
        if (signal.aborted) throw fail('request.cancelled')
        if (again === 'writes') throw this.#unanswered(call, outcome.cause)
      } else if (!isTransient(outcome.status) || answers.includes(outcome.status)) {
        if (outcome.status < 300 || outcome.status === 304 || answers.includes(outcome.status)) return outcome
        throw refusal(outcome, call.what)
      } else if (again === 'writes' && !UNPROCESSED.includes(outcome.status)) throw this.#unanswered(call, refusal(outcome, call.what))
      const reason = outcome instanceof Lost ? outcome.reason : String(outcome.status)
      noteRetry(labels, reason)
      if (!(await pause(tries, deadline, signal, outcome instanceof Lost ? null : outcome.headers.get('retry-after')))) {
        if (signal.aborted) throw fail('request.cancelled')
        const seconds = this.#google.callBudget / 1000
        const cause = outcome instanceof Lost ? outcome.cause : refusal(outcome, call.what)
        if (reason === '429') throw fail('healthcare.throttled', { reason: `429 for ${seconds} s` }, { cause })
        throw fail('healthcare.unavailable', { seconds, reason }, { cause })
      }
    }
  }

  /** Waits before something is done again that call() may not repeat by itself; false: there is no time left. */
  async pause(tries: number): Promise<boolean> {
    const { deadline, signal } = callLimits(this.#google.callBudget)
    return pause(tries, deadline, signal, null)
  }

  /** Waits so many milliseconds; false: there is no time for that, or nobody waits for the answer any more. */
  async sleep(milliseconds: number): Promise<boolean> {
    const { deadline, signal } = callLimits(this.#google.callBudget)
    return sleep(milliseconds, deadline, signal)
  }

  /** Milliseconds that calls of one request may take. */
  get budget(): number {
    return this.#google.callBudget
  }

  #unanswered({ what = 'this' }: Call, cause: unknown): WardbridgeError {
    return fail('healthcare.unanswered', { what, seconds: this.#google.callBudget / 1000 }, { cause })
  }

  async #try(call: Call, deadline: number, signal: AbortSignal): Promise<Answer | Lost> {
    const labels = { service: 'healthcare', method: call.method }
    const began = performance.now()
    const left = deadline - began
    if (left <= 0) return new Lost('timeout', undefined)
    const share = left * (call.again === 'writes' ? WRITE_SHARE : READ_SHARE)
    const limit = AbortSignal.timeout(Math.ceil(Math.min(left, Math.max(LEAST_SHARE, share))))
    const note = (outcome: string) => noteCall(labels, outcome, performance.now() - began)
    try {
      const client = await (this.#client ??= this.#connect())
      const answer = read(
        await call.send(client, {
          responseType: 'text',
          retry: false,
          signal: AbortSignal.any([limit, signal]),
          ...(call.headers === undefined ? {} : { headers: call.headers })
        })
      )
      note(isWhole(answer) ? String(answer.status) : 'truncated')
      return isWhole(answer) ? answer : new Lost('truncated', undefined)
    } catch (error) {
      const { response } = error as { response?: unknown }
      if (response !== undefined) {
        const answer = read(response)
        note(String(answer.status))
        return answer
      }
      if (error instanceof WardbridgeError) throw error
      const reason = signal.aborted ? 'cancelled' : limit.aborted ? 'timeout' : 'reset'
      note(reason)
      return new Lost(reason, error)
    }
  }

  async #connect(): Promise<Datasets> {
    const { healthcare } = await import('@googleapis/healthcare')
    const { googleAccess } = await import('../../google/auth.js')
    const { origin, auth } = googleAccess(this.#google, 'healthcare')
    // The client brings a copy of the auth library of its own, of the same shape.
    const options = { version: 'v1', auth: auth as never, ...(origin === undefined ? {} : { rootUrl: `${origin}/` }) } as const
    return healthcare(options).projects.locations.datasets
  }
}

/** A try that got no answer, or not all of one. */
class Lost {
  readonly reason: 'reset' | 'timeout' | 'truncated' | 'cancelled'
  readonly cause: unknown

  constructor(reason: Lost['reason'], cause: unknown) {
    this.reason = reason
    this.cause = cause
  }
}

/** True when the error says that nobody knows whether the write was done. */
export function isUnanswered(error: unknown): boolean {
  return error instanceof WardbridgeError && error.code === 'healthcare.unanswered'
}

function isTransient(status: number): boolean {
  return UNPROCESSED.includes(status) || AMBIGUOUS.includes(status)
}

/** The client's types say that a body is what it was declared as; with responseType text it is a text. */
function read(response: unknown): Answer {
  const { status, headers, data } = response as { status: number; headers: Headers; data: unknown }
  return { status, headers, text: typeof data === 'string' ? data : data === undefined || data === null ? '' : JSON.stringify(data) }
}

/** A body of JSON that was cut off somewhere is no answer. */
function isWhole({ status, headers, text }: Answer): boolean {
  if (status >= 300 || text === '' || !(headers.get('content-type') ?? '').includes('json')) return true
  return text.trimEnd().endsWith('}')
}

/** Full jitter, doubling. Gives false when that would take longer than there is time. */
async function pause(tries: number, deadline: number, signal: AbortSignal, retryAfter: string | null): Promise<boolean> {
  const asked = Number(retryAfter ?? 0) * 1000
  const wait = Math.max(Number.isFinite(asked) ? asked : 0, Math.random() * Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** tries))
  return sleep(wait, deadline, signal)
}

async function sleep(wait: number, deadline: number, signal: AbortSignal): Promise<boolean> {
  if (performance.now() + wait >= deadline || signal.aborted) return false
  await new Promise<void>((resolve) => {
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, wait)
    signal.addEventListener('abort', done)
  })
  return !signal.aborted
}
