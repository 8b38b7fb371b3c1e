/** The datasets and FHIR stores of the local twin: what there is, with which settings, and the service over each. */
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { isStoreName, type Settings } from '../config.js'
import { fail } from '../errors.js'
import { openFolderObjects } from '../files/folder-objects.js'
import type { Auditing } from '../service/audit.js'
import type { Service } from '../service/contract.js'
import { type Form, runExport } from './export.js'
import { runImport } from './import.js'
import { type Dataset, type Ledger, SharedDocument, type Store } from './ledger.js'
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
  /** How exports write a resource; as the store has it when not given. */
  readonly form?: Form
  /** Told what ended an operation unexpectedly. */
  readonly onFault?: (error: unknown) => void
}

/** Milliseconds for which what was read counts as known. */
const MOMENT = 100

/** A dataset or a store, by its name. */
type Kind = 'datasets' | 'stores'

/** Undefined when the settings switch it off, and over a store at Google: the twin imitates that on a store of our own. */
export async function openTwin(parts: TwinParts): Promise<Twin | undefined> {
  const { twin, store } = parts.settings
  return twin === 'on' && !isStoreName(store) ? new Twin(parts) : undefined
}

/** One for each server. */
export class Twin {
  readonly ownName: string
  readonly #own: Service
  readonly #ownSettings: FhirStoreSettings
  readonly operations: Operations
  readonly #document: SharedDocument<Ledger>
  #known: { readonly ledger: Ledger; readonly at: number } | undefined
  readonly #stores: Stores

  constructor({ settings, service, auditing, cursorKey, linkKey, form = (body) => body, onFault = () => {} }: TwinParts) {
    this.ownName = settings.twinStore
    this.#own = service
    this.#ownSettings = ownSettings(settings)
    const objects = openFolderObjects(join(settings.twinFolder, 'registry'))
    this.#document = new SharedDocument<Ledger>(objects, 'ledger', { datasets: {}, stores: {} })
    this.#stores = new Stores({ settings, auditing, cursorKey, linkKey })
    this.operations = new Operations({
      objects,
      folder: settings.twinFolder,
      onFault,
      runners: {
        import: (run) => runImport(this, settings.google, run),
        export: (run) => runExport(this, settings.google, form, run)
      }
    })
  }

  /** The store of a name; undefined: there is none. Throws the errors of opening a store. */
  async open(name: string): Promise<TwinStore | undefined> {
    const store = (await this.#recent(name)).stores[name]
    if (store === undefined) return undefined
    const { file, settings } = store
    return { name, settings, service: file === undefined ? this.#own : await this.#stores.service(file, settings) }
  }

  /**
   * The ledger as it was a moment ago, where that is as good for a store: it is known, and its file is still there. What another server does shows at once
   * when it makes or deletes the store, and within the moment when it changes settings.
   */
  async #recent(name: string): Promise<Ledger> {
    const known = this.#known
    if (known !== undefined && known.at > performance.now() - MOMENT) {
      const store = known.ledger.stores[name]
      if (store !== undefined && (store.file === undefined || this.#stores.isThere(store.file))) return known.ledger
    }
    return this.ledger()
  }

  /** The same for longer work: not closed before release() is called. Throws twin.not-found. */
  async hold(name: string): Promise<TwinStore & { release(): void }> {
    const { file, settings } = found('stores', await this.ledger(), name)
    if (file === undefined) return { name, settings, service: this.#own, release: () => {} }
    return { name, settings, ...(await this.#stores.hold(file, settings)) }
  }

  /** All there is, the server's own store included. */
  async ledger(): Promise<Ledger> {
    return this.#know(performance.now(), await this.#document.read())
  }

  /** at: when reading began. */
  #know(at: number, read: Ledger): Ledger {
    const ledger = this.#withOwn(read)
    if (this.#known !== undefined && this.#known.at > at) return ledger
    this.#known = { ledger, at }
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

  async #change(edit: (ledger: Ledger) => Ledger): Promise<Ledger> {
    const changed = await this.#document.change((ledger) => edit(this.#withOwn(ledger)))
    return this.#know(performance.now(), changed)
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

  /** Removes a dataset with all its stores and operations. Throws as deleteStore does. */
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
    await this.operations.forget(name)
  }

  /** Locations of a project that hold a dataset. */
  async locations(project: string): Promise<readonly string[]> {
    const names = Object.keys((await this.ledger()).datasets).map(locationOf)
    return [...new Set(names)].filter((name) => name.startsWith(`${project}/locations/`)).sort()
  }

  /** Begins to work on operations, also on those that a server left. */
  begin(): void {
    this.operations.begin()
    // What a server left that ended while it deleted a store.
    const sweep = async () => this.#stores.sweep(async () => Object.values((await this.ledger()).stores).flatMap(({ file }) => file ?? []))
    sweep().catch(() => {})
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
