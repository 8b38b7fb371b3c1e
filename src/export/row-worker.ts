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
  /** longest: bytes of the longest line. */
  readonly rows: { readonly bytes: Uint8Array<ArrayBuffer>; readonly rows: number; readonly longest: number; readonly found: Found }
}

/** The page before, whose place the rows of the next one take: buffers that nobody needs any more lie until V8 looks for them. */
let spare = new ArrayBuffer(0)
let current: { readonly number: number; readonly table: Table } | undefined

function answer({ table: number, type, depth, known, bytes, lengths }: RowTask): RowResults['rows'] {
  if (current?.number !== number) {
    current = { number, table: new Table(type, depth) }
    current.table.learn(known)
  }
  const { table } = current
  const texts = Buffer.from(bytes)
  // Each row is written when it is made, so that no text outlives the next one. Rows are mostly shorter than their resources.
  let rows = Buffer.from(spare.byteLength >= texts.length ? spare : new ArrayBuffer(texts.length + (texts.length >> 3)))
  let from = 0
  let to = 0
  let longest = 0
  for (const length of lengths) {
    const row = JSON.stringify(table.row(texts.toString('utf8', from, from + length)))
    // A UTF-16 code unit takes at most three bytes.
    const most = to + 3 * row.length + 1
    if (most > rows.length) rows = grown(rows, to, most)
    const start = to
    to += rows.write(row, to)
    longest = Math.max(longest, to - start)
    rows[to++] = 0x0a
    from += length
  }
  spare = bytes
  return { bytes: rows.subarray(0, to), rows: lengths.length, longest, found: table.found() }
}

/** A larger buffer that begins with the first bytes of another one. */
function grown(old: Buffer, used: number, least: number): Buffer<ArrayBuffer> {
  const larger = Buffer.from(new ArrayBuffer(Math.max(least, old.length * 2)))
  old.copy(larger, 0, 0, used)
  return larger
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
