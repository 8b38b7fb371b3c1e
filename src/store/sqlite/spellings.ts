/**
 * Codes with capital letters, by what they are in lower case: with them, a search finds a code in any case by exact keys of the token index. Only A to Z
 * have case here, as for SQLite's lower(). Spellings only ever grow.
 */
import { lowerAscii } from '../../fhir/token-case.js'
import type { Db } from './schema.js'

/** No more are remembered than this: identifiers are all different. */
const REMEMBERED = 10_000
const CAPITAL = /[A-Z]/

export class Spellings {
  readonly #known = new Set<string>()
  readonly #find
  readonly #add

  constructor(db: Db) {
    this.#find = db.prepare<[string], string>('SELECT code FROM spelling WHERE lower = ?').pluck()
    this.#add = db.prepare('INSERT OR IGNORE INTO spelling(lower, code) VALUES (?, ?)')
  }

  /** Every spelling of a code that a resource may have. */
  of(code: string): readonly string[] {
    const lower = lowerAscii(code)
    return [lower, ...this.#find.all(lower)]
  }

  /** Takes note of a code that is written in the transaction that is open. */
  note(code: string): void {
    if (!CAPITAL.test(code) || this.#known.has(code)) return
    this.#add.run(lowerAscii(code), code)
    if (this.#known.size < REMEMBERED) this.#known.add(code)
  }

  /** After a rollback. */
  forget(): void {
    this.#known.clear()
  }
}
