/**
 * Validation off the main thread: a few worker threads, started when first needed. Profiles that were uploaded carry expressions of their own, so a
 * thread that takes too long over one resource is ended; the others it had go to its successor.
 */
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { fail } from '../errors.js'
import type { Issue } from '../fhir/profile/index.js'
import { WORKER_MEMORY } from '../worker-memory.js'
import type { FromWorker, ToWorker, ValidationTask, WorkerSetup } from './validation-worker.js'
import type { DefinitionName } from './worker-definitions.js'

/** Finds uploaded definitions: the text of the resource with a canonical URL; undefined when there is none. */
export type FindDefinition = (type: 'StructureDefinition' | 'ValueSet' | 'CodeSystem', canonical: string) => Promise<string | undefined>

export interface ValidationThreadsOptions {
  readonly find: FindDefinition
  /** Most seconds that one resource may take, and one more for every million characters. */
  readonly seconds?: number
  readonly size?: number
}

const SECONDS = 10
/** Two at least: one slow resource must not hold up all others. */
const SIZE = Math.max(2, Math.min(4, availableParallelism() - 1))

export class ValidationThreads {
  readonly #threads: readonly Thread[]

  constructor({ find, seconds = SECONDS, size = SIZE }: ValidationThreadsOptions) {
    this.#threads = Array.from({ length: size }, () => new Thread(find, seconds))
  }

  /** The issues of one resource. Throws validation.timeout. */
  validate(task: ValidationTask): Promise<readonly Issue[]> {
    const idlest = this.#threads.reduce((one, other) => (other.load < one.load ? other : one))
    return idlest.validate(task)
  }

  /** To be called after every change of an uploaded definition: what is validated from now on goes by the new one. */
  forget(): void {
    for (const thread of this.#threads) thread.forget()
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.close()))
  }
}

interface Pending {
  readonly task: ValidationTask
  readonly resolve: (issues: readonly Issue[]) => void
  readonly reject: (error: Error) => void
}

/** Memory of one thread in MB: a body of the largest size allowed is taken apart in it. */
const MEMORY = 512
const WATCH_MS = 100

class Thread {
  readonly #find: FindDefinition
  readonly #seconds: number
  readonly #pending = new Map<number, Pending>()
  readonly #current = new SharedArrayBuffer(4)
  #queued: number[] = []
  #worker: Worker | undefined
  #watch: NodeJS.Timeout | undefined
  #last = 0
  #epoch = 0

  constructor(find: FindDefinition, seconds: number) {
    this.#find = find
    this.#seconds = seconds
  }

  /** Resources not answered yet. */
  get load(): number {
    return this.#pending.size
  }

  validate(task: ValidationTask): Promise<readonly Issue[]> {
    return new Promise((resolve, reject) => {
      const call = ++this.#last
      this.#pending.set(call, { task, resolve, reject })
      this.#queue(call)
    })
  }

  forget(): void {
    this.#epoch++
    this.#worker?.postMessage({ kind: 'forget' } satisfies ToWorker)
  }

  async close(): Promise<void> {
    clearInterval(this.#watch)
    const worker = this.#worker
    this.#worker = undefined
    worker?.removeAllListeners()
    await worker?.terminate()
    for (const { reject } of this.#pending.values()) reject(new Error('The service was closed'))
    this.#pending.clear()
  }

  /** What is asked for in one turn of the event loop travels in one message. */
  #queue(call: number): void {
    if (this.#queued.push(call) === 1) setImmediate(() => this.#send())
  }

  #send(): void {
    const tasks = this.#queued.flatMap((call) => {
      const pending = this.#pending.get(call)
      return pending === undefined ? [] : [[call, pending.task] as const]
    })
    this.#queued = []
    if (tasks.length === 0) return
    this.#worker ??= this.#start()
    this.#watch ??= this.#startWatch()
    this.#worker.ref()
    this.#worker.postMessage({ kind: 'tasks', tasks } satisfies ToWorker)
  }

  #start(): Worker {
    const worker = new Worker(new URL('./validation-worker.js', import.meta.url), {
      workerData: { current: this.#current } satisfies WorkerSetup,
      execArgv: [],
      resourceLimits: { ...WORKER_MEMORY, maxOldGenerationSizeMb: MEMORY }
    })
    worker.on('message', (message: FromWorker) => {
      if (message.kind === 'wanted') void this.#define(worker, message.names)
      else for (const { call, issues } of message.answers) this.#take(call)?.resolve(issues)
    })
    // A defect, or out of memory: the resource at work is to blame.
    worker.on('error', (error) => this.#lost(error))
    return worker
  }

  /** Hands over definitions that were asked for, as they are then. */
  async #define(worker: Worker, wanted: readonly DefinitionName[]): Promise<void> {
    try {
      const found = new Map<DefinitionName, string | undefined>()
      for (let epoch = -1; epoch !== this.#epoch; ) {
        epoch = this.#epoch
        for (const name of wanted) {
          const [type, canonical] = name.split(' ', 2) as Parameters<FindDefinition>
          found.set(name, await this.#find(type, canonical))
        }
      }
      worker.postMessage({ kind: 'definitions', found } satisfies ToWorker)
    } catch (error) {
      if (worker === this.#worker) this.#lost(error instanceof Error ? error : new Error(String(error)))
    }
  }

  /** Ends the thread when one resource has been at work for too long. */
  #startWatch(): NodeJS.Timeout {
    const current = new Int32Array(this.#current)
    let seen = 0
    let since = 0
    return setInterval(() => {
      const call = Atomics.load(current, 0)
      if (call === 0 || call !== seen) since = performance.now()
      seen = call
      // A large resource takes a second for every megabyte or so on a busy machine.
      const seconds = this.#seconds + (this.#pending.get(call)?.task.text.length ?? 0) / 1e6
      if (call !== 0 && performance.now() - since > seconds * 1000) this.#lost(fail('validation.timeout', { seconds: this.#seconds }))
    }, WATCH_MS).unref()
  }

  #lost(error: Error): void {
    const current = new Int32Array(this.#current)
    const worker = this.#worker
    this.#worker = undefined
    worker?.removeAllListeners()
    // Terminating may report once more.
    worker?.on('error', () => {})
    void worker?.terminate()
    this.#take(Atomics.exchange(current, 0, 0))?.reject(error)
    for (const call of this.#pending.keys()) if (!this.#queued.includes(call)) this.#queue(call)
  }

  #take(call: number): Pending | undefined {
    const pending = this.#pending.get(call)
    this.#pending.delete(call)
    if (this.#pending.size === 0) {
      clearInterval(this.#watch)
      this.#watch = undefined
      // An idle thread does not keep the process alive.
      this.#worker?.unref()
    }
    return pending
  }
}
