/**
 * Long-running operations: what is asked is kept before anything is done, so that a server that starts again, or another one on the same folder, takes up
 * what a stopped one left, from its beginning: all of them can be done twice. Counters and cancellation go through what is kept, too.
 */

import { randomInt, randomUUID } from 'node:crypto'
import { createWriteStream, type WriteStream } from 'node:fs'
import { mkdir, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fail, WardbridgeError } from '../errors.js'
import type { Objects, ObjectValue } from '../files/objects.js'
import type { Principal } from '../service/contract.js'
import type { Json } from './message.js'
import { idOf } from './names.js'

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
  /** Which process does it, and when it last said so, in milliseconds. */
  readonly owner?: string
  readonly beat?: number
}

/** What a runner is told, and tells. */
export interface Run<W extends Work = Work> {
  readonly id: string
  readonly work: W
  readonly by: Principal
  readonly made: string
  /** Aborted when the operation is cancelled, or the server stops. */
  readonly signal: AbortSignal
  count(counter: Partial<Counter>): void
  /** Adds a line to the error log: what went wrong with one record. */
  log(entry: Json): void
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

/** Milliseconds: between two signs of life; silence after which somebody else takes over; between two looks for such. */
const BEAT = 2000
const LEASE = 12_000
const LOOK = 4000
/** Operations that one process works on at a time. */
const WIDTH = 2
/** Days that operations are kept after their end. */
const KEPT = 30

/** google.rpc.Code of an error; 13: internal. */
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

export class Operations {
  readonly #objects: Objects
  readonly #logs: string
  readonly #runners: Readonly<Record<string, Runner>>
  readonly #me = randomUUID()
  readonly #running = new Map<string, { readonly abort: AbortController; readonly done: Promise<void> }>()
  #timer: NodeJS.Timeout | undefined
  #stopped = false

  /** folder: where the error logs are. */
  constructor(objects: Objects, folder: string, runners: Readonly<Record<string, Runner>>) {
    this.#objects = objects
    this.#logs = join(folder, 'logs')
    this.#runners = runners
  }

  /** Begins to look for operations that nobody works on. */
  begin(): void {
    const look = () => void this.#takeOver().catch(() => {})
    this.#timer = setInterval(look, LOOK).unref()
    look()
  }

  /** An operation that is done already. */
  async record(dataset: string, method: string, by: Principal, response: Json): Promise<Operation> {
    const now = new Date().toISOString()
    const operation: Operation = { ...fresh(dataset, method, by), ended: now, counter: { success: 1, failure: 0, pending: 0 }, response }
    await this.#put(operation, 'absent')
    return operation
  }

