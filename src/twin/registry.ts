/** The datasets and FHIR stores of the local twin: what there is, with which settings, and the service over each. */
import { randomUUID } from 'node:crypto'
import type { Settings } from '../config.js'
import { fail } from '../errors.js'
import type { Objects, ObjectValue } from '../files/objects.js'
import type { Auditing } from '../service/audit.js'
import type { Service } from '../service/contract.js'
import { type Dataset, type Ledger, LedgerDocument, type Store } from './ledger.js'
import { datasetOf, locationOf } from './names.js'
import { Operations } from './operations.js'
import { type FhirStoreSettings, ownSettings, withFixed } from './settings.js'
import { Stores } from './stores.js'

/** A store that is open. Good for one request: ask again for the next, as stores that nobody asks for are closed after some minutes. */
export interface TwinStore {
  /** `projects/P/locations/L/datasets/D/fhirStores/F`. */
  readonly name: string
  readonly settings: FhirStoreSettings
  readonly service: Service
}

export interface TwinParts {
  readonly settings: Settings
  /** Of the server's own store, which is found under settings.twinStore. */
  readonly service: Service
  /** What the other stores are audited with; undefined: they are not. */
  readonly auditing?: Auditing | undefined
  /** What paging links and links to contents are sealed with; new ones for each process when not given. */
  readonly cursorKey?: Buffer
  readonly linkKey?: Buffer
}

/** A dataset or a store, by its name. */
type Kind = 'datasets' | 'stores'

/** Undefined when the settings switch it off. */
export async function openTwin(parts: TwinParts): Promise<Twin | undefined> {
  return parts.settings.twin === 'on' ? new Twin(parts, inMemory()) : undefined
}

/** One for each server. */
export class Twin {
  readonly ownName: string
  readonly #own: Service
  readonly #ownSettings: FhirStoreSettings
  readonly operations: Operations
  readonly #document: LedgerDocument
  readonly #stores: Stores

  constructor({ settings, service, auditing, cursorKey, linkKey }: TwinParts, objects: Objects) {
    this.ownName = settings.twinStore
    this.#own = service
    this.#ownSettings = ownSettings(settings)
    this.#document = new LedgerDocument(objects)
    this.#stores = new Stores({ settings, auditing, cursorKey, linkKey })
    this.operations = new Operations(objects, settings.twinFolder, {})
  }

