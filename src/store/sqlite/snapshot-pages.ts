/** What a snapshot of a store shows, page by page, on the connection that holds its transaction. */
import type { DeletedResource, SnapshotPage } from '../snapshot.js'
import { packBodies } from './bodies.js'
import { type PackedId, unpackId } from './pack.js'
import type { Db } from './schema.js'

/** Bytes of bodies after which a page ends. */
const PAGE_BYTES = 1 << 20
/** Most deletions of a page. */
const PAGE_ROWS = 4096

/** Where a page ended: at a row, or at a version when only changes are asked for. */
export interface PagePosition {
  readonly updated: number
  readonly row: number
}

export interface PageRequest {
  readonly type: string
  readonly since: number | undefined
  readonly after: PagePosition | undefined
}

export interface ReadPage extends SnapshotPage {
  readonly next: PagePosition | undefined
}

interface Row extends PagePosition {
  readonly id: PackedId
  readonly vid: number
  readonly body: Buffer | null
}

/** The versions of a type that are not older and still the current ones. */
const CHANGED = `FROM history h JOIN version v ON v.seq = h.seq JOIN resource r ON r.rid = v.rid AND r.seq = v.seq
  WHERE h.type = $type AND h.updated >= $since`

export class SnapshotPages {
  readonly #db: Db
  readonly #types: ReadonlyMap<string, number>
  readonly #sql

  constructor(db: Db) {
    this.#db = db
    this.#types = new Map(db.prepare<[], [string, number]>('SELECT name, id FROM type').raw().all())
    this.#sql = {
      // In the order of the rows, which is that of the file.
      all: db.prepare<[object], Row>(
        `SELECT r.rid AS row, 0 AS updated, r.id, r.vid, CAST(v.body AS BLOB) AS body FROM resource r JOIN version v ON v.seq = r.seq
         WHERE r.type = $type AND r.rid > $row AND r.deleted = 0 ORDER BY r.rid`
      ),
      changed: db.prepare<[object], Row>(
        `SELECT h.seq AS row, h.updated, r.id, r.vid, CAST(v.body AS BLOB) AS body ${CHANGED} AND (h.updated, h.seq) > ($updated, $row)
         ORDER BY h.updated, h.seq`
      ),
      countAll: db.prepare<[object], number>('SELECT count(*) FROM resource r WHERE r.type = $type AND r.deleted = 0').pluck(),
      countChanged: db.prepare<[object], number>(`SELECT count(*) ${CHANGED}`).pluck()
    }
  }

  /** The last write there is. */
  last(): { readonly seq: number; readonly updated: number | undefined } {
    const last = this.#db.prepare<[], { seq: number; updated: number }>('SELECT seq, updated FROM version ORDER BY seq DESC LIMIT 1').get()
    return last ?? { seq: 0, updated: undefined }
  }

  counts(since: number | undefined): Record<string, number> {
    const counts: Record<string, number> = {}
    for (const [name, type] of [...this.#types].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const count = since === undefined ? this.#sql.countAll.get({ type })! : this.#sql.countChanged.get({ type, since })!
      if (count > 0) counts[name] = count
    }
    return counts
  }

  page({ type, since, after }: PageRequest): ReadPage {
    const number = this.#types.get(type)
    const bodies: Buffer[] = []
    const deleted: DeletedResource[] = []
    let size = 0
    let next: PagePosition | undefined
    if (number !== undefined) {
      const { updated, row } = after ?? { updated: Number.MIN_SAFE_INTEGER, row: 0 }
      const rows =
        since === undefined
          ? this.#sql.all.iterate({ type: number, row })
          : this.#sql.changed.iterate({ type: number, since, updated, row })
      for (const one of rows) {
        if (one.body === null) deleted.push({ type, id: unpackId(one.id), versionId: String(one.vid), lastUpdated: one.updated })
        else {
          bodies.push(one.body)
          size += one.body.length
        }
        if (size < PAGE_BYTES && deleted.length < PAGE_ROWS) continue
        next = { updated: one.updated, row: one.row }
        break
      }
    }
    return { ...packBodies(bodies), deleted, next }
  }
}
