/** Reads bundles of requests: small ones at once, large ones in a thread, so that other requests are answered meanwhile. */
import { type RequestBundle, type RequestEntry, readBundle } from '../fhir/bundle/read.js'
import { Thread } from '../store/sqlite/thread.js'
import { turns } from './turns.js'

export interface ReadRequest {
  readonly text: string
  readonly base: string
  readonly structure: boolean
}

/** A bundle on its way between threads: JSON in pieces, as the objects of thousands of entries take too long to be received at once. */
export interface PackedBundle {
  readonly type: RequestBundle['type']
  readonly entries: readonly ArrayBuffer[]
  readonly answers: ArrayBuffer
}

/** Entries in one piece. */
const PIECE = 250

export function packBundle({ type, entries, answers }: RequestBundle): PackedBundle {
  const pieces: ArrayBuffer[] = []
  for (let at = 0; at < entries.length; at += PIECE) pieces.push(pack(entries.slice(at, at + PIECE)))
  return { type, entries: pieces, answers: pack(answers) }
}

async function unpackBundle({ type, entries, answers }: PackedBundle): Promise<RequestBundle> {
  const turn = turns(1)
  const unpacked: RequestEntry[] = []
  for (const piece of entries) {
    unpacked.push(...unpack<RequestEntry[]>(piece))
    await turn()
  }
  return { type, entries: unpacked, answers: unpack(answers) }
}

function pack(value: unknown): ArrayBuffer {
  return new TextEncoder().encode(JSON.stringify(value)).buffer as ArrayBuffer
}

function unpack<Value>(piece: ArrayBuffer): Value {
  return JSON.parse(Buffer.from(piece).toString()) as Value
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
    return unpackBundle(await this.#thread.call<PackedBundle>({ text, base, structure: this.#structure }))
  }

  async close(): Promise<void> {
    await this.#thread.close()
  }
}
