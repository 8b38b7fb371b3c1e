/** The datasets and FHIR stores of the local twin: what there is, with which settings, and the service over each. */
import type { Settings } from '../config.js'
import type { Service } from '../service/contract.js'
import type { FhirStoreSettings } from './settings.js'

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
}

/** Undefined when the settings switch it off. */
export async function openTwin(parts: TwinParts): Promise<Twin | undefined> {
  return parts.settings.twin === 'on' ? new Twin(parts) : undefined
}

/** One for each server. */
export class Twin {
  readonly #own: TwinStore

  constructor({ settings, service }: TwinParts) {
    this.#own = { name: settings.twinStore, settings: ownSettings(settings), service }
  }

  /** The store of a name; undefined: there is none. */
  async open(name: string): Promise<TwinStore | undefined> {
    return name === this.#own.name ? this.#own : undefined
  }

  /** Closes the stores, but not that of the server. */
  async close(): Promise<void> {}
}

/** What the server does with its own store, in the words of the API. */
function ownSettings({ referentialIntegrity }: Settings): FhirStoreSettings {
  return { version: 'R4', enableUpdateCreate: true, ...(referentialIntegrity === 'on' ? {} : { disableReferentialIntegrity: true }) }
}
