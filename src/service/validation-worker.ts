/** A worker thread that validates resources. It reads no store: what it has to know of a definition it asks for, and validates the resource again. */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { errorsOf, type Issue, validate } from '../fhir/profile/index.js'
import { type DefinitionName, WorkerDefinitions } from './worker-definitions.js'

/** One resource to validate; its text has been parsed once already. */
export interface ValidationTask {
  /** The resource type it should be. */
  readonly type: string
  readonly text: string
  /** Canonical URLs of profiles to meet beside those it names. */
  readonly profiles: readonly string[]
  /** Warnings are not wanted. */
  readonly errorsOnly: boolean
}

type Tasks = ReadonlyArray<readonly [call: number, task: ValidationTask]>

export type ToWorker =
  | { readonly kind: 'tasks'; readonly tasks: Tasks }
  /** The texts of definitions; undefined when there is none. */
  | { readonly kind: 'definitions'; readonly found: ReadonlyMap<DefinitionName, string | undefined> }
  /** Definitions may have changed. */
  | { readonly kind: 'forget' }

export type FromWorker =
  | { readonly kind: 'answers'; readonly answers: ReadonlyArray<{ readonly call: number; readonly issues: readonly Issue[] }> }
  | { readonly kind: 'wanted'; readonly names: readonly DefinitionName[] }

export interface WorkerSetup {
  /** One Int32: the call at work, 0 when idle. Whoever waits can tell which one takes too long. */
  readonly current: SharedArrayBuffer
}

function main(port: MessagePort, setup: WorkerSetup): void {
  const current = new Int32Array(setup.current)
  const post = (message: FromWorker) => port.postMessage(message)
  const definitions = new WorkerDefinitions((names) => post({ kind: 'wanted', names }))

  const issuesOf = async ({ type, text, profiles, errorsOnly }: ValidationTask): Promise<readonly Issue[]> => {
    const resource: unknown = JSON.parse(text)
    for (;;) {
      const { issues } = validate(resource, { type, profiles })
      if (!definitions.missing) return errorsOnly ? errorsOf(issues) : issues
      await definitions.fetch()
    }
  }
  const run = async (tasks: Tasks): Promise<void> => {
    const answers: Array<{ call: number; issues: readonly Issue[] }> = []
    for (const [call, task] of tasks) {
      Atomics.store(current, 0, call)
      answers.push({ call, issues: await issuesOf(task) })
    }
    Atomics.store(current, 0, 0)
    post({ kind: 'answers', answers })
  }

  let last = Promise.resolve()
  port.on('message', (message: ToWorker) => {
    if (message.kind === 'definitions') definitions.take(message.found)
    else if (message.kind === 'forget') definitions.forget()
    else {
      last = last.then(() => run(message.tasks))
      // A defect: the thread ends with it.
      last.catch((error: unknown) => setImmediate(() => raise(error)))
    }
  })
}

function raise(error: unknown): never {
  throw error
}

if (parentPort !== null) main(parentPort, workerData as WorkerSetup)
