/** Rejected rows as NDJSON: what was not loaded, and why. */
import { closeSync, openSync, writeSync } from 'node:fs'
import { ioError } from '../files/io-error.js'
import type { BadRow } from './csv.js'

export class Rejects {
  readonly #path: string
  readonly #fd: number

  /** Starts the file anew. Rows hold patient data: only the user may read it. Throws source.io. */
  constructor(path: string) {
    this.#path = path
    this.#fd = this.#guarded(() => openSync(path, 'w', 0o600))
  }

  add(table: string, file: string, rows: readonly BadRow[]): void {
    if (rows.length === 0) return
    const text = rows
      .map(({ line, column, rule, message, row }) => `${JSON.stringify({ table, file, line, column, rule, message, row })}\n`)
      .join('')
    this.#guarded(() => writeSync(this.#fd, text))
  }

  close(): void {
    closeSync(this.#fd)
  }

  #guarded<T>(work: () => T): T {
    try {
      return work()
    } catch (error) {
      throw ioError(this.#path, error)
    }
  }
}
