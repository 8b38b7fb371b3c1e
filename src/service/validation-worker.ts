/** A worker thread that validates resources. It reads no store: a definition it does not have is asked for, and the resource comes again. */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { type DefinitionType, errorsOf, forgetDefinitions, type Issue, useDefinitions, validate } from '../fhir/profile/index.js'

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

/** Type and canonical URL: `ValueSet http://example.org/sizes`. */
export type DefinitionName = `${DefinitionType} ${string}`

export type ToWorker =
  | { readonly kind: 'tasks'; readonly tasks: ReadonlyArray<readonly [call: number, task: ValidationTask]> }
  /** The texts of uploaded resources; undefined when there is none. */
  | { readonly kind: 'definitions'; readonly found: ReadonlyMap<DefinitionName, string | undefined> }
  /** Uploaded definitions may have changed. */
  | { readonly kind: 'forget' }

/** Issues, or the definitions without which there is no answer. */
export type ValidationAnswer = { readonly call: number } & (
  | { readonly issues: readonly Issue[] }
  | { readonly wanted: readonly DefinitionName[] }
)

export interface WorkerSetup {
  /** One Int32: the call at work, 0 when idle. Whoever waits can tell which one takes too long. */
  readonly current: SharedArrayBuffer
}

/** Definitions that are remembered, those that are not there included. */
const MOST = 10_000

function main(port: MessagePort, setup: WorkerSetup): void {
  const current = new Int32Array(setup.current)
  const uploaded = new Map<DefinitionName, unknown>()
  const wanted = new Set<DefinitionName>()
  useDefinitions((type, url) => {
    const name = `${type} ${url}` as const
    if (!uploaded.has(name)) wanted.add(name)
    return uploaded.get(name)
  })
  const forget = () => {
    uploaded.clear()
    forgetDefinitions()
  }

  const answer = (call: number, { type, text, profiles, errorsOnly }: ValidationTask): ValidationAnswer => {
    wanted.clear()
    const { issues } = validate(JSON.parse(text), { type, profiles })
    if (wanted.size > 0) return { call, wanted: [...wanted] }
    return { call, issues: errorsOnly ? errorsOf(issues) : issues }
  }

  port.on('message', (message: ToWorker) => {
    switch (message.kind) {
      case 'definitions':
        for (const [name, text] of message.found) uploaded.set(name, text === undefined ? undefined : JSON.parse(text))
        // That there is none has been taken for granted already.
        if ([...message.found.values()].some((text) => text !== undefined)) forgetDefinitions()
        break
      case 'forget':
        forget()
        break
      case 'tasks':
        // Anybody can name definitions that are not there.
        if (uploaded.size > MOST) forget()
        port.postMessage(
          message.tasks.map(([call, task]) => {
            Atomics.store(current, 0, call)
            return answer(call, task)
          })
        )
        Atomics.store(current, 0, 0)
    }
  })
}

if (parentPort !== null) main(parentPort, workerData as WorkerSetup)
