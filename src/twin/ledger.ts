/**
 * What the twin knows beside its stores: one document that names the datasets, the stores and their settings. Several servers may use one folder: each
 * change is made on the condition that nobody else changed the document since it was read.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Objects, ObjectValue } from '../files/objects.js'
import type { Policy } from './policy.js'
import type { FhirStoreSettings } from './settings.js'

export interface Dataset {
  readonly timeZone?: string
  readonly policy?: Policy
}

export interface Store {
  /** Name of its file in the folder; none is used twice. Undefined: the server's own. */
  readonly file?: string
  readonly settings: FhirStoreSettings
  readonly policy?: Policy
}

/** By name. */
export interface Ledger {
  readonly datasets: Readonly<Record<string, Dataset>>
  readonly stores: Readonly<Record<string, Store>>
}

/** Tries of one change, with waits that grow to some tens of milliseconds. */
const TRIES = 100

/** A JSON document that several processes change. */
export class SharedDocument<T> {
  readonly #objects: Objects
  readonly #name: string
  readonly #empty: T

  /** empty: what it is before the first change. */
  constructor(objects: Objects, name: string, empty: T) {
    this.#objects = objects
    this.#name = name
    this.#empty = empty
  }

  async read(): Promise<T> {
    return this.#parse(await this.#objects.get(this.#name))
  }

  /**
   * Makes a change durable. edit: gives the document as it shall be, or the very one it was given where nothing is to be changed; it may be called several
   * times, and throws what the caller shall hear.
   */
  async change(edit: (old: T) => T): Promise<T> {
    for (let n = 0; ; n++) {
      const value = await this.#objects.get(this.#name)
      const old = this.#parse(value)
      const next = edit(old)
      if (next === old) return old
      if ((await this.#objects.put(this.#name, Buffer.from(JSON.stringify(next)), value ?? 'absent')) !== undefined) return next
      if (n === TRIES) throw new Error(`The document ${this.#name} of the twin is changed by others without end`)
      await sleep(Math.random() * Math.min(n + 1, 20) * 2)
    }
  }

  #parse(value: ObjectValue | undefined): T {
    return value === undefined ? this.#empty : (JSON.parse(value.bytes.toString()) as T)
  }
}
