/** A worker thread of an export: resources in, rows of their table out, as NDJSON. */
import { type MessagePort, parentPort } from 'node:worker_threads'
import { type Answer, threadError } from '../ingest/pool.js'
import type { Found } from '../warehouse/found.js'
import { Table } from '../warehouse/table.js'

export interface RowTask {
  readonly kind: 'rows'
  /** Tasks of one table share it: what the thread has learned of a table is forgotten when another one comes. */
  readonly table: number
  readonly type: string
  readonly depth: number
  /** What is known of the data before. */
  readonly known: Found
  readonly bytes: ArrayBuffer
  readonly lengths: readonly number[]
}

export interface RowResults {
  /** longest: bytes of the longest line, at most. */
  readonly rows: { readonly bytes: Uint8Array<ArrayBuffer>; readonly rows: number; readonly longest: number; readonly found: Found }
}

let current: { readonly number: number; readonly table: Table } | undefined

function answer({ table: number, type, depth, known, bytes, lengths }: RowTask): RowResults['rows'] {
  if (current?.number !== number) {
    current = { number, table: new Table(type, depth) }
    current.table.learn(known)
  }
  const { table } = current
  const texts = Buffer.from(bytes)
  const rows: string[] = []
  let at = 0
  let longest = 0
  for (const length of lengths) {
    const row = JSON.stringify(table.row(texts.toString('utf8', at, at + length)))
    rows.push(row, '\n')
    longest = Math.max(longest, row.length)
    at += length
  }
  // A UTF-16 code unit takes at most three bytes.
  return { bytes: new TextEncoder().encode(rows.join('')), rows: lengths.length, longest: 3 * longest, found: table.found() }
}

function main(port: MessagePort): void {
  port.on('message', (task: RowTask) => {
    try {
      const result = answer(task)
      port.postMessage({ result } satisfies Answer, [result.bytes.buffer])
    } catch (error) {
      port.postMessage({ error: threadError(error) } satisfies Answer)
    }
  })
}

main(parentPort!)
