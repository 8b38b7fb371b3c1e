/**
 * FHIRPath of uploaded search parameters, evaluated in a thread of its own that is killed when an expression takes too long. Whoever asks waits for the
 * answer: index rows are made inside transactions.
 */
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads'
import type { TypedValue } from '../../fhir/search-fhirpath.js'
import { WORKER_MEMORY } from '../../worker-memory.js'

/**
 * Longest that one expression may take for one resource, in milliseconds, the first time and the second: on a busy machine the first may run out
 * although the expression is quick. Who waits that long has to do so once: what was given up is not asked again.
 */
const LIMITS = [250, 2000]
/** Longest that the thread may take to start. */
const START = 60_000

/** Set to 1 by the evaluating thread when it is ready, and when an answer is there. */
export interface EvaluatorData {
  readonly port: MessagePort
  readonly flag: Int32Array
}

export interface EvaluatorRequest {
  readonly expression: string
  readonly resource: object
}

class Evaluator {
  readonly #flag = new Int32Array(new SharedArrayBuffer(4))
  readonly #port: MessagePort
  readonly #worker: Worker

  constructor() {
    const { port1, port2 } = new MessageChannel()
    this.#port = port1
    this.#worker = new Worker(new URL('./evaluator-worker.js', import.meta.url), {
      workerData: { port: port2, flag: this.#flag } satisfies EvaluatorData,
      transferList: [port2],
      resourceLimits: { ...WORKER_MEMORY, maxOldGenerationSizeMb: 256 },
      execArgv: []
    })
    this.#worker.unref()
    this.#worker.on('error', () => {})
    if (!this.#wait(START)) throw new Error('The thread for FHIRPath did not start')
  }

  /** Undefined: it took too long, or more memory than it may have. This evaluator is of no use any more then. */
  ask(request: EvaluatorRequest, limit: number): readonly TypedValue[] | undefined {
    Atomics.store(this.#flag, 0, 0)
    this.#port.postMessage(request)
    if (!this.#wait(limit)) {
      this.#port.close()
      void this.#worker.terminate()
      return undefined
    }
    return (receiveMessageOnPort(this.#port) as { message: readonly TypedValue[] }).message
  }

  #wait(milliseconds: number): boolean {
    const end = performance.now() + milliseconds
    // A wake-up may be that of the answer before, which had been seen without it.
    for (let left = milliseconds; Atomics.load(this.#flag, 0) === 0; left = end - performance.now())
      if (left <= 0 || Atomics.wait(this.#flag, 0, 0, left) === 'timed-out') return false
    return true
  }
}

let evaluator: Evaluator | undefined

/**
 * Values of an expression in a parsed resource. An expression that fails on this resource finds nothing in it. Undefined: it was given up.
 */
export function evaluate(expression: string, resource: object): readonly TypedValue[] | undefined {
  for (const limit of LIMITS) {
    evaluator ??= new Evaluator()
    const values = evaluator.ask({ expression, resource }, limit)
    if (values !== undefined) return values
    evaluator = undefined
  }
  return undefined
}
