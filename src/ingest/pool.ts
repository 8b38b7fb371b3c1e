/** A fixed number of worker threads that each do one task at a time. */
import { type ResourceLimits, Worker } from 'node:worker_threads'
import { fail, WardbridgeError } from '../errors.js'
import type { Results, Task } from './protocol.js'

/** An error as it crosses from a worker: with its code it becomes the same error again. */
export interface ThreadError {
  readonly code: string | undefined
  readonly message: string
  readonly stack: string | undefined
  readonly params: WardbridgeError['params'] | undefined
  readonly expression: string | undefined
  readonly place: WardbridgeError['place']
}

export type Answer = { readonly result: unknown } | { readonly error: ThreadError }

interface Member {
  readonly worker: Worker
  busy: { resolve: (value: unknown) => void; reject: (error: Error) => void } | undefined
}

/** T: what the workers are asked, told apart by kind; R: their answers by kind. */
export class Pool<T extends { readonly kind: string } = Task, R = Results> {
  readonly #members: Member[]
  readonly #waiting: Array<(member: Member) => void> = []
  #failure: Error | undefined

  /**
   * Starts the workers. module: what they run, by default that of a load, where each loads and compiles the mapping itself; setup: its workerData; memory: how
   * much of it they may take.
   */
  constructor(size: number, setup: unknown, module = new URL('./worker.js', import.meta.url), memory?: ResourceLimits) {
    this.#members = Array.from({ length: size }, () => {
      const member: Member = {
        worker: new Worker(module, { workerData: setup, execArgv: [], ...(memory === undefined ? {} : { resourceLimits: memory }) }),
        busy: undefined
      }
      member.worker.on('message', (answer: Answer) => this.#answered(member, answer))
      member.worker.on('error', (error) => this.#died(error instanceof Error ? error : new Error(String(error))))
      member.worker.on('exit', (code) => this.#died(new Error(`a worker ended with code ${code}`)))
      return member
    })
  }

  get size(): number {
    return this.#members.length
  }

  /** Gives a task to the next free worker. transfer: buffers that change hands. Throws what the worker threw. */
  async run<K extends T['kind'] & keyof R>(task: T & { readonly kind: K }, transfer: readonly ArrayBuffer[] = []): Promise<R[K]> {
    return this.#send(await this.#free(), task, transfer) as Promise<R[K]>
  }

  /** Gives a task to every worker and waits for all; no other task may be running. */
  async broadcast(task: T): Promise<void> {
    await Promise.all(this.#members.map((member) => this.#send(member, task, [])))
  }

  async close(): Promise<void> {
    this.#failure ??= new Error('the workers were stopped')
    for (const { worker } of this.#members) worker.removeAllListeners('exit')
    await Promise.all(this.#members.map(({ worker }) => worker.terminate()))
    for (const { busy } of this.#members) busy?.reject(this.#failure)
  }

  #free(): Promise<Member> {
    const member = this.#members.find((one) => one.busy === undefined)
    if (member === undefined) return new Promise((resolve) => this.#waiting.push(resolve))
    // Taken at once: run() goes on a tick later.
    member.busy = { resolve: () => {}, reject: () => {} }
    return Promise.resolve(member)
  }

  #send(member: Member, task: T, transfer: readonly ArrayBuffer[]): Promise<unknown> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure)
    return new Promise((resolve, reject) => {
      member.busy = { resolve, reject }
      member.worker.postMessage(task, transfer)
    })
  }

  #answered(member: Member, answer: Answer): void {
    const asked = member.busy
    const next = this.#waiting.shift()
    member.busy = next === undefined ? undefined : { resolve: () => {}, reject: () => {} }
    if ('error' in answer) asked?.reject(revive(answer.error))
    else asked?.resolve(answer.result)
    next?.(member)
  }

  #died(error: Error): void {
    this.#failure ??= error
    for (const { busy } of this.#members) busy?.reject(this.#failure)
    for (const next of this.#waiting.splice(0)) next(this.#members[0]!)
  }
}

/** The error that threadError() took apart. */
export function revive({ code, message, stack, params, expression, place }: ThreadError): Error {
  if (code !== undefined) {
    return fail(code as WardbridgeError['code'], params, {
      ...(expression === undefined ? {} : { expression }),
      ...(place === undefined ? {} : { place })
    })
  }
  const error = new Error(message)
  if (stack !== undefined) error.stack = stack
  return error
}

/** An error as it can be sent: the other end of revive(). */
export function threadError(error: unknown): ThreadError {
  const { message, stack } = error instanceof Error ? error : new Error(String(error))
  const known = error instanceof WardbridgeError ? error : undefined
  return { code: known?.code, message, stack, params: known?.params, expression: known?.expression, place: known?.place }
}
