/**
 * What the twin knows beside its stores: one document that names the datasets, the stores and their settings. Several servers may use one folder: each
 * change is made on the condition that nobody else changed the document since it was read.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Objects } from '../files/objects.js'
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

const DOCUMENT = 'ledger'
const EMPTY: Ledger = { datasets: {}, stores: {} }
/** Tries of one change, with waits that grow to some tens of milliseconds. */
const TRIES = 100

export class LedgerDocument {
  readonly #objects: Objects

  constructor(objects: Objects) {
    this.#objects = objects
  }

  async read(): Promise<Ledger> {
    const value = await this.#objects.get(DOCUMENT)
    return value === undefined ? EMPTY : (JSON.parse(value.bytes.toString()) as Ledger)
  }

  /** Makes a change durable. edit: the ledger as it shall be; may be called several times, and throws what the caller shall hear. */
  async change(edit: (ledger: Ledger) => Ledger): Promise<Ledger> {
    for (let n = 0; ; n++) {
      const value = await this.#objects.get(DOCUMENT)
      const next = edit(value === undefined ? EMPTY : (JSON.parse(value.bytes.toString()) as Ledger))
      const put = await this.#objects.put(DOCUMENT, Buffer.from(JSON.stringify(next)), value ?? 'absent')
      if (put !== undefined) return next
      if (n === TRIES) throw new Error('The ledger of the twin is changed by others without end')
      await sleep(Math.random() * Math.min(n + 1, 20) * 2)
    }
  }
}
