/**
 * Requests to a worker and their answers. Requests made in one turn of the event loop travel in one message,
 * and an idle worker does not keep the process alive.
 */
import { parentPort, Worker } from 'node:worker_threads'
import { fromSent, type SentError, toSent } from '../../sent-error.js'
import { WORKER_MEMORY } from '../../worker-memory.js'
import { storeError } from './failure.js'

interface Answer {
  readonly call: number
  readonly value?: unknown
  readonly error?: SentError
  readonly progress?: number
}

/** A request as the worker sees it. */
export interface Call<Request> {
  readonly call: number
  readonly request: Request
}

interface Pending {
  readonly resolve: (value: never) => void
  readonly reject: (error: Error) => void
  readonly progress: ((done: number) => void) | undefined
}

const STOP = 'stop'

/** Main-thread side. The worker starts with the first request, and again after it died. */
export class Thread<Request> {
  readonly #module: URL
  readonly #data: unknown
  readonly #answered: () => void
  readonly #pending = new Map<number, Pending>()
  #queued: Array<Call<Request>> = []
  #worker: Worker | undefined
  #last = 0
  #closed = false

  /** answered: called before the promises of arrived answers are settled. */
  constructor(module: URL, data: unknown, answered: () => void = () => {}) {
    this.#module = module
    this.#data = data
    this.#answered = answered
  }

  /** Requests not answered yet. */
  get load(): number {
    return this.#pending.size
  }

  call<Value>(request: Request, progress?: (done: number) => void): Promise<Value> {
    if (this.#closed) return Promise.reject(new Error('The store is closed'))
    return new Promise<Value>((resolve, reject) => {
      const call = ++this.#last
      this.#pending.set(call, { resolve, reject, progress })
      if (this.#queued.push({ call, request }) === 1) setImmediate(() => this.#send())
    })
  }

  /** Lets the worker finish what it was asked for, then ends it. */
  async close(): Promise<void> {
    this.#closed = true
    this.#send()
    const worker = this.#worker
    if (worker === undefined) return
    worker.ref()
    const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()))
    worker.postMessage(STOP)
    await ended
  }

  #send(): void {
    if (this.#queued.length === 0) return
    const worker = (this.#worker ??= this.#start())
    worker.ref()
    worker.postMessage(this.#queued)
    this.#queued = []
  }

  #start(): Worker {
    // Without the flags of the process: --input-type, for one, would stop the thread.
    const worker = new Worker(this.#module, { workerData: this.#data, execArgv: [], resourceLimits: WORKER_MEMORY })
    const gone = (error: Error) => {
      if (this.#worker !== worker) return
      this.#worker = undefined
      const waiting = [...this.#pending.values()]
      this.#pending.clear()
      this.#queued = []
      for (const { reject } of waiting) reject(error)
    }
    worker.on('message', (answers: readonly Answer[]) => {
      this.#answered()
      for (const answer of answers) this.#settle(answer)
      // One that is being closed is waited for.
      if (this.#pending.size === 0 && !this.#closed) worker.unref()
    })
    worker.on('error', gone)
    worker.on('exit', () => gone(new Error('A thread of the store ended')))
    return worker
  }

  #settle({ call, value, error, progress }: Answer): void {
    const pending = this.#pending.get(call)
    if (progress !== undefined) {
      pending?.progress?.(progress)
      return
    }
    this.#pending.delete(call)
    if (error !== undefined) pending?.reject(fromSent(error))
    else pending?.resolve(value as never)
  }
}

/** Worker side: the answer to one or several calls. transfer: ArrayBuffers given away. */
export interface Replies {
  value(call: number, value: unknown, transfer?: readonly ArrayBuffer[]): void
  error(call: number, error: unknown): void
  progress(call: number, done: number): void
  /** Sends what was collected; done by itself when the handler returns. */
  flush(): void
}

/** Worker side: handles everything that has arrived, again and again; stop runs before the thread ends. */
export function serve<Request>(handle: (calls: ReadonlyArray<Call<Request>>, replies: Replies) => void, stop: () => void): void {
  const port = parentPort!
  let waiting: Array<Call<Request>> = []
  let answers: Answer[] = []
  let transfers: ArrayBuffer[] = []
  const replies: Replies = {
    value(call, value, transfer = []) {
      answers.push({ call, value })
      transfers.push(...transfer)
    },
    error(call, error) {
      answers.push({ call, error: toSent(storeError(error)) })
    },
    progress(call, progress) {
      port.postMessage([{ call, progress }])
    },
    flush() {
      if (answers.length > 0) port.postMessage(answers, transfers)
      answers = []
      transfers = []
    }
  }
  const work = () => {
    const calls = waiting
    waiting = []
    if (calls.length === 0) return
    handle(calls, replies)
    replies.flush()
  }
  port.on('message', (message: typeof STOP | Array<Call<Request>>) => {
    if (message === STOP) {
      work()
      stop()
      port.close()
    } else if (waiting.push(...message) === message.length) setImmediate(work)
  })
}
