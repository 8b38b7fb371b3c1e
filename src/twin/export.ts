/** fhirStores.export and $export: the current resources of a store to Cloud Storage, one NDJSON object for each type. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { GoogleSettings } from '../config-google.js'
import { WardbridgeError } from '../errors.js'
import { writeObject } from '../files/gcs-transfer.js'
import type { Service } from '../service/contract.js'
import { turns } from '../service/turns.js'
import { compartmentOf, headerOf, membersOf } from './group.js'
import type { Json } from './message.js'
import type { Run, Work } from './operations.js'
import type { Twin } from './registry.js'

export interface ExportWork extends Work {
  readonly kind: 'export'
  /** `gs://bucket/folder/` */
  readonly prefix: string
  /** Undefined: all. */
  readonly types?: readonly string[]
  /** Milliseconds since 1970: what was written later. */
  readonly since?: number
  /** Of $export: the address that was asked. */
  readonly request?: string
  /** Id of the Group whose patients are exported with their compartments, one after the other; undefined: the whole store, type by type. */
  readonly group?: string
}

/** One object that was written. */
export interface Exported {
  readonly type: string
  readonly uri: string
  readonly count: number
}

/** The text of a resource as the API gives it. */
export type Form = (body: string, version: { readonly versionId: string; readonly lastUpdated: number }) => string

const TYPE = 'type.googleapis.com/google.cloud.healthcare.v1.fhir.rest.ExportResourcesResponse'
/** Tries of one object, and milliseconds that double between them. */
const TRIES = 5
const WAIT = 200
/** Characters sent at a time. */
const PIECE = 256 * 1024

/** Runs an export. `output` in the response of an $export is for its manifest. */
export async function runExport(twin: Twin, google: GoogleSettings, form: Form, run: Run<ExportWork>): Promise<Json> {
  const { id, work, by, counter } = run
  const store = await twin.hold(work.store)
  const output: Exported[] = []
  try {
    if (work.group === undefined) {
      const counts = await store.service.counts(by)
      const types = Object.keys(counts).filter((type) => work.types === undefined || work.types.includes(type))
      counter.pending = types.reduce((sum, type) => sum + counts[type]!, 0)
      for (const type of types) {
        const uri = `${work.prefix}${work.request === undefined ? '' : `${id}_`}${type}.ndjson`
        const count = await writeObjectOf(() => linesOf(store.service, type, form, run), uri, google, run)
        if (count > 0) output.push({ type, uri, count })
      }
    } else {
      const uri = `${work.prefix}${id}_Patient.ndjson`
      const count = await writeObjectOf(() => blocksOf(store.service, work.group!, form, run), uri, google, run)
      if (count > 0) output.push({ type: 'Patient', uri, count })
    }
  } finally {
    store.release()
  }
  return { '@type': TYPE, ...(work.request === undefined ? {} : { output }) }
}

/** Writes one object, again from its beginning when Cloud Storage gave no answer; none without resources. Gives how many resources it holds. */
async function writeObjectOf(
  makeLines: () => AsyncGenerator<string>,
  uri: string,
  google: GoogleSettings,
  { signal, counter }: Run<ExportWork>
): Promise<number> {
  const before = { ...counter }
  for (let tries = 1; ; tries++)
    try {
      const lines = makeLines()
      const first = await lines.next()
      if (!first.done) await writeObject(uri, pieces(first.value, lines), 'application/fhir+ndjson', google)
      return counter.success - before.success
    } catch (error) {
      if (!(error instanceof WardbridgeError && error.code === 'bucket.unavailable') || tries === TRIES) throw error
      Object.assign(counter, before)
      await sleep(WAIT * 2 ** tries, undefined, { signal })
    }
}

/** Of each patient a header and their resources; nothing of one who has none. */
async function* blocksOf(
  service: Service,
  group: string,
  form: Form,
  { work: { since = -1, types }, by, signal, counter }: Run<ExportWork>
) {
  const turn = turns(20)
  for (const patient of await membersOf(service, by, group)) {
    let isBegun = false
    for await (const resource of compartmentOf(service, by, patient, types)) {
      signal.throwIfAborted()
      if (resource.lastUpdated <= since) continue
      if (!isBegun) yield headerOf(patient)
      isBegun = true
      await turn()
      yield `${form(resource.body.toString(), resource)}\n`
      counter.success++
    }
  }
}

async function* linesOf(service: Service, type: string, form: Form, { work: { since = -1 }, by, signal, counter }: Run<ExportWork>) {
  const turn = turns(20)
  for await (const resource of service.each(by, type)) {
    signal.throwIfAborted()
    counter.pending = Math.max(0, counter.pending - 1)
    if (resource.lastUpdated <= since) continue
    await turn()
    yield `${form(resource.body.toString(), resource)}\n`
    counter.success++
  }
}

async function* pieces(first: string, rest: AsyncIterable<string>): AsyncGenerator<Buffer> {
  let text = first
  for await (const line of rest) {
    text += line
    if (text.length < PIECE) continue
    yield Buffer.from(text)
    text = ''
  }
  if (text !== '') yield Buffer.from(text)
}
