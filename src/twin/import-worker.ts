/** A worker thread of an import: takes lines and Bundles apart, and stages what is valid. */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { fail, WardbridgeError } from '../errors.js'
import { typeDefinition } from '../fhir/definitions.js'
import { type JsonNode, parseJson, splitBody } from '../fhir/json.js'
import { readJson } from '../fhir/strict-json.js'
import { type Answer, threadError } from '../ingest/pool.js'
import { bulkStages } from '../service/bulk-stage.js'
import type { BulkStage } from '../service/contract.js'
import type { Failure, ImportBatch, ImportTask, Structure } from './import-protocol.js'

/** Bytes of one resource, as at every door of the API. */
const MOST_BYTES = 10 * 1024 * 1024
const ID = /^[A-Za-z0-9\-.]{1,64}$/

class Import {
  readonly #open: () => BulkStage

  constructor(open: () => BulkStage) {
    this.#open = open
  }

  run({ structure, bytes, line }: ImportTask): ImportBatch {
    const stage = this.#open()
    const failures: Failure[] = []
    try {
      for (const [n, text] of documents(structure, bytes)) {
        if (text.trim() === '') continue
        if (structure.startsWith('BUNDLE')) addBundle(stage, text, line + n, failures)
        else attempt(failures, { line: line + n }, (named) => add(stage, text, line + n, named))
      }
      const staged = stage.resources
      return { batch: stage.finish(), staged, failures }
    } catch (error) {
      stage.discard()
      throw error
    }
  }
}

function* documents(structure: Structure, bytes: Uint8Array): Generator<readonly [number, string]> {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString()
  if (structure.endsWith('_PRETTY')) yield [0, text.replace(/^\ufeff/, '')]
  else yield* text.split('\n').entries()
}

type Named = (resource: string) => void

/** Does something with a record, and puts down what is wrong with it. */
function attempt(failures: Failure[], place: Pick<Failure, 'line' | 'entry'>, work: (named: Named) => void): void {
  let resource: string | undefined
  try {
    work((name) => {
      resource = name
    })
  } catch (error) {
    if (!(error instanceof WardbridgeError) || error.issue === 'exception') throw error
    const { code, message } = error
    failures.push({ ...place, ...(resource === undefined ? {} : { resource }), code, message })
  }
}

function add(stage: BulkStage, text: string, line: number, named: Named): void {
  const root = readJson(text)
  if (typeof root !== 'object' || root === null || Array.isArray(root)) throw fail('twin.record', { reason: 'it is no JSON object' })
  const { resourceType: type, id, meta } = root as { resourceType?: unknown; id?: unknown; meta?: unknown }
  if (typeof type !== 'string' || typeDefinition(type)?.kind !== 'resource')
    throw fail('twin.record', { reason: 'its resourceType is not one of R4' })
  if (id === undefined) throw fail('twin.record', { reason: `a ${type} has no id: an import needs one in every resource` })
  if (typeof id !== 'string' || !ID.test(id))
    throw fail('resource.id', { reason: 'is not of the form of an id' }, { expression: `${type}.id` })
  named(`${type}/${id}`)
  if (text.length > MOST_BYTES || Buffer.byteLength(text) > MOST_BYTES)
    throw fail('twin.record', { reason: `it is larger than ${MOST_BYTES} bytes` })
  const { content } = splitBody(text, id)
  const isWhole = typeof meta !== 'object' || meta === null || !('versionId' in meta || 'lastUpdated' in meta)
  stage.addAll([{ type, id, text: content, ...(isWhole ? { parsed: root } : {}) }], line)
}

/** Each entry counts for itself; what its request says is not looked at. */
function addBundle(stage: BulkStage, text: string, line: number, failures: Failure[]): void {
  let entries: readonly JsonNode[] = []
  attempt(failures, { line }, () => {
    entries = entriesOf(text)
  })
  for (const [n, node] of entries.entries())
    attempt(failures, { line, entry: `entry[${n}]` }, (named) => {
      const resource = member(node, 'resource')
      if (resource === undefined) throw fail('twin.record', { reason: 'it has no resource' })
      add(stage, text.slice(resource.start, resource.end), line, named)
    })
}

/** Throws json.syntax, json.depth, twin.record. */
function entriesOf(text: string): readonly JsonNode[] {
  const root = parseJson(text)
  if (stringOf(member(root, 'resourceType')) !== 'Bundle')
    throw fail('twin.record', {
      reason: 'no bundle is found; to import single resources set contentStructure to RESOURCE or RESOURCE_PRETTY'
    })
  if (stringOf(member(root, 'type')) === 'history') throw fail('twin.record', { reason: 'Bundles of type history are not imported' })
  const entries = member(root, 'entry')
  if (entries === undefined) return []
  if (entries.kind !== 'array') throw fail('twin.record', { reason: 'Bundle.entry is no list' })
  return entries.items
}

function member(node: JsonNode, name: string): JsonNode | undefined {
  return node.kind === 'object' ? node.members.find((one) => one.name === name)?.value : undefined
}

function stringOf(node: JsonNode | undefined): string | undefined {
  return node?.kind === 'string' ? node.value : undefined
}

async function main(port: MessagePort, { worker }: { readonly worker: unknown }): Promise<void> {
  const work = new Import(await bulkStages(worker))
  port.on('message', (task: ImportTask) => {
    try {
      port.postMessage({ result: work.run(task) } satisfies Answer)
    } catch (error) {
      port.postMessage({ error: threadError(error) } satisfies Answer)
    }
  })
}

if (parentPort !== null) await main(parentPort, workerData as { readonly worker: unknown })
