/** Where a worker puts the resources it makes: stages of a store, or NDJSON text per type. */
import { fail, WardbridgeError } from '../errors.js'
import { validateResource } from '../fhir/validate.js'
import type { BulkStage, StagedResource } from '../service/contract.js'
import { CheckWorker } from './check-worker.js'
import { fingerprint } from './fingerprints.js'
import type { NdjsonBatch, Output, WorkerSinkSetup } from './protocol.js'

export interface WorkerSink {
  /** Takes the resources of one row, all or none; kept: only these of them. Throws resource.invalid when one is not valid. */
  addAll(resources: readonly StagedResource[], origin: number, kept?: readonly StagedResource[]): void
  /** What came of the resources since the last call, in order. */
  take(): Promise<Output[]>
}

export async function openSink(setup: WorkerSinkSetup): Promise<WorkerSink> {
  if (setup.kind === 'folder') return new NdjsonSink(setup.validate)
  // Only here, so that mapping to a folder needs no store.
  const { bulkStages, checkStaged } = await import('../service/bulk-stage.js')
  if (setup.kind === 'check') return new CheckWorker(checkStaged)
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

  addAll(resources: readonly StagedResource[], origin: number, kept = resources): void {
    this.#stage ??= this.#open()
    this.#stage.addAll(resources, origin, kept)
    if (this.#stage.resources >= STAGE_RESOURCES || this.#stage.bytes >= STAGE_BYTES) this.#close()
  }

  async take(): Promise<Output[]> {
    this.#close()
    return this.#done.splice(0)
  }

  #close(): void {
    const batch = this.#stage?.finish()
    this.#stage = undefined
    if (batch !== undefined) this.#done.push({ kind: 'stage', batch })
  }
}

class NdjsonSink implements WorkerSink {
  readonly #validate: boolean
  readonly #types = new Map<string, NdjsonLines>()

  constructor(validate: boolean) {
    this.#validate = validate
  }

  addAll(resources: readonly StagedResource[], origin: number, kept = resources): void {
    if (this.#validate) for (const { text } of resources) check(text)
    for (const { type, id, text } of kept) {
      let lines = this.#types.get(type)
      if (lines === undefined) this.#types.set(type, (lines = new NdjsonLines()))
      lines.add(`${type}/${id}`, text, origin)
    }
  }

  async take(): Promise<Output[]> {
    const filled = [...this.#types].filter(([, lines]) => !lines.isEmpty)
    return filled.map(([type, lines]): Output => ({ kind: 'ndjson', type, resources: lines.take() }))
  }
}

function check(text: string): void {
  const [issue] = validateResource(JSON.parse(text))
  if (issue !== undefined) throw fail('resource.invalid', { reason: issue.reason }, { expression: issue.expression })
}

/** Lines of one type. Each is encoded at once: thousands of texts waiting as strings would keep the garbage collector busy. */
class NdjsonLines {
  #bytes = Buffer.allocUnsafeSlow(1 << 20)
  #size = 0
  #ends: number[] = []
  #names: number[] = []
  #origins: number[] = []
  readonly #name = new Uint32Array(2)

  add(name: string, text: string, origin: number): void {
    // In UTF-8 a character takes at most three bytes.
    const most = this.#size + text.length * 3 + 1
    if (most > this.#bytes.length) this.#grow(most)
    this.#size += this.#bytes.write(text, this.#size)
    this.#bytes[this.#size++] = 10
    this.#ends.push(this.#size)
    fingerprint(name, this.#name, 0)
    this.#names.push(this.#name[0]!, this.#name[1]!)
    this.#origins.push(origin)
  }

  get isEmpty(): boolean {
    return this.#size === 0
  }

  /** The lines so far; the next ones go into the same memory. */
  take(): NdjsonBatch {
    const bytes = new Uint8Array(this.#size)
    bytes.set(this.#bytes.subarray(0, this.#size))
    const ends = Uint32Array.from(this.#ends)
    const batch = { bytes, ends, names: Uint32Array.from(this.#names), origins: Float64Array.from(this.#origins) }
    this.#size = 0
    this.#ends = []
    this.#names = []
    this.#origins = []
    return batch
  }

  #grow(least: number): void {
    const bytes = Buffer.allocUnsafeSlow(Math.max(least, this.#bytes.length * 2))
    this.#bytes.copy(bytes, 0, 0, this.#size)
    this.#bytes = bytes
  }
}

/** What is wrong with a resource that a sink refused. Throws an error that is not about the resource. */
export function refusal(error: unknown): string {
  if (!(error instanceof WardbridgeError) || !/^(resource|json)\./.test(error.code)) throw error
  return error.expression === undefined ? error.message : `${error.expression}: ${error.message}`
}
