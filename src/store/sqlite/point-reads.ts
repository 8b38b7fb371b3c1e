/**
 * Reads of single resources on the calling thread. To open and end a read transaction costs as much as the read itself, so reads of one turn of the
 * event loop share one. Nothing older than the request is seen: requests of one turn had all arrived before it began, and an answer of a thread of the
 * store (a commit, a search) ends what was open.
 */
import { type PackedId, packId } from './pack.js'
import type { Db } from './schema.js'

/** A version as it is stored. updated: milliseconds since 1970 UTC; body: null of a deletion. A tuple, as SQLite hands it out fastest. */
export type VersionRow = readonly [vid: number, updated: number, body: string | null]

export class PointReads {
  readonly #db: Db
  readonly #sql
  #closing: NodeJS.Immediate | undefined

  /** db: a connection that only reads, used by nothing else. */
  constructor(db: Db) {
    this.#db = db
    const row = 'v.vid, v.updated, v.body'
    this.#sql = {
      begin: db.prepare('BEGIN'),
      end: db.prepare('COMMIT'),
      read: db
        .prepare<[number, PackedId], VersionRow>(
          `SELECT ${row} FROM resource r JOIN version v ON v.seq = r.seq WHERE r.type = ? AND r.id = ?`
        )
        .raw(),
      vread: db
        .prepare<[number, PackedId, number], VersionRow>(
          `SELECT ${row} FROM resource r JOIN version v ON v.rid = r.rid WHERE r.type = ? AND r.id = ? AND v.vid = ?`
        )
        .raw(),
      auditHead: db.prepare<[], { seq: number; hash: Buffer }>('SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1'),
      auditHash: db.prepare<[number], Buffer>('SELECT hash FROM audit WHERE seq = ?').pluck(),
      lastSeq: db.prepare<[], number>('SELECT ifnull(max(seq), 0) FROM version').pluck(),
      note: db.prepare<[string], string>('SELECT value FROM note WHERE key = ?').pluck()
    }
  }

  /** The current version. type: the store's number of the resource type. */
  read(type: number, id: string): VersionRow | undefined {
    this.#begin()
    return this.#sql.read.get(type, packId(id))
  }

  vread(type: number, id: string, vid: number): VersionRow | undefined {
    this.#begin()
    return this.#sql.vread.get(type, packId(id), vid)
  }

  note(key: string): string | undefined {
    this.#begin()
    return this.#sql.note.get(key)
  }

  /** The last batch of the audit log. */
  auditHead(): { readonly seq: number; readonly hash: Buffer } | undefined {
    this.#begin()
    return this.#sql.auditHead.get()
  }

  auditHash(seq: number): Buffer | undefined {
    this.#begin()
    return this.#sql.auditHash.get(seq)
  }

  lastSeq(): number {
    this.#begin()
    return this.#sql.lastSeq.get()!
  }

  /** What is read from now on is at least as new as this moment. */
  refresh(): void {
    if (this.#closing === undefined) return
    clearImmediate(this.#closing)
    this.#closing = undefined
    if (this.#db.inTransaction) this.#sql.end.run()
  }

  close(): void {
    this.refresh()
    this.#db.close()
  }

  #begin(): void {
    if (this.#closing !== undefined) return
    this.#sql.begin.run()
    this.#closing = setImmediate(() => this.refresh())
  }
}
