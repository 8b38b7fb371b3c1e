/** A worker thread for work whose length nobody can tell beforehand: it is ended when one request takes too long, and started anew for the next. */
import { parentPort, Worker } from 'node:worker_threads'
import { type ErrorCode, fail, WardbridgeError } from '../errors.js'
import { WORKER_MEMORY } from '../worker-memory.js'

type Answer =
  | { readonly value: unknown }
  | { readonly failure: { readonly code: ErrorCode; readonly params: WardbridgeError['params']; readonly expression: string | undefined } }
  | { readonly defect: string }

interface Waiting {
  readonly request: unknown
  readonly milliseconds: number
  readonly late: () => Error
  readonly resolve: (value: never) => void
  readonly reject: (error: Error) => void
}

/** Main-thread side. Requests run one after the other; an idle thread does not keep the process alive. */
export class KillableThread {
  readonly #module: URL
  readonly #queue: Waiting[] = []
  #worker: Worker | undefined
  #busy = false

  constructor(module: URL) {
    this.#module = module
  }

  /** late: the error when the request took longer than so many milliseconds; the start of the thread counts, waiting for others does not. */
  call<Value>(request: unknown, milliseconds: number, late: () => Error): Promise<Value> {
    return new Promise<Value>((resolve, reject) => {
      this.#queue.push({ request, milliseconds, late, resolve, reject })
      this.#next()
    })
  }

  async close(): Promise<void> {
    await this.#worker?.terminate()
  }

  #next(): void {
    const waiting = this.#busy ? undefined : this.#queue.shift()
    if (waiting === undefined) return
    this.#busy = true
    const worker = (this.#worker ??= this.#start())
    worker.ref()
    const timer = setTimeout(() => {
      end(() => waiting.reject(waiting.late()))
      this.#drop(worker)
    }, waiting.milliseconds)
    const answered = (answer: Answer) => end(() => settle(answer, waiting))
    const gone = (error: unknown) => {
      end(() => waiting.reject(error instanceof Error ? error : new Error('The thread ended')))
      this.#drop(worker)
    }
    const end = (finish: () => void) => {
      clearTimeout(timer)
      worker.off('message', answered).off('error', gone).off('exit', gone)
      worker.unref()
      finish()
      this.#busy = false
      // A thread that is to be ended must not be given the next request.
      setImmediate(() => this.#next())
    }
    worker.on('message', answered).on('error', gone).on('exit', gone)
    worker.postMessage(waiting.request)
  }

  #start(): Worker {
    // Without the flags of the process: --input-type, for one, would stop the thread.
    const worker = new Worker(this.#module, { execArgv: [], resourceLimits: WORKER_MEMORY })
    // One that dies while nobody waits for it is noticed here only.
    return worker.on('error', () => {}).on('exit', () => this.#drop(worker))
  }

  #drop(worker: Worker): void {
    if (this.#worker === worker) this.#worker = undefined
    void worker.terminate()
  }
}

function settle(answer: Answer, { resolve, reject }: Waiting): void {
  if ('value' in answer) resolve(answer.value as never)
  else if ('failure' in answer) {
    const { code, params, expression } = answer.failure
    reject(fail(code, params, expression === undefined ? {} : { expression }))
  } else reject(new Error(answer.defect))
}

/** Worker side: answers every request with what `handle` gives. */
export function serveKillable<Request>(handle: (request: Request) => unknown): void {
  const port = parentPort!
  const answer = (request: Request): Answer => {
    try {
      return { value: handle(request) }
    } catch (error) {
      if (!(error instanceof WardbridgeError))
        return { defect: error instanceof Error ? `${error.name} ${error.stack ?? ''}` : typeof error }
      return { failure: { code: error.code, params: error.params, expression: error.expression } }
    }
  }
  port.on('message', (request: Request) => port.postMessage(answer(request)))
}
