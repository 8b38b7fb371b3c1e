/** Referential integrity (WARDBRIDGE_REFERENTIAL_INTEGRITY): no commit leaves a literal relative reference that leads to nothing. */
import { fail } from '../../errors.js'
import { eachReference } from '../../fhir/literal-references.js'
import type { Dictionary } from './dictionary.js'
import { type PackedId, packId, unpackId } from './pack.js'
import type { Db } from './schema.js'
import type { Written } from './write.js'

/** Resources that a refused deletion names. */
const NAMED = 3

export class Integrity {
  readonly #dictionary: Dictionary
  readonly #lives
  readonly #referring

  constructor(db: Db, dictionary: Dictionary) {
    this.#dictionary = dictionary
    this.#lives = db.prepare<[number, PackedId], 1>('SELECT 1 FROM resource WHERE type = ? AND id = ? AND deleted = 0').pluck()
    // One seek per path that is in use: every resource that refers to another has a row in `reference`, under whatever path.
    this.#referring = db.prepare<[PackedId, number], { type: number; id: PackedId }>(
      `WITH RECURSIVE used(path) AS (
         SELECT min(path) FROM reference
         UNION ALL SELECT (SELECT min(x.path) FROM reference x WHERE x.path > used.path) FROM used WHERE used.path IS NOT NULL)
       SELECT DISTINCT r.type, r.id FROM used CROSS JOIN reference x CROSS JOIN resource r
       WHERE x.path = used.path AND x.target = ? AND x.type = ? AND r.rid = x.rid LIMIT ${NAMED + 1}`
    )
  }

  /**
   * Looks at what a commit has done, when all of it is written and indexed: what it wrote must refer to living resources only, and nothing living may
   * refer to what it deleted. Throws reference.dangling and resource.referenced.
   */
  check(written: readonly Written[]): void {
    for (const { type, id, outcome, text } of written) {
      if (outcome === 'deleted') this.#checkDeleted(type, id)
      else if (outcome !== 'unchanged') this.#checkReferences(type, id, text)
    }
  }

  #checkReferences(type: string, id: string, text: string): void {
    eachReference(JSON.parse(text), (target, targetId, place) => {
      if (this.#isLiving(target, targetId)) return
      throw fail('reference.dangling', { type, id, target: `${target}/${targetId}` }, { expression: place.path() })
    })
  }

  /** Also a resource that was deleted and written again in one commit counts by what it is in the end. */
  #checkDeleted(type: string, id: string): void {
    if (this.#isLiving(type, id)) return
    const referring = this.#referring.all(packId(id), this.#dictionary.types.get(type)!)
    if (referring.length === 0) return
    const names = referring.slice(0, NAMED).map((one) => `${this.#dictionary.typeNames.get(one.type)}/${unpackId(one.id)}`)
    throw fail('resource.referenced', { type, id, by: names.join(', ') + (referring.length > NAMED ? ' and others' : '') })
  }

  #isLiving(type: string, id: string): boolean {
    return this.#lives.get(this.#dictionary.types.get(type)!, packId(id)) !== undefined
  }
}