  /** An operation that goes on by itself. */
  async start(dataset: string, method: string, by: Principal, work: Work): Promise<Operation> {
    const operation: Operation = { ...fresh(dataset, method, by), work, owner: this.#me, beat: Date.now() }
    // First, so that none is lost when the process ends between the two.
    await this.#objects.put(marker(operation), Buffer.from(''))
    await this.#put(operation, 'absent')
    this.#run(operation)
    return operation
  }

  /** Throws twin.not-found. */
  async get(name: string): Promise<Operation> {
    const value = await this.#objects.get(placeOf(name))
    const operation = value && read(value)
    if (operation?.name !== name) throw fail('twin.not-found', { name })
    return operation
  }

  /** Those of a dataset, in the order of their names, which is that of their beginning. */
  async list(dataset: string): Promise<readonly Operation[]> {
    const all: Operation[] = []
    const oldest = Date.now() - KEPT * 86_400_000
    for await (const { name } of this.#objects.list('operations/')) {
      const value = await this.#objects.get(name)
      if (value === undefined) continue
      const operation = read(value)
      if (operation.ended !== undefined && Date.parse(operation.ended) < oldest) {
        if (await this.#objects.delete(name, value)) await rm(this.#logFile(operation.name), { force: true })
      } else if (operation.name.startsWith(`${dataset}/operations/`)) all.push(operation)
    }
    return all
  }

  /** Asks for an end; nothing happens to one that has ended. Throws twin.not-found. */
  async cancel(name: string): Promise<void> {
    const operation = await this.#edit(name, (old) => (old.ended === undefined ? { ...old, cancelled: true } : old))
    if (operation === undefined) throw fail('twin.not-found', { name })
    this.#running.get(name)?.abort.abort()
  }

  /** The error log, NDJSON; undefined: nothing went wrong so far. Throws twin.not-found. */
  async errors(name: string): Promise<NodeJS.ReadableStream | undefined> {
    await this.get(name)
    try {
      return (await open(this.#logFile(name))).createReadStream()
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      throw error
    }
  }

  /** Stops what is under way: whoever begins next takes it up. */
  async close(): Promise<void> {
    this.#stopped = true
    clearInterval(this.#timer)
    for (const { abort } of this.#running.values()) abort.abort()
    await Promise.all([...this.#running.values()].map(({ done }) => done))
  }

  /** Takes up what nobody works on. */
  async #takeOver(): Promise<void> {
    for await (const { name, updated } of this.#objects.list('running/')) {
      if (this.#stopped || this.#running.size >= WIDTH) return
      const value = await this.#objects.get(`operations/${idOf(name)}`)
      if (value === undefined) {
        // Of a process that ended before it could say more.
        if (updated < Date.now() - 10 * LEASE) await this.#objects.delete(name)
        continue
      }
      const operation = read(value)
      if (this.#running.has(operation.name)) continue
      if (operation.ended !== undefined) await this.#objects.delete(name)
      else if ((operation.beat ?? 0) < Date.now() - LEASE) {
        const mine: Operation = { ...operation, owner: this.#me, beat: Date.now(), counter: { success: 0, failure: 0, pending: 0 } }
        if ((await this.#put(mine, value)) !== undefined) this.#run(mine)
      }
    }
  }

  #run(operation: Operation): void {
    const abort = new AbortController()
    const done = this.#work(operation, abort).catch(() => {})
    this.#running.set(operation.name, { abort, done })
    void done.finally(() => this.#running.delete(operation.name))
  }

  async #work({ name, work, by, made, cancelled }: Operation, abort: AbortController): Promise<void> {
    const counter = { success: 0, failure: 0, pending: 0 }
    const mine = (old: Operation, next: Partial<Operation>): Operation =>
      old.owner === this.#me && old.ended === undefined ? { ...old, ...next } : old
    const beats = setInterval(() => {
      const beat = this.#edit(name, (old) => mine(old, { beat: Date.now(), counter: { ...counter } }))
      beat.then(
        (now) => (now === undefined || now.cancelled || now.owner !== this.#me) && abort.abort(),
        () => {}
      )
    }, BEAT)
    const log = new ErrorLog(this.#logs, this.#logFile(name))
    let end: Pick<Operation, 'response' | 'error'>
    try {
      if (cancelled) abort.abort()
      const runner = this.#runners[work!.kind]
      if (runner === undefined) throw new StatusError(12, `This server does not know how to do ${work!.kind}`)
      const run: Run = {
        id: idOf(name),
        work: work!,
        by,
        made,
        signal: abort.signal,
        count: (next) => Object.assign(counter, next),
        log: (entry) => log.write(entry)
      }
      end = { response: await runner(run as Run<never>) }
    } catch (error) {
      end = { error: statusOf(error) }
    } finally {
      clearInterval(beats)
      await log.close()
    }
    // What was stopped with the server goes on elsewhere, at once.
    const left = this.#stopped && abort.signal.aborted && !(await this.get(name)).cancelled
    const next: Partial<Operation> = left
      ? { beat: 0 }
      : abort.signal.aborted
        ? { error: { code: 1, message: 'The operation was cancelled' }, ended: new Date().toISOString(), counter }
        : { ...end, ended: new Date().toISOString(), counter }
    await this.#edit(name, (old) => mine(old, next))
    if (!left) await this.#objects.delete(`running/${idOf(name)}`)
  }

  /** Undefined: there is none of this name. */
  async #edit(name: string, change: (old: Operation) => Operation): Promise<Operation | undefined> {
    for (;;) {
      const value = await this.#objects.get(placeOf(name))
      if (value === undefined) return undefined
      const old = read(value)
      if (old.name !== name) return undefined
      const next = change(old)
      if (next === old || (await this.#put(next, value)) !== undefined) return next
    }
  }

  #put(operation: Operation, condition: ObjectValue | 'absent'): Promise<string | undefined> {
    return this.#objects.put(placeOf(operation.name), Buffer.from(JSON.stringify(operation)), condition)
  }

  #logFile(name: string): string {
    return join(this.#logs, `${idOf(name)}.ndjson`)
  }
}

/** Lines of a file, which is made with the first one. */
class ErrorLog {
  readonly #folder: string
  readonly #file: string
  #stream: Promise<WriteStream> | undefined

  constructor(folder: string, file: string) {
    this.#folder = folder
    this.#file = file
  }

  write(entry: Json): void {
    this.#stream ??= mkdir(this.#folder, { recursive: true }).then(() =>
      createWriteStream(this.#file, { mode: 0o600 }).on('error', () => {})
    )
    void this.#stream.then((stream) => stream.write(`${JSON.stringify(entry)}\n`))
  }

  async close(): Promise<void> {
    const stream = await this.#stream
    if (stream !== undefined) await new Promise<void>((resolve) => stream.end(() => resolve()))
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
    counter: { success: 0, failure: 0, pending: 0 }
  }
}

function placeOf(name: string): string {
  return `operations/${idOf(name)}`
}

function marker(operation: Operation): string {
  return `running/${idOf(operation.name)}`
}

function read(value: ObjectValue): Operation {
  return JSON.parse(value.bytes.toString()) as Operation
}

function statusOf(error: unknown): Status {
  if (error instanceof StatusError) return { code: error.code, message: error.message }
  if (error instanceof WardbridgeError && error.issue !== 'exception') return { code: CODES[error.status] ?? 13, message: error.message }
  return { code: 13, message: 'An internal error; the log of the server says more' }
}
