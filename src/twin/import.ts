/**
 * fhirStores.import: objects of Cloud Storage into a store. Good records stay whatever is wrong with others; what is wrong stands in the error log. References
 * may lead to nothing; the rules of threads hold.
 */
import { buffer } from 'node:stream/consumers'
import type { GoogleSettings } from '../config-google.js'
import { fail, WardbridgeError } from '../errors.js'
import { type MatchedObject, matchObjects } from '../files/gcs-transfer.js'
import { type BlockLimits, lineBlocks } from '../ingest/blocks.js'
import { inOrder } from '../ingest/in-order.js'
import { Pool } from '../ingest/pool.js'
import type { BulkLoad } from '../service/contract.js'
import type { Failure, ImportBatch, ImportResults, ImportTask, Structure } from './import-protocol.js'
import { type Run, StatusError, type Work } from './operations.js'
import type { Twin } from './registry.js'

export interface ImportWork extends Work {
  readonly kind: 'import'
  /** `gs://bucket/name`, with wildcards. */
  readonly uri: string
  readonly structure: Structure
}

const RESPONSE = { '@type': 'type.googleapis.com/google.cloud.healthcare.v1.fhir.rest.ImportResourcesResponse' }

/** Lines a worker gets at a time. A Bundle is one line. */
const LIMITS: BlockLimits = { rows: 5000, bytes: 4 * 1024 * 1024, rowBytes: 64 * 1024 * 1024 }
/** Bytes of an object that is one document. */
const DOCUMENT = 256 * 1024 * 1024

type Piece = ImportTask & { readonly object: MatchedObject }

/** Runs an import. */
export async function runImport(twin: Twin, google: GoogleSettings, run: Run<ImportWork>): Promise<typeof RESPONSE> {
  const { work, by, signal, counter } = run
  const store = await twin.hold(work.store)
  try {
    const load = await store.service.bulk(by, { refuseRepeats: false })
    const pool = new Pool<ImportTask, ImportResults>(1, { worker: load.worker }, new URL('./import-worker.js', import.meta.url))
    const refuse = (object: MatchedObject, failure: Omit<Failure, 'line'> & { readonly line?: number }) => {
      counter.failure++
      run.log({ object: object.uri, ...failure })
    }
    try {
      const start = ({ object: _, ...task }: Piece) => pool.run(task, [task.bytes.buffer])
      await inOrder(pieces(run, google, refuse), 3, start, async (batch, { object }) => {
        counter.success += await merge(load, batch, (failure) => refuse(object, failure))
      })
      signal.throwIfAborted()
      for (const { type, id, reason } of await load.finish()) {
        counter.success--
        counter.failure++
        run.log({ resource: `${type}/${id}`, code: 'twin.record', message: reason })
      }
    } catch (error) {
      await load.abort()
      throw error
    } finally {
      await pool.close()
    }
  } finally {
    store.release()
  }
  if (counter.failure > 0)
    throw new StatusError(
      3,
      'invalid_argument: importing one or more resources failed. Please use the link in the metadata.logsUrl field to see which, and why'
    )
  return RESPONSE
}

/** How many records are in the store now. */
async function merge(load: BulkLoad, { batch, staged, failures }: ImportBatch, refuse: (failure: Failure) => void): Promise<number> {
  for (const failure of failures) refuse(failure)
  if (batch === undefined) return 0
  const { refused } = await load.merge(batch)
  for (const { type, id, origin, rule, message } of refused) refuse({ line: origin, resource: `${type}/${id}`, code: rule, message })
  return staged - refused.length
}

/** The objects in pieces for the worker. An object that cannot be read to its end counts as a failure, and the next one follows. */
async function* pieces(
  { work, signal }: Run<ImportWork>,
  google: GoogleSettings,
  refuse: (object: MatchedObject, failure: Omit<Failure, 'line'> & { readonly line?: number }) => void
): AsyncGenerator<Piece> {
  const { structure } = work
  let found = 0
  for await (const object of matchObjects(work.uri, google)) {
    found++
    try {
      if (structure.endsWith('_PRETTY')) yield { kind: 'import', structure, line: 1, bytes: await whole(object, signal), object }
      else
        for await (const { bytes, line } of lineBlocks(untilAborted(object.read(), signal), object.uri, LIMITS)) {
          yield { kind: 'import', structure, line, bytes, object }
        }
    } catch (error) {
      if (!(error instanceof WardbridgeError)) throw error
      refuse(object, { code: error.code, message: error.message })
    }
  }
  if (found === 0) throw fail('source.not-found', { path: work.uri })
}

async function whole(object: MatchedObject, signal: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
  if (object.size > DOCUMENT) throw fail('table.row-size', { limit: DOCUMENT })
  const bytes = await buffer(untilAborted(object.read(), signal))
  const own = new Uint8Array(bytes.length)
  own.set(bytes)
  return own
}

/** The same, but it ends with the reason of the signal as soon as that is aborted, whatever is waited for. */
async function* untilAborted<T>(items: AsyncGenerator<T>, signal: AbortSignal): AsyncGenerator<T> {
  const aborted = new Promise<never>((_, reject) => {
    if (signal.aborted) reject(signal.reason)
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
  aborted.catch(() => {})
  try {
    for (;;) {
      const next = items.next()
      next.catch(() => {})
      const { value, done } = await Promise.race([next, aborted])
      if (done) return
      yield value
    }
  } finally {
    // What is under way ends by itself.
    items.return(undefined).catch(() => {})
  }
}
