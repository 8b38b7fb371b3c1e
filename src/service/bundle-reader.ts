/** Reads bundles of requests: small ones at once, large ones in a thread, so that other requests are answered meanwhile. */
import { type RequestBundle, readBundle } from '../fhir/bundle/read.js'
import { Thread } from '../store/sqlite/thread.js'

export interface ReadRequest {
  readonly text: string
  readonly base: string
  readonly structure: boolean
}

/** Characters up to which a bundle is read at once: about 2 ms. */
const SMALL = 32 * 1024

export class BundleReader {
  readonly #structure: boolean
  readonly #thread = new Thread<ReadRequest>(new URL('./bundle-worker.js', import.meta.url), {})

  /** structure: check the resources of transactions against base R4. */
  constructor(structure: boolean) {
    this.#structure = structure
  }

  /** Throws as readBundle does. */
  async read(text: string, base: string): Promise<RequestBundle> {
    if (text.length <= SMALL) return readBundle(text, base, { structure: this.#structure })
    return this.#thread.call({ text, base, structure: this.#structure })
  }

  async close(): Promise<void> {
    await this.#thread.close()
  }
}
