/** Validation of many resources on all cores. */
import { open } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { fail } from '../errors.js'
import { structureOf } from '../fhir/profile/structures.js'
import { ioError } from '../files/io-error.js'
import { inOrder } from '../ingest/in-order.js'
import { Pool } from '../ingest/pool.js'
import type { Inputs, Piece } from './inputs.js'
import { type Count, type Fault, merge, newTally } from './tally.js'
import type { Results, Task, WorkerSetup } from './worker.js'

export { fileInputs, storedInputs } from './inputs.js'
export type { Count, Fault } from './tally.js'

export interface ValidationOptions {
  /** Canonical URLs of profiles that every resource of their type has to meet beside those it names. */
  readonly profiles: readonly string[]
  /** File for every fault, as NDJSON. */
  readonly faults: string | undefined
  /** Warnings go into that file too. */
  readonly warnings: boolean
  readonly jobs: number | undefined
  /** Stops the work: what is running is finished, and the report says so. */
  readonly signal: AbortSignal
  readonly onProgress: (progress: ValidationProgress) => void
}

export interface ValidationProgress {
  readonly resources: number
  readonly invalid: number
  /** In resources of a store or bytes of files. */
  readonly done: number
  readonly total: number
  readonly seconds: number
}

export interface ValidationReport {
  readonly resources: number
  readonly valid: number
  readonly types: Readonly<Record<string, Count>>
  readonly profiles: Readonly<Record<string, Count>>
  /** Errors first, the most frequent first. */
  readonly faults: readonly Fault[]
  /** True when it was stopped before the end. */
  readonly stopped: boolean
  readonly seconds: number
  readonly resourcesPerSecond: number
}

/** Validates everything in the inputs. Throws cli.usage for a profile that is not known, source.io for the file of faults, and what reading the inputs throws. */
export async function validateAll(inputs: Inputs, options: ValidationOptions): Promise<ValidationReport> {
  const begun = performance.now()
  const seconds = () => (performance.now() - begun) / 1000
  const jobs = options.jobs ?? availableParallelism()
  const setup: WorkerSetup = {
    profiles: options.profiles.map(known),
    faults: options.faults === undefined ? 'none' : options.warnings ? 'all' : 'errors'
  }
  const { faults } = options
  const file = faults === undefined ? undefined : await open(faults, 'w').catch((error: unknown) => Promise.reject(ioError(faults, error)))
  const pool = new Pool<Task, Results>(jobs, setup, new URL('./worker.js', import.meta.url))
  const tally = newTally()
  let done = 0
  try {
    await inOrder(
      until(
        options.signal,
        inputs.pieces((more) => void (done += more))
      ),
      2 * jobs,
      (piece) => pool.run({ kind: 'validate', ...piece }, [piece.block.bytes.buffer]),
      async (result) => {
        merge(tally, result.tally)
        if (result.faults !== '') await file?.write(result.faults)
        const { total, valid } = sum(tally.types.values())
        options.onProgress({ resources: total, invalid: total - valid, done, total: inputs.total, seconds: seconds() })
      }
    )
  } finally {
    await pool.close()
    await file?.close()
  }
  const { total, valid } = sum(tally.types.values())
  return {
    resources: total,
    valid,
    types: byName(tally.types),
    profiles: byName(tally.profiles),
    faults: [...tally.faults.values()].sort((a, b) => Number(a.severity !== 'error') - Number(b.severity !== 'error') || b.count - a.count),
    stopped: options.signal.aborted,
    seconds: seconds(),
    resourcesPerSecond: Math.round(total / seconds())
  }
}

function known(url: string): { readonly url: string; readonly type: string } {
  const type = structureOf(url)?.type
  if (type === undefined) throw fail('cli.usage', { reason: `the profile ${url} is not known here` })
  return { url, type }
}

async function* until(signal: AbortSignal, pieces: AsyncGenerator<Piece>): AsyncGenerator<Piece> {
  for await (const piece of pieces) {
    if (signal.aborted) return
    yield piece
  }
}

function sum(counts: Iterable<Count>): Count {
  const all = { total: 0, valid: 0 }
  for (const { total, valid } of counts) {
    all.total += total
    all.valid += valid
  }
  return all
}

function byName(counts: ReadonlyMap<string, Count>): Record<string, Count> {
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)))
}
