/** What chains the batches of an audit log. */
import { createHash, createHmac } from 'node:crypto'

export interface ChainedBatch {
  readonly seq: number
  /** When it was written, milliseconds since 1970 UTC; never less than that of the batch before. */
  readonly at: number
  /** Lines of JSON, in UTF-8. */
  readonly entries: Uint8Array
}

/** HMAC-SHA-256 over the hash before, number and time of the batch, and its entries. */
export function chainHash(key: Uint8Array, before: Uint8Array, { seq, at, entries }: ChainedBatch): Buffer {
  return createHmac('sha256', key).update(before).update(`${seq} ${at}\n`).update(entries).digest()
}

/** Names a key without telling it. */
export function keyName(key: Uint8Array): string {
  return createHash('sha256').update(key).digest('hex').slice(0, 16)
}
