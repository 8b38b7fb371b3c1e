/**
 * The texts beside codes (`:text`), folded, by path: most of them belong to a code, so that one row stands for every resource that has both. They only
 * grow; what a resource really has is seen in its body. Texts without a code are rows of `string`.
 */
import { fold } from '../../fhir/fold.js'
import type { Db } from './schema.js'

/** Numbers of the path and the system as the store (or a stage) has them. */
export interface TextEntry {
  readonly path: number
  readonly text: string
  readonly code: string
  readonly system: number
}

/** No more are remembered than this: where identifiers have a type with a text, every one gives an entry of its own. */
const REMEMBERED = 10_000

export class Texts {
  readonly #known = new Set<string>()
  readonly #add
  readonly #find

  constructor(db: Db, schema = 'main') {
    this.#add = db.prepare(`INSERT OR IGNORE INTO ${schema}.text(path, folded, code, system) VALUES (?, ?, ?, ?)`)
    this.#find = db.prepare<[number, string, string, number]>(
      `SELECT 1 FROM ${schema}.text WHERE path = ? AND folded = ? AND code = ? AND system = ?`
    )
  }

  /** Takes note of the texts of a resource that is written in the transaction that is open. */
  note(entries: readonly TextEntry[]): void {
    for (const { path, text, code, system } of entries) {
      const key = `${path} ${system} ${code} ${text}`
      if (this.#known.has(key)) continue
      const folded = fold(text)
      if (folded !== '') this.#add.run(path, folded, code, system)
      if (this.#known.size < REMEMBERED) this.#known.add(key)
    }
  }

  has({ path, text, code, system }: TextEntry): boolean {
    const folded = fold(text)
    return folded === '' || this.#find.get(path, folded, code, system) !== undefined
  }

  /** After a rollback. */
  forget(): void {
    this.#known.clear()
  }
}
