/** Worker side of a bulk load: what is staged was checked like any other write. */
import { fail } from '../errors.js'
import type { Stage, StageModule } from '../store/repository.js'
import { kindOf, type Resource } from '../threads/model.js'
import { bodyErrors, bodyOf, parseBody } from './body.js'
import type { BulkStage, PlacedResource, StagedBatch, StagedResource } from './contract.js'
import { searchParameterErrors } from './search-parameters.js'

/** `worker` of a BulkLoad as it is made by service.ts: which module stages, and with what options. */
export interface BulkWorker {
  readonly module: string
  readonly options: unknown
}

/** Loads the store's module; what it gives opens one stage after the other. worker: BulkLoad.worker. */
export async function bulkStages(worker: unknown): Promise<() => BulkStage> {
  const { module, options } = worker as BulkWorker
  const { openStage } = (await import(module)) as StageModule
  return () => new CheckedStage(openStage(options))
}

class CheckedStage implements BulkStage {
  readonly #stage: Stage
  /** Parts of threads: rules decide about them, so they are not merged as they are. */
  readonly #threads: PlacedResource[] = []

  constructor(stage: Stage) {
    this.#stage = stage
  }

  get resources(): number {
    return this.#stage.resources + this.#threads.length
  }

  get bytes(): number {
    return this.#stage.bytes
  }

  add(type: string, id: string, text: string, origin: number): void {
    this.addAll([{ type, id, text }], origin)
  }

  addAll(resources: readonly StagedResource[], origin: number): void {
    const parsed = resources.map(checkStaged)
    for (const [n, { type, id, text }] of resources.entries()) {
      if (kindOf(parsed[n] as Resource) === undefined) this.#stage.add(type, id, text, parsed[n]!, origin)
      else this.#threads.push({ type, id, text, origin })
    }
  }

  finish(): StagedBatch | undefined {
    const stage = this.#stage.finish()
    return stage === undefined && this.#threads.length === 0 ? undefined : { stage, threads: this.#threads }
  }

  discard(): void {
    this.#stage.discard()
  }
}

/** What a stage takes of a resource, parsed. Throws resource.*, json.*, and what checks of its type say. */
export function checkStaged({ type, id, text, parsed }: StagedResource) {
  const body = parsed === undefined ? parseBody(text, type) : bodyOf(parsed, type)
  if (body.id !== id) throw fail('resource.id', { reason: 'in the body is not the one it is staged under' }, { expression: `${type}.id` })
  const [error] = [...bodyErrors(body), ...searchParameterErrors(body)]
  if (error !== undefined) throw error
  return body
}
