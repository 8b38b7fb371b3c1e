/**
 * Long-running operations. What is asked is kept before anything is done, so that a server that starts again, or another one on the same folder, takes up
 * what a stopped one left, from its beginning: all of them can be done twice. Who works on what stands in one shared document; only that process writes
 * the file of the operation.
 */
import { AsyncResource } from 'node:async_hooks'
import { randomInt, randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { fail, WardbridgeError } from '../errors.js'
import type { Objects } from '../files/objects.js'
import type { Principal } from '../service/contract.js'
import { SharedDocument } from './ledger.js'
import type { Json } from './message.js'
import { idOf } from './names.js'
import { OperationFiles } from './operation-files.js'

export interface Counter {
  readonly success: number
  readonly failure: number
  readonly pending: number
}

/** google.rpc.Status */
export interface Status {
  readonly code: number
  readonly message: string
}

/** What is to be done: the kind names the runner. */
export interface Work {
  readonly kind: string
  /** Name of the store. */
  readonly store: string
}

export interface Operation {
  readonly name: string
  /** apiMethodName */
  readonly method: string
  readonly by: Pick<Principal, 'subject' | 'role'>
  /** ISO 8601, both. */
  readonly made: string
  readonly ended?: string
  readonly cancelled?: boolean
  readonly counter: Counter
  readonly work?: Work
  readonly response?: Json
  readonly error?: Status
}

/** What a runner is told, and tells. */
export interface Run<W extends Work = Work> {
  readonly id: string
  readonly work: W
  readonly by: Principal
  readonly made: string
  /** Aborted when the operation is cancelled, or the server stops. */
  readonly signal: AbortSignal
  readonly counter: { -readonly [K in keyof Counter]: number }
  /** Adds a line to the error log: what went wrong with one record. */
  log(entry: Json): boolean
}

/** Does the work; what it returns is the response. A StatusError ends the operation as it says. */
export type Runner = (run: Run<never>) => Promise<Json>

export class StatusError extends Error {
  readonly code: number

  constructor(code: number, message: string) {
    super(message)
    this.code = code
  }
}

/** Who works on an operation, and when they last said so, in milliseconds. */
interface Job {
  readonly owner: string
  readonly beat: number
  readonly cancelled?: boolean
}

/** By name of the operation. */
type Jobs = Readonly<Record<string, Job>>

/** Milliseconds: between two signs of life; silence after which somebody else takes over. */
const BEAT = 2000
const LEASE = 12_000
/** Operations that one process works on at a time. */
const WIDTH = 2
/** Milliseconds that operations are kept after their end. */
const KEPT = 30 * 86_400_000

const INTERNAL = 13
/** google.rpc.Code by status of an error. */
const CODES: Readonly<Record<number, number>> = {
  400: 3,
  401: 16,
  403: 7,
  404: 5,
  409: 10,
  412: 9,
  413: 3,
  422: 3,
  429: 8,
  501: 12,
  503: 14,
  504: 4,
  507: 8
}
/** Of a bucket that the client named: it may be told what is wrong with it. */
const BUCKET_CODES: Readonly<Record<string, number>> = { 'bucket.missing': 5, 'bucket.denied': 7 }
const CANCELLED: Status = { code: 1, message: 'The operation was cancelled' }
const NONE: Counter = { success: 0, failure: 0, pending: 0 }

interface Running {
  readonly operation: Operation
  readonly abort: AbortController
}

export interface OperationsParts {
  /** Where the document is that says who works on what. */
  readonly objects: Objects
  readonly folder: string
  /** By kind of work. */
  readonly runners: Readonly<Record<string, Runner>>
  /** Told what ended an operation unexpectedly. */
  readonly onFault: (error: unknown) => void
}

export class Operations {
  readonly #jobs: SharedDocument<Jobs>
  readonly #files: OperationFiles
  readonly #runners: Readonly<Record<string, Runner>>
  readonly #onFault: (error: unknown) => void
  readonly #me = ownerName()
  readonly #running = new Map<string, Running>()
  readonly #works = new Set<Promise<void>>()
  #timer: NodeJS.Timeout | undefined
  #beating: Promise<void> | undefined
  #stopped = false

  constructor({ objects, folder, runners, onFault }: OperationsParts) {
    this.#jobs = new SharedDocument<Jobs>(objects, 'jobs', {})
    this.#files = new OperationFiles(folder)
    this.#runners = runners
    this.#onFault = onFault
  }

  /** Begins to work, on what was asked here and on what nobody works on. */
  begin(): void {
    this.#timer ??= setInterval(() => this.#look(), BEAT).unref()
    this.#look()
  }

  /** Bound: what goes on by itself must not end with the request that began it, nor share its time. */
  readonly #look = AsyncResource.bind((): void => {
    if (this.#stopped) return
    // What cannot be read or written now is tried again.
    this.#beating ??= this.#beat()
      .catch(() => {})
      .finally(() => {
        this.#beating = undefined
      })
  })

  /** An operation that is done already. */
  async record(dataset: string, method: string, by: Principal, response: Json): Promise<Operation> {
    const operation: Operation = {
      ...fresh(dataset, method, by),
      ended: new Date().toISOString(),
      counter: { ...NONE, success: 1 },
      response
    }
    await this.#files.write(operation)
    return operation
  }

  /** An operation that goes on by itself. */
  async start(dataset: string, method: string, by: Principal, work: Work): Promise<Operation> {
    const operation: Operation = { ...fresh(dataset, method, by), work }
    // Last, so that none is begun that could not be read.
    await this.#files.write(operation)
    await this.#jobs.change((jobs) => ({ ...jobs, [operation.name]: { owner: '', beat: 0 } }))
    this.#look()
    return operation
  }

  /** Throws twin.not-found. */
  async get(name: string): Promise<Operation> {
    const operation = await this.#files.read(name)
    if (operation === undefined) throw fail('twin.not-found', { name })
    const running = this.#running.get(name)
    return operation.ended !== undefined || running === undefined ? operation : { ...operation, counter: running.operation.counter }
  }

  /** Those of a dataset, in the order of their beginning. */
  async list(dataset: string): Promise<readonly Operation[]> {
    const all: Operation[] = []
    for await (const operation of this.#files.all()) {
      const { name, ended } = operation
      if (ended !== undefined && Date.parse(ended) < Date.now() - KEPT) await this.#files.remove(name)
      else if (name.startsWith(`${dataset}/operations/`)) all.push(operation)
    }
    return all
  }

  /** Asks for an end; nothing happens to one that has ended. Throws twin.not-found. */
  async cancel(name: string): Promise<void> {
    const { ended } = await this.get(name)
    if (ended !== undefined) return
    await this.#jobs.change((jobs) => (jobs[name] === undefined ? jobs : { ...jobs, [name]: { ...jobs[name], cancelled: true } }))
    this.#running.get(name)?.abort.abort()
    this.#look()
  }

  /** Removes those of a dataset that have ended, and asks the others to end. */
  async forget(dataset: string): Promise<void> {
    for (const { name, ended } of await this.list(dataset)) {
      if (ended === undefined) await this.cancel(name)
      else await this.#files.remove(name)
    }
  }

  /** The error log, NDJSON; undefined: nothing went wrong so far. Throws twin.not-found. */
  async errors(name: string): Promise<NodeJS.ReadableStream | undefined> {
    await this.get(name)
    return this.#files.errors(name)
  }

  /** Stops what is under way: whoever begins next takes it up. */
  async close(): Promise<void> {
    this.#stopped = true
    clearInterval(this.#timer)
    await this.#beating
    for (const { abort } of this.#running.values()) abort.abort()
    await Promise.all(this.#works)
  }

  /** Says what this process works on, hears what was cancelled, and takes up what nobody works on. */
  async #beat(): Promise<void> {
    const now = Date.now()
    const jobs = await this.#jobs.read()
    const mine = [...this.#running.keys()]
    const open = Object.keys(jobs).filter((name) => !this.#running.has(name) && isFree(jobs[name]!, this.#me, now))
    const taken = open.slice(0, Math.max(0, WIDTH - mine.length))
    if (mine.length + taken.length === 0) return
    const after = await this.#jobs.change((current) => {
      const next: Record<string, Job> = { ...current }
      for (const name of mine) if (current[name]?.owner === this.#me) next[name] = { ...current[name]!, beat: now }
      for (const name of taken)
        if (current[name] !== undefined && isFree(current[name], this.#me, now))
          next[name] = { ...current[name], owner: this.#me, beat: now }
      return next
    })
    for (const name of mine) {
      const job = after[name]
      if (job === undefined || job.owner !== this.#me || job.cancelled) this.#running.get(name)?.abort.abort()
      else await this.#keepCounter(name)
    }
    for (const name of taken) if (after[name]?.owner === this.#me) await this.#take(name, after[name]?.cancelled === true)
  }

  /** For those who ask another process. */
  async #keepCounter(name: string): Promise<void> {
    const operation = this.#running.get(name)?.operation
    if (operation !== undefined) await this.#files.write({ ...operation, counter: { ...operation.counter } })
  }

  async #take(name: string, cancelled: boolean): Promise<void> {
    const kept = await this.#files.read(name)
    // It was over, and whoever worked on it ended before they could say so.
    if (kept === undefined || kept.ended !== undefined) return this.#leave(name)
    const operation: Operation = { ...kept, counter: { ...NONE } }
    const abort = new AbortController()
    if (cancelled) abort.abort()
    this.#running.set(name, { operation, abort })
    const done = this.#work(operation, abort.signal).finally(() => {
      this.#works.delete(done)
      this.#look()
    })
    this.#works.add(done)
  }

  /** Never rejects. */
  async #work(operation: Operation, signal: AbortSignal): Promise<void> {
    const { name, by, made } = operation
    const work = operation.work!
    const log = this.#files.log(name)
    let end: Pick<Operation, 'response' | 'error'>
    try {
      signal.throwIfAborted()
      const runner = this.#runners[work.kind]
      if (runner === undefined) throw new StatusError(12, `This server cannot do ${work.kind}`)
      const run: Run = { id: idOf(name), work, by, made, signal, counter: operation.counter, log: (entry) => log.write(entry) }
      end = { response: await runner(run as Run<never>) }
    } catch (error) {
      end = { error: statusOf(error) }
      if (end.error?.code === INTERNAL && !signal.aborted) this.#onFault(error)
    }
    await log.close()
    // From here on no beat writes the file of the operation.
    this.#running.delete(name)
    await this.#beating
    try {
      const job = (await this.#jobs.read())[name]
      if (job?.owner !== this.#me) return
      if (signal.aborted && !job.cancelled) {
        // The server stops: somebody else goes on at once.
        await this.#jobs.change((jobs) => (jobs[name] === undefined ? jobs : { ...jobs, [name]: { ...jobs[name], beat: 0 } }))
        return
      }
      const how = signal.aborted ? { error: CANCELLED, cancelled: true } : end
      await this.#files.write({ ...operation, counter: { ...operation.counter, pending: 0 }, ended: new Date().toISOString(), ...how })
      await this.#leave(name)
    } catch {
      // The folder cannot be written: once the lease is over the work is taken up again.
    }
  }

  async #leave(name: string): Promise<void> {
    await this.#jobs.change((jobs) => {
      const { [name]: gone, ...others } = jobs
      return gone === undefined ? jobs : others
    })
  }
}

/** Tells processes apart, and those of this machine by their number, too. */
function ownerName(): string {
  return [hostname(), process.pid, randomUUID()].join(' ')
}

/** Whether nobody works on it: nobody said so for a while, or the process that did has ended on this machine. */
function isFree({ owner, beat }: Job, me: string, now: number): boolean {
  if (beat < now - LEASE) return true
  const [host, pid] = owner.split(' ')
  if (owner === me || host !== hostname() || pid === undefined) return false
  return Number(pid) === process.pid || !isAlive(Number(pid))
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

function fresh(dataset: string, method: string, by: Principal): Operation {
  // Digits, as the API has them: the time first, so that their order is that of time.
  const id = `${Date.now()}${String(randomInt(1_000_000)).padStart(6, '0')}`
  return {
    name: `${dataset}/operations/${id}`,
    method,
    by: { subject: by.subject, role: by.role },
    made: new Date().toISOString(),
    counter: NONE
  }
}

function statusOf(error: unknown): Status {
  if (error instanceof StatusError) return { code: error.code, message: error.message }
  if (error instanceof WardbridgeError) {
    const code = BUCKET_CODES[error.code] ?? (error.issue === 'exception' ? undefined : (CODES[error.status] ?? INTERNAL))
    if (code !== undefined) return { code, message: error.message }
  }
  return { code: INTERNAL, message: 'An internal error; the log of the server says more' }
}
