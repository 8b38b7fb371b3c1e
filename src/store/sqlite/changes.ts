/** What was written, in the order in which it was: versions by seq, which grows over the whole store and is given inside the write lock. */
import type { ChangesQuery, StoredChange } from '../repository.js'
import { type PackedBodies, packBodies } from './bodies.js'
import type { Dictionary } from './dictionary.js'
import { type PackedId, unpackId } from './pack.js'
import type { Db } from './schema.js'

/** A ChangesPage on its way to the main thread. */
export interface SentChanges {
  readonly changes: ReadonlyArray<Omit<StoredChange, 'body'>>
  readonly bodies: PackedBodies
  readonly last: number
  readonly more: boolean
}

interface Row {
  readonly seq: number
  readonly type: number
  readonly id: PackedId
  readonly vid: number
  readonly updated: number
  readonly deleted: number
}

/** Versions looked at in one call: a load writes millions, which nobody waits for. */
const SPAN = 20_000

export class Changes {
  readonly #dictionary: Dictionary
  readonly #sql

  constructor(db: Db, dictionary: Dictionary) {
    this.#dictionary = dictionary
    this.#sql = {
      after: db.prepare<[number, number], Row>(
        `SELECT v.seq, r.type, r.id, v.vid, v.updated, v.deleted FROM version v JOIN resource r ON r.rid = v.rid
         WHERE v.seq > ? ORDER BY v.seq LIMIT ?`
      ),
      body: db.prepare<[number], Buffer | null>('SELECT CAST(body AS BLOB) FROM version WHERE seq = ?').pluck()
    }
  }

  page({ after, types, count }: ChangesQuery): SentChanges {
    const wanted = new Set(types.flatMap((type) => this.#dictionary.types.get(type) ?? []))
    const changes: Array<Omit<StoredChange, 'body'>> = []
    const bodies: Buffer[] = []
    let last = after
    let looked = 0
    for (const { seq, type, id, vid, updated, deleted } of this.#sql.after.iterate(after, SPAN)) {
      looked++
      last = seq
      if (!wanted.has(type)) continue
      const name = this.#dictionary.typeNames.get(type)!
      changes.push({ seq, type: name, id: unpackId(id), versionId: String(vid), lastUpdated: updated, deleted: deleted === 1 })
      bodies.push(Buffer.alloc(0))
      if (changes.length === count) break
    }
    for (const [n, { seq }] of changes.entries()) bodies[n] = this.#sql.body.get(seq) ?? Buffer.alloc(0)
    return { changes, bodies: packBodies(bodies), last, more: looked === SPAN || changes.length === count }
  }
}
