/**
 * fhirStores.import: objects of resources, one a line. The API says how many were not taken, and of each only what its logs choose to tell: which ones, and
 * why, is found here by reading them back and writing them one by one.
 */
import { fail, WardbridgeError } from '../../errors.js'
import { noteImport } from '../../google/metrics.js'
import { inTheBackground } from '../../google/request.js'
import type { Refused } from '../repository.js'
import { contentKey } from './body.js'
import type { Caller } from './caller.js'
import type { SearchCalls } from './search-calls.js'
import type { Staging } from './staging.js'

/** Objects that are imported together: those below `folder`, and what is in them. */
export interface Wave {
  /** Below that of the session. */
  readonly folder: string
  readonly objects: readonly string[]
  /** Resources of each type. No resource is in it twice. */
  readonly counts: ReadonlyMap<string, number>
  readonly bytes: number
}

/** A resource that an import did not take, and why. */
export type NotTaken = Omit<Refused, 'counted'>

/** Milliseconds between two looks at an operation. */
const FIRST_LOOK = 100
const LONGEST_LOOK = 10_000
const READ_TOGETHER = 200

interface Operation {
  readonly name?: string
  readonly done?: boolean
  readonly error?: { readonly code?: number; readonly message?: string }
  readonly metadata?: { readonly counter?: { readonly success?: string; readonly failure?: string }; readonly logsUrl?: string }
}

export class Imports {
  readonly #caller: Caller
  readonly #calls: SearchCalls
  readonly #staging: Staging

  constructor(caller: Caller, calls: SearchCalls, staging: Staging) {
    this.#caller = caller
    this.#calls = calls
    this.#staging = staging
  }

  /** Resolved when the operation has ended and its objects are removed: what was not taken. Throws healthcare.import, healthcare.*. */
  run(wave: Wave): Promise<readonly NotTaken[]> {
    // It lasts for minutes: each of its calls has a time of its own.
    return inTheBackground(async () => {
      const began = performance.now()
      const operation = await this.#ended(await this.#start(wave))
      const { success = '0', failure = '0' } = operation.metadata?.counter ?? {}
      noteImport({ success: Number(success), failure: Number(failure), bytes: wave.bytes, took: performance.now() - began })
      if (operation.error !== undefined && Number(failure) === 0) {
        const { message = 'no reason', code = 0 } = operation.error
        throw fail('healthcare.import', { reason: message, code, logs: operation.metadata?.logsUrl ?? 'not given' })
      }
      const refused = Number(failure) === 0 ? [] : await this.#refused(wave)
      for (const name of wave.objects) await this.#staging.remove(name)
      return refused
    })
  }

  async #start({ folder }: Wave): Promise<Operation> {
    const requestBody = { contentStructure: 'RESOURCE', gcsSource: { uri: `${this.#staging.uri}${folder}/*.ndjson` } }
    // Twice the same import gives the same resources.
    const { text } = await this.#caller.call({
      method: 'fhirStores.import',
      again: 'reads',
      send: ({ fhirStores }, options) => fhirStores.import({ name: this.#caller.store, requestBody }, options)
    })
    return JSON.parse(text) as Operation
  }

  async #ended(started: Operation): Promise<Operation> {
    const { name = '' } = started
    let operation = started
    for (let wait = FIRST_LOOK; operation.done !== true; wait = Math.min(wait * 1.6, LONGEST_LOOK)) {
      await new Promise((resolve) => setTimeout(resolve, wait))
      const { text } = await this.#caller.call({
        method: 'operations.get',
        again: 'reads',
        send: ({ operations }, options) => operations.get({ name }, options)
      })
      operation = JSON.parse(text) as Operation
    }
    return operation
  }

  /** Those that are not there as they were staged are written one by one: what is refused then has a reason. */
  async #refused({ objects }: Wave): Promise<NotTaken[]> {
    const refused: NotTaken[] = []
    for (const object of objects) {
      const lines = (await this.#staging.get(object))
        .toString()
        .split('\n')
        .filter((line) => line !== '')
      for (let at = 0; at < lines.length; at += READ_TOGETHER) {
        const some = lines.slice(at, at + READ_TOGETHER).map((text) => ({ text, ...nameIn(text) }))
        const found = await this.#calls.read(some.map(({ type, id }) => ({ type, id, version: undefined })))
        const there = new Map(found.map(({ type, id, body }) => [`${type}/${id}`, contentKey(body.toString(), id)]))
        for (const { type, id, text } of some) {
          if (there.get(`${type}/${id}`) === contentKey(text, id)) continue
          const reason = await this.#write(type, id, text)
          if (reason !== undefined) refused.push({ type, id, reason })
        }
      }
    }
    return refused
  }

  /** Why the resource is not taken; undefined: it is. */
  async #write(type: string, id: string, text: string): Promise<string | undefined> {
    try {
      await this.#caller.call({
        method: 'update',
        again: 'reads',
        what: `${type}/${id}`,
        headers: { 'content-type': 'application/fhir+json;charset=utf-8' },
        send: ({ fhirStores: { fhir } }, options) => fhir.update({ name: this.#caller.name(type, id), requestBody: text as never }, options)
      })
      return undefined
    } catch (error) {
      if (error instanceof WardbridgeError && !/^healthcare\.(unavailable|throttled|credentials|unexpected)$/.test(error.code))
        return error.message
      throw error
    }
  }
}

function nameIn(text: string): { readonly type: string; readonly id: string } {
  const { resourceType, id } = JSON.parse(text) as { resourceType: string; id: string }
  return { type: resourceType, id }
}
