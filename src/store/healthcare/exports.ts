/** fhirStores.export: the API writes NDJSON objects, or tables of BigQuery in the form ANALYTICS_V2, as an operation that takes minutes. */
import { fail } from '../../errors.js'
import { inTheBackground } from '../../google/request.js'
import type { StoreExport, StoreExported, StoreExportProgress } from '../repository.js'
import type { Caller } from './caller.js'

interface Operation {
  readonly name?: string
  readonly done?: boolean
  readonly error?: { readonly code?: number; readonly message?: string }
  readonly metadata?: {
    readonly createTime?: string
    readonly logsUrl?: string
    readonly counter?: { readonly success?: string; readonly failure?: string; readonly pending?: string }
  }
}

interface Live {
  progress(now: StoreExportProgress): void
  readonly signal?: AbortSignal | undefined
}

/** Milliseconds between two looks at an operation. */
const FIRST_LOOK = 100
const LONGEST_LOOK = 10_000

/** Throws healthcare.export, healthcare.*, and the reason of the signal; the operation is cancelled then. */
export function exportStore(caller: Caller, request: StoreExport, live: Live): Promise<StoreExported> {
  // It lasts for minutes: each of its calls has a time of its own.
  return inTheBackground(async () => {
    const begun = Date.now()
    const operation = await ended(caller, await start(caller, request), live)
    const { counter, createTime, logsUrl = 'not given' } = operation.metadata ?? {}
    if (operation.error !== undefined) {
      const { message = 'no reason', code = 0 } = operation.error
      throw fail('healthcare.export', { reason: message, code, logs: logsUrl })
    }
    return { resources: Number(counter?.success ?? 0), begun: createTime === undefined ? begun : Date.parse(createTime) }
  })
}

async function start(caller: Caller, { to, types, since, depth }: StoreExport): Promise<Operation> {
  const schemaConfig = { schemaType: 'ANALYTICS_V2', recursiveStructureDepth: String(depth) }
  const writeDisposition = since === undefined ? 'WRITE_TRUNCATE' : 'WRITE_APPEND'
  const destination = to.startsWith('bq://')
    ? { bigqueryDestination: { datasetUri: to, writeDisposition, schemaConfig } }
    : { gcsDestination: { uriPrefix: to } }
  const requestBody = {
    ...destination,
    ...(types === undefined ? {} : { _type: types.join(',') }),
    ...(since === undefined ? {} : { _since: new Date(since).toISOString() })
  }
  const { text } = await caller.call({
    method: 'fhirStores.export',
    // Rows must not be added twice.
    again: to.startsWith('bq://') && since !== undefined ? 'writes' : 'reads',
    send: ({ fhirStores }, options) => fhirStores.export({ name: caller.store, requestBody }, options)
  })
  return JSON.parse(text) as Operation
}

async function ended(caller: Caller, started: Operation, { progress, signal }: Live): Promise<Operation> {
  const { name = '' } = started
  let operation = started
  for (let wait = FIRST_LOOK; operation.done !== true; wait = Math.min(wait * 1.6, LONGEST_LOOK)) {
    if (signal?.aborted) {
      await caller
        .call({ method: 'operations.cancel', again: 'reads', send: ({ operations }, options) => operations.cancel({ name }, options) })
        .catch(() => {})
      signal.throwIfAborted()
    }
    await new Promise((resolve) => setTimeout(resolve, wait))
    const { text } = await caller.call({
      method: 'operations.get',
      again: 'reads',
      send: ({ operations }, options) => operations.get({ name }, options)
    })
    operation = JSON.parse(text) as Operation
    const { success = 0, failure = 0, pending = 0 } = operation.metadata?.counter ?? {}
    const done = Number(success) + Number(failure)
    progress({ done, total: done + Number(pending) })
  }
  return operation
}
