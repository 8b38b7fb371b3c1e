/** Where a worker puts the resources it makes: stages of a store, or NDJSON text per type. */
import { WardbridgeError } from '../errors.js'
import type { BulkStage } from '../service/contract.js'
import { fingerprint } from './fingerprints.js'
import type { Output, PlacedResource, WorkerSinkSetup } from './protocol.js'

export interface WorkerSink {
  /** Takes the resources of one row, all or none. Throws resource.invalid when one is not valid. */
  addAll(resources: ReadonlyArray<Omit<PlacedResource, 'origin'>>, origin: number): void
  /** What came of the resources since the last call, in order. */
  take(): Promise<Output[]>
}

export async function openSink(setup: WorkerSinkSetup): Promise<WorkerSink> {
  if (setup.kind === 'folder') return new NdjsonSink()
  // Only here, so that mapping to a folder needs no store.
  const { bulkStages } = await import('../service/bulk-stage.js')
  return new StageSink(await bulkStages(setup.worker))
}

const STAGE_RESOURCES = 30_000
const STAGE_BYTES = 64 * 1024 * 1024

class StageSink implements WorkerSink {
  readonly #open: () => BulkStage
  readonly #done: Output[] = []
  #stage: BulkStage | undefined

  constructor(open: () => BulkStage) {
    this.#open = open
  }

  addAll(resources: ReadonlyArray<Omit<PlacedResource, 'origin'>>, origin: number): void {
    this.#stage ??= this.#open()
    this.#stage.addAll(resources, origin)
    if (this.#stage.resources >= STAGE_RESOURCES || this.#stage.bytes >= STAGE_BYTES) this.#close()
  }

  async take(): Promise<Output[]> {
    this.#close()
    return this.#done.splice(0)
  }

  #close(): void {
    const handle = this.#stage?.finish()
    this.#stage = undefined
    if (handle !== undefined) this.#done.push({ kind: 'stage', handle })
  }
}

/** Per type: the lines so far, and what the coordinator needs to find repeats. */
class NdjsonSink implements WorkerSink {
  #types = new Map<string, { lines: string[]; names: number[]; origins: number[] }>()
  readonly #name = new Uint32Array(2)

  addAll(resources: ReadonlyArray<Omit<PlacedResource, 'origin'>>, origin: number): void {
    for (const { type, id, text } of resources) {
      let batch = this.#types.get(type)
      if (batch === undefined) this.#types.set(type, (batch = { lines: [], names: [], origins: [] }))
      fingerprint(`${type}/${id}`, this.#name, 0)
      batch.lines.push(text)
      batch.names.push(this.#name[0]!, this.#name[1]!)
      batch.origins.push(origin)
    }
  }

  async take(): Promise<Output[]> {
    const outputs = [...this.#types].map(([type, { lines, names, origins }]): Output => {
      const { bytes, ends } = encode(lines)
      return { kind: 'ndjson', type, resources: { bytes, ends, names: Uint32Array.from(names), origins: Float64Array.from(origins) } }
    })
    this.#types = new Map()
    return outputs
  }
}

function encode(lines: readonly string[]): { bytes: Uint8Array<ArrayBuffer>; ends: Uint32Array<ArrayBuffer> } {
  const ends = new Uint32Array(lines.length)
  const buffer = Buffer.from(`${lines.join('\n')}\n`)
  let at = 0
  for (let i = 0; i < lines.length; i++) {
    // The lines hold no line feed of their own: JSON text has none outside white space, and that is gone.
    at = buffer.indexOf(10, at) + 1
    ends[i] = at
  }
  // A long text has a buffer of its own, which can be handed over as it is.
  const own = buffer.buffer.byteLength === buffer.length ? (buffer as Uint8Array<ArrayBuffer>) : new Uint8Array(buffer)
  return { bytes: own, ends }
}

/** What is wrong with a resource that a sink refused. Throws an error that is not about the resource. */
export function refusal(error: unknown): string {
  if (!(error instanceof WardbridgeError) || !/^(resource|json)\./.test(error.code)) throw error
  return error.expression === undefined ? error.message : `${error.expression}: ${error.message}`
}
