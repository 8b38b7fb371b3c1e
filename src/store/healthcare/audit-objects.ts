/**
 * The audit log of a store at Google as objects. Every process writes a chain of its own, so that none waits for another; a batch is an object that is created
 * and never changed. Names are in the order of time: `audit/STORE/2026-11-22/1795370000000-CHAIN/000000000042`.
 */
import { fail } from '../../errors.js'
import type { AuditPlace } from '../../fhir/audit-event.js'
import type { Objects } from '../../files/objects.js'
import { type ChainedBatch, chainHash } from '../audit-hash.js'

export interface StoredBatch extends ChainedBatch {
  /** 16 characters, of one process. */
  readonly chain: string
  readonly entries: Buffer
  readonly keys: readonly string[]
  /** Tells which key the hash was made with. */
  readonly key: string
  readonly hash: Buffer
}

export interface BatchName {
  readonly at: number
  readonly chain: string
  readonly seq: number
}

/** Objects read at the same time. */
const AT_ONCE = 32
const NAME = /\/(\d{13})-([0-9a-z]{16})\/(\d{12})$/

export function dayOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10)
}

/** folder: of the log of one store. */
export function batchName(folder: string, { at, chain, seq }: BatchName): string {
  return `${folder}/${dayOf(at)}/${String(at).padStart(13, '0')}-${chain}/${String(seq).padStart(12, '0')}`
}

/** Throws audit.broken: nothing else is kept in the folder. */
export function readName(name: string): BatchName {
  const [, at, chain, seq] = NAME.exec(name) ?? []
  if (at === undefined) throw fail('audit.broken', { batch: 0, reason: `${name} is no batch of the log` })
  return { at: Number(at), chain: chain!, seq: Number(seq) }
}

/** Where the entry of a line stands. */
export function placeIn({ at, chain, seq }: BatchName, n: number): AuditPlace {
  return { part: `${String(at).padStart(13, '0')}-${chain}`, seq, n }
}

/** Undefined: the place is of another kind of log. */
export function batchAt({ part, seq }: AuditPlace): BatchName | undefined {
  const [, at, chain] = /^(\d{13})-([0-9a-z]{16})$/.exec(part ?? '') ?? []
  return at === undefined ? undefined : { at: Number(at), chain: chain!, seq }
}

/** What the first batch of a chain follows: no batch can be moved from one chain or store to another. */
export function beginning(folder: string, chain: string): Buffer {
  return Buffer.from(`${folder}/${chain}\n`)
}

/** Hash of a batch; keys: what it is found by, vouched for as the entries are. */
export function batchHash(secret: Uint8Array, before: Uint8Array, batch: ChainedBatch & { readonly keys: readonly string[] }): Buffer {
  return chainHash(secret, before, { ...batch, entries: Buffer.concat([Buffer.from(`${JSON.stringify(batch.keys)}\n`), batch.entries]) })
}

/** A line about the batch, then its entries. */
export function formatBatch({ key, hash, keys, entries }: StoredBatch): Buffer {
  return Buffer.concat([Buffer.from(`${JSON.stringify({ key, hash: hash.toString('hex'), keys })}\n`), entries])
}

/** Undefined: it is not there. Throws audit.broken when it is no batch. */
export async function readBatch(objects: Objects, folder: string, name: BatchName): Promise<StoredBatch | undefined> {
  const found = await objects.get(batchName(folder, name))
  if (found === undefined) return undefined
  const end = found.bytes.indexOf(10)
  try {
    const { key, hash, keys } = JSON.parse(found.bytes.subarray(0, end).toString()) as {
      key: string
      hash: string
      keys: readonly string[]
    }
    return { ...name, key, hash: Buffer.from(hash, 'hex'), keys, entries: found.bytes.subarray(end + 1) }
  } catch (error) {
    throw fail('audit.broken', { batch: name.seq, reason: `batch ${name.seq} of chain ${name.chain} cannot be read` }, { cause: error })
  }
}

/** Batches in the order of their names, several of them on their way at a time. What was taken away meanwhile is undefined. */
export async function* readBatches(
  objects: Objects,
  folder: string,
  names: AsyncIterable<BatchName> | Iterable<BatchName>
): AsyncIterable<{ readonly name: BatchName; readonly batch: StoredBatch | undefined }> {
  const reading: Array<Promise<{ readonly name: BatchName; readonly batch: StoredBatch | undefined }>> = []
  for await (const name of names) {
    const read = readBatch(objects, folder, name).then((batch) => ({ name, batch }))
    // Awaited in its turn.
    read.catch(() => {})
    reading.push(read)
    if (reading.length >= AT_ONCE) yield await reading.shift()!
  }
  for (const read of reading) yield await read
}
