/** Removes versions that a policy does not keep: never the current one, and always the oldest ones of a resource, so that what is left has no gaps. */
import type { Pruned, PruneStep } from '../repository.js'
import { packId } from './pack.js'
import type { Db } from './schema.js'

/** Versions looked at in one transaction: some milliseconds. */
const SLICE = 1000

interface Row {
  readonly seq: number
  readonly updated: number
  readonly rid: number
  readonly vid: number
  /** Of the resource. */
  readonly current: number
  readonly deleted: number
  /** When the next version was made; null of the current one. */
  readonly replaced: number | null
}

const OF_TYPE = 'history h JOIN version v ON v.seq = h.seq JOIN resource r ON r.rid = v.rid WHERE h.type = $type'
const OF_ONE = `resource r JOIN version v INDEXED BY version_rid ON v.rid = r.rid
  JOIN history h ON h.type = r.type AND h.updated = v.updated AND h.seq = v.seq WHERE r.type = $type AND r.id = $id`

/** Looks at the next versions of the type, or of one resource, in the order of time, in one transaction. */
export function prune(db: Db, type: number | undefined, { id, before, keep, after }: PruneStep): Pruned {
  if (type === undefined) return { removed: 0, next: undefined }
  const rows = db.prepare<[object], Row>(
    `SELECT h.seq, h.updated, v.rid, v.vid, r.vid AS current, r.deleted,
       (SELECT n.updated FROM version n WHERE n.rid = v.rid AND n.vid = v.vid + 1) AS replaced
     FROM ${id === undefined ? OF_TYPE : OF_ONE}
     AND (h.updated, h.seq) > ($updated, $seq) AND h.updated < $before ORDER BY h.updated, h.seq LIMIT ${SLICE}`
  )
  const from = { updated: after?.updated ?? Number.MIN_SAFE_INTEGER, seq: after?.seq ?? 0 }
  const what = { type, before, ...from, ...(id === undefined ? {} : { id: packId(id) }) }
  const removeVersion = db.prepare('DELETE FROM version WHERE seq = ?')
  const removeHistory = db.prepare('DELETE FROM history WHERE type = ? AND updated = ? AND seq = ?')
  const note = db.prepare('INSERT INTO pruned VALUES (?, ?) ON CONFLICT DO UPDATE SET vid = max(vid, excluded.vid)')
  return db
    .transaction((): Pruned => {
      const looked = rows.all(what)
      const goes = ({ vid, current, deleted, replaced }: Row) =>
        // What was there before a deletion says whose it was.
        replaced !== null && replaced < before && current - vid >= keep && !(deleted === 1 && vid === current - 1)
      const gone = looked.filter(goes)
      for (const { seq, updated, rid, vid } of gone) {
        removeVersion.run(seq)
        removeHistory.run(type, updated, seq)
        note.run(rid, vid)
      }
      const last = looked.length < SLICE ? undefined : looked.at(-1)
      return { removed: gone.length, next: last && { updated: last.updated, seq: last.seq } }
    })
    .immediate()
}