  /** The store of a name; undefined: there is none. Throws the errors of opening a store. */
  async open(name: string): Promise<TwinStore | undefined> {
    const store = (await this.ledger()).stores[name]
    if (store === undefined) return undefined
    const { file, settings } = store
    return { name, settings, service: file === undefined ? this.#own : await this.#stores.service(file, settings) }
  }

  /** The same for longer work: not closed before release() is called. Throws twin.not-found. */
  async hold(name: string): Promise<TwinStore & { release(): void }> {
    const { file, settings } = found('stores', await this.ledger(), name)
    if (file === undefined) return { name, settings, service: this.#own, release: () => {} }
    return { name, settings, ...(await this.#stores.hold(file, settings)) }
  }

  /** All there is, the server's own store included. */
  async ledger(): Promise<Ledger> {
    const ledger = this.#withOwn(await this.#document.read())
    this.#stores.forget(new Set(Object.values(ledger.stores).flatMap(({ file }) => file ?? [])))
    return ledger
  }

  #withOwn({ datasets, stores }: Ledger): Ledger {
    const kept = stores[this.ownName]
    // What cannot be changed is as the server was started.
    const own: Store = { ...kept, settings: kept === undefined ? this.#ownSettings : withFixed(kept.settings, this.#ownSettings) }
    const dataset = datasetOf(this.ownName)
    return { datasets: { ...datasets, [dataset]: datasets[dataset] ?? {} }, stores: { ...stores, [this.ownName]: own } }
  }

  #change(edit: (ledger: Ledger) => Ledger): Promise<Ledger> {
    return this.#document.change((ledger) => edit(this.#withOwn(ledger)))
  }

  /** Throws twin.exists. */
  async createDataset(name: string, dataset: Dataset): Promise<void> {
    await this.#change((ledger) => {
      if (ledger.datasets[name] !== undefined) throw fail('twin.exists', { name })
      return { ...ledger, datasets: { ...ledger.datasets, [name]: dataset } }
    })
  }

  /** Throws twin.exists, twin.not-found. */
  async createStore(name: string, settings: FhirStoreSettings): Promise<void> {
    const file = `${randomUUID()}.db`
    await this.#change((ledger) => {
      found('datasets', ledger, datasetOf(name))
      if (ledger.stores[name] !== undefined) throw fail('twin.exists', { name })
      return { ...ledger, stores: { ...ledger.stores, [name]: { file, settings } } }
    })
  }

  /** A dataset or store after a change. Throws twin.not-found, and what the change throws. */
  async edit<K extends Kind>(kind: K, name: string, change: (one: Ledger[K][string]) => Ledger[K][string]): Promise<Ledger[K][string]> {
    const ledger = await this.#change((before) => ({ ...before, [kind]: { ...before[kind], [name]: change(found(kind, before, name)) } }))
    return found(kind, ledger, name)
  }

  /** Removes a store with all it holds. Throws twin.not-found; twin.precondition for the server's own. */
  async deleteStore(name: string): Promise<void> {
    let file: string | undefined
    await this.#change((ledger) => {
      if (name === this.ownName)
        throw fail('twin.precondition', { reason: `${name} is the store of this server: it cannot be deleted here` })
      file = found('stores', ledger, name).file
      const { [name]: _, ...stores } = ledger.stores
      return { ...ledger, stores }
    })
    if (file !== undefined) await this.#stores.remove(file)
  }

  /** Removes a dataset with all its stores. Throws as deleteStore does. */
  async deleteDataset(name: string): Promise<void> {
    const files: string[] = []
    await this.#change((ledger) => {
      found('datasets', ledger, name)
      if (name === datasetOf(this.ownName))
        throw fail('twin.precondition', { reason: `${name} holds the store of this server: it cannot be deleted here` })
      const { [name]: _, ...datasets } = ledger.datasets
      const gone = Object.entries(ledger.stores).filter(([store]) => datasetOf(store) === name)
      files.splice(0, files.length, ...gone.flatMap(([, { file }]) => file ?? []))
      const stores = Object.fromEntries(Object.entries(ledger.stores).filter(([store]) => datasetOf(store) !== name))
      return { datasets, stores }
    })
    for (const file of files) await this.#stores.remove(file)
  }

  /** Locations of a project that hold a dataset. */
  async locations(project: string): Promise<readonly string[]> {
    const names = Object.keys((await this.ledger()).datasets).map(locationOf)
    return [...new Set(names)].filter((name) => name.startsWith(`${project}/locations/`)).sort()
  }

  /** Goes on with operations that a server left. */
  begin(): void {
    this.operations.begin()
  }

  /** Stops the operations and closes the stores, but not that of the server. */
  async close(): Promise<void> {
    await this.operations.close()
    await this.#stores.close()
  }
}

/** Throws twin.not-found. */
export function found<K extends Kind>(kind: K, ledger: Ledger, name: string): Ledger[K][string] {
  const one = Object.hasOwn(ledger[kind], name) ? ledger[kind][name] : undefined
  if (one === undefined) throw fail('twin.not-found', { name })
  return one as Ledger[K][string]
}

function inMemory(): Objects {
  const values = new Map<string, ObjectValue>()
  let n = 0
  return {
    get: async (name) => values.get(name),
    put: async (name, bytes, condition) => {
      const now = values.get(name)
      if (condition !== undefined && (condition === 'absent' ? undefined : condition.generation) !== now?.generation) return undefined
      const generation = String(++n)
      values.set(name, { bytes: Buffer.from(bytes), generation })
      return generation
    },
    delete: async (name) => values.delete(name),
    async *list(prefix) {
      for (const [name, { generation, bytes }] of [...values].sort())
        if (name.startsWith(prefix)) yield { name, generation, size: bytes.length, updated: 0 }
    }
  }
}
