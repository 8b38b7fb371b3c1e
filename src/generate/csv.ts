/** Writes one table as CSV (RFC 4180, line feed) with bounded memory. */

import { createWriteStream } from 'node:fs'
import { finished } from 'node:stream/promises'
import { createGzip, type Gzip } from 'node:zlib'
import { fail } from '../errors.js'
import type { Rows } from './table.js'

export type Cell = string | number

const CHUNK = 1 << 17
/** A UTF-16 unit takes at most three bytes in UTF-8. */
const MOST_BYTES = 3
const NEEDS_QUOTES = /[",\n\r]/

export class CsvFile implements Rows {
  /** Rows written so far, without the header. */
  rows = 0
  #buffer = Buffer.allocUnsafe(CHUNK)
  #length = 0
  readonly #out: NodeJS.WritableStream
  readonly #closed: Promise<void>
  #problem: Error | undefined
  #wait: Promise<void> | undefined

  constructor(path: string, columns: readonly string[], gzip: boolean) {
    const file = createWriteStream(path)
    let packer: Gzip | undefined
    if (gzip) {
      packer = createGzip({ level: 6 })
      packer.pipe(file)
    }
    this.#out = packer ?? file
    this.#closed = finished(file).catch((error: Error) => {
      this.#problem = fail('source.io', { path, reason: error.message }, { cause: error })
      packer?.destroy()
    })
    this.#add(columns.join(','))
  }

  /** Adds one row; quotes a cell only where it must be. Call `settled()` from time to time, or memory grows. */
  row(cells: readonly Cell[]): void {
    let line = ''
    for (let i = 0; i < cells.length; i++) {
      const cell = cells[i]!
      if (i > 0) line += ','
      line += typeof cell === 'string' && NEEDS_QUOTES.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell
    }
    this.line(line)
  }

  /** Adds one row that is CSV already: for tables of many rows whose cells never need quotes. */
  line(line: string): void {
    this.rows++
    this.#add(line)
  }

  /** Waits while the file is behind. Throws source.io when writing failed. */
  async settled(): Promise<void> {
    if (this.#wait !== undefined) await Promise.race([this.#wait, this.#closed])
    if (this.#problem !== undefined) throw this.#problem
  }

  /** Writes what is left and closes the file. Throws source.io. */
  async close(): Promise<void> {
    this.#flush(0)
    this.#out.end()
    await this.#closed
    if (this.#problem !== undefined) throw this.#problem
  }

  /** Bytes are made at once, row by row: text kept until the chunk is full would survive into the old generation and cost a third of the time. */
  #add(line: string): void {
    const most = line.length * MOST_BYTES + 1
    if (this.#length + most > this.#buffer.length) this.#flush(Math.max(CHUNK, most))
    this.#length += this.#buffer.write(line, this.#length)
    this.#buffer[this.#length++] = 10
  }

  /** Hands the chunk over and begins a new one of `size` bytes. */
  #flush(size: number): void {
    const chunk = this.#buffer.subarray(0, this.#length)
    this.#buffer = Buffer.allocUnsafe(size)
    this.#length = 0
    if (this.#problem === undefined && !this.#out.write(chunk)) {
      this.#wait ??= new Promise((resolve) => {
        this.#out.once('drain', () => {
          this.#wait = undefined
          resolve()
        })
      })
    }
  }

  get nextRow(): number {
    return this.rows + 1
  }

  /** True when `settled()` has something to wait for, or to throw. */
  get behind(): boolean {
    return this.#wait !== undefined || this.#problem !== undefined
  }
}
