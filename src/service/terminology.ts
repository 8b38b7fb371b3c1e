/** Questions about codes, answered by a thread that starts with the first of them. */
import { Worker } from 'node:worker_threads'
import { fail } from '../errors.js'
import { fromSent, toSent } from '../sent-error.js'
import { WORKER_MEMORY } from '../worker-memory.js'
import type { Definition, Definitions } from './definitions.js'
import type {
  CodeSet,
  CodesQuestion,
  FromWorker,
  SentDefinition,
  TerminologyQuestion,
  ToWorker,
  Used,
  Wanted
} from './terminology-questions.js'

type Question = TerminologyQuestion | CodesQuestion

interface Pending {
  readonly question: Question
  readonly resolve: (value: never) => void
  readonly reject: (error: Error) => void
  deadline: NodeJS.Timeout
}

/** System -> codes. */
export type Codes = ReadonlyMap<string, ReadonlySet<string>>

const MOST_KEPT = 500

export class Terminology {
  readonly #definitions: Definitions
  readonly #seconds: number
  readonly #pending = new Map<number, Pending>()
  readonly #kept = new Map<string, { readonly codes: Codes; readonly used: readonly Used[] }>()
  #worker: Worker | undefined
  #last = 0
  #closed = false

  /** seconds: a question that takes longer is given up with terminology.too-costly. */
  constructor(definitions: Definitions, seconds = 10) {
    this.#definitions = definitions
    this.#seconds = seconds
  }

  /** The resource that answers, as JSON text. Throws terminology.*. */
  ask(question: TerminologyQuestion): Promise<string> {
    return this.#call(question)
  }

  /** All codes of a value set (a canonical). Throws terminology.*. */
  codes(valueSet: string): Promise<Codes> {
    return this.#codes({ kind: 'codes', valueSet })
  }

  /** The codes that a code of a system subsumes (`below`), or that subsume it (`above`), itself included. Throws terminology.*. */
  related(system: string, code: string, direction: 'above' | 'below'): Promise<Codes> {
    return this.#codes({ kind: 'related', system, code, direction })
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#stop()
    for (const { reject, deadline } of this.#pending.values()) {
      clearTimeout(deadline)
      reject(new Error('The service is closed'))
    }
    this.#pending.clear()
  }

  /** Kept for as long as every definition that the answer rests on stays what it was. */
  async #codes(question: CodesQuestion): Promise<Codes> {
    const key = JSON.stringify(question)
    const kept = this.#kept.get(key)
    if (kept !== undefined && (await this.#stillHolds(kept.used))) return kept.codes
    const { systems, used } = await this.#call<CodeSet>(question)
    const codes = new Map(Object.entries(systems).map(([system, list]) => [system, new Set(list)]))
    if (this.#kept.size >= MOST_KEPT) this.#kept.clear()
    this.#kept.set(key, { codes, used })
    return codes
  }

  async #stillHolds(used: readonly Used[]): Promise<boolean> {
    for (const { type, canonical, key } of used) if ((await this.#definitions.find(type, canonical))?.key !== key) return false
    return true
  }

  #call<Value>(question: Question): Promise<Value> {
    if (this.#closed) return Promise.reject(new Error('The service is closed'))
    return new Promise<Value>((resolve, reject) => {
      const call = ++this.#last
      this.#pending.set(call, { question, resolve, reject, deadline: this.#deadline(call) })
      this.#send({ call, question })
    })
  }

  #send(message: ToWorker, transfer: readonly ArrayBuffer[] = []): void {
    const worker = (this.#worker ??= this.#start())
    worker.ref()
    worker.postMessage(message, transfer)
  }

  #start(): Worker {
    const worker = new Worker(new URL('./terminology-worker.js', import.meta.url), {
      execArgv: [],
      resourceLimits: WORKER_MEMORY
    })
    worker.on('message', (message: FromWorker) => {
      if ('ask' in message) void this.#define(worker, message.ask, message.wanted)
      else this.#settle(message)
      if (this.#pending.size === 0) worker.unref()
    })
    worker.on('error', (error) => this.#died(worker, error instanceof Error ? error : new Error(String(error))))
    worker.on('exit', () => this.#died(worker, new Error('The thread of terminology ended')))
    return worker
  }

  #settle(message: Extract<FromWorker, { call: number }>): void {
    const pending = this.#pending.get(message.call)
    if (pending === undefined) return
    this.#pending.delete(message.call)
    clearTimeout(pending.deadline)
    if ('error' in message) pending.reject(fromSent(message.error))
    else pending.resolve(message.value as never)
  }

  async #define(worker: Worker, ask: number, wanted: Wanted): Promise<void> {
    let message: ToWorker
    const sent: SentDefinition[] = []
    try {
      const found =
        wanted.kind === 'maps'
          ? await this.#definitions.mapsOf(wanted.system, wanted.direction)
          : [await this.#definitions.find(wanted.type, wanted.canonical)]
      const have = wanted.kind === 'maps' ? undefined : wanted.have
      for (const one of found) if (one !== undefined) sent.push(packed(one, have))
      message = { ask, answer: sent }
    } catch (error) {
      message = { ask, answer: [], error: toSent(error) }
    }
    if (this.#worker !== worker) return
    worker.postMessage(
      message,
      sent.flatMap(({ body }) => (body === undefined ? [] : [body.buffer as ArrayBuffer]))
    )
  }

  #deadline(call: number): NodeJS.Timeout {
    return setTimeout(() => this.#giveUp(call), this.#seconds * 1000)
  }

  /** The thread is ended, whatever it is busy with; what else waits for it is asked again, with all its time. */
  #giveUp(call: number): void {
    const pending = this.#pending.get(call)
    if (pending === undefined) return
    this.#pending.delete(call)
    pending.reject(fail('terminology.too-costly', { reason: `The question was not answered within ${this.#seconds} s` }))
    void this.#stop()
    for (const [other, waiting] of this.#pending) {
      clearTimeout(waiting.deadline)
      waiting.deadline = this.#deadline(other)
      this.#send({ call: other, question: waiting.question })
    }
  }

  async #stop(): Promise<void> {
    const worker = this.#worker
    this.#worker = undefined
    await worker?.terminate()
  }

  #died(worker: Worker, error: Error): void {
    if (this.#worker !== worker) return
    this.#worker = undefined
    for (const { reject, deadline } of this.#pending.values()) {
      clearTimeout(deadline)
      reject(error)
    }
    this.#pending.clear()
  }
}

/** A copy that can change hands: the body may be a part of a larger buffer. */
function packed({ key, body }: Definition, have: string | undefined): SentDefinition {
  if (key === have) return { key, body: undefined }
  return { key, body: typeof body === 'string' ? new TextEncoder().encode(body) : new Uint8Array(body) }
}
