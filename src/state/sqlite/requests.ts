/** Numbers given out once, and the keys of requests that may be repeated. */
import type Database from 'better-sqlite3'
import type { KeptAnswer, State } from '../state.js'

export const REQUESTS_SCHEMA = `
  CREATE TABLE counter(name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE request(
    caller TEXT NOT NULL, key TEXT NOT NULL, fingerprint BLOB NOT NULL, made INTEGER NOT NULL,
    reserved TEXT, status INTEGER, headers TEXT, body TEXT, PRIMARY KEY(caller, key)) WITHOUT ROWID;
  CREATE INDEX request_made ON request(made);`

/** Milliseconds. */
const KEPT = 24 * 3_600_000
/** After this a request is taken to be lost. If it goes on all the same, what was reserved for it keeps the two from doing the work twice. */
const LOST = 30_000

interface RequestRow {
  readonly made: number
  readonly fingerprint: Buffer
  readonly status: number | null
  readonly headers: string | null
  readonly body: string | null
}

export function requests(db: Database.Database): Pick<State, 'takeNumbers' | 'beginRequest' | 'endRequest' | 'reserve' | 'reserved'> {
  const next = db
    .prepare<[{ name: string; least: number; count: number }], number>(
      `INSERT INTO counter VALUES (@name, @least + @count - 1)
       ON CONFLICT DO UPDATE SET value = max(value + @count, excluded.value) RETURNING value - @count + 1`
    )
    .pluck()
  const sql = {
    forget: db.prepare('DELETE FROM request WHERE made < ?'),
    known: db.prepare<[string, string], RequestRow>(
      'SELECT made, fingerprint, status, headers, body FROM request WHERE caller = ? AND key = ?'
    ),
    add: db.prepare('INSERT INTO request(caller, key, fingerprint, made) VALUES (?, ?, ?, ?)'),
    answer: db.prepare('UPDATE request SET status = ?, headers = ?, body = ? WHERE caller = ? AND key = ?'),
    again: db.prepare('UPDATE request SET made = ? WHERE caller = ? AND key = ?'),
    reserve: db.prepare('UPDATE request SET reserved = ifnull(reserved, ?) WHERE caller = ? AND key = ?'),
    reserved: db.prepare<[string, string], string | null>('SELECT reserved FROM request WHERE caller = ? AND key = ?').pluck(),
    drop: db.prepare('DELETE FROM request WHERE caller = ? AND key = ?')
  }
  const begin = db.transaction((caller: string, key: string, fingerprint: Buffer): 'new' | 'running' | 'other' | KeptAnswer => {
    const now = Date.now()
    sql.forget.run(now - KEPT)
    const known = sql.known.get(caller, key)
    if (known === undefined) {
      sql.add.run(caller, key, fingerprint, now)
      return 'new'
    }
    if (!known.fingerprint.equals(fingerprint)) return 'other'
    if (known.status === null && known.made > now - LOST) return 'running'
    if (known.status === null) {
      sql.again.run(now, caller, key)
      return 'new'
    }
    return { status: known.status, headers: JSON.parse(known.headers ?? '{}'), body: known.body ?? '' }
  })
  return {
    takeNumbers: (name, least, count) => next.get({ name, least, count })!,
    beginRequest: (caller, key, fingerprint) => begin.immediate(caller, key, fingerprint),
    reserve: (caller, key, value) => {
      sql.reserve.run(value, caller, key)
      return sql.reserved.get(caller, key) ?? value
    },
    reserved: (caller, key) => sql.reserved.get(caller, key) ?? undefined,
    endRequest: (caller, key, answer) => {
      if (answer === undefined) sql.drop.run(caller, key)
      else sql.answer.run(answer.status, JSON.stringify(answer.headers), answer.body, caller, key)
    }
  }
}
