import type Database from 'better-sqlite3'
import type { Rotation, Session, Sessions } from '../sessions.js'

/** Longest that the revision is not looked at, in milliseconds: a read of the file takes 3 microseconds, and every request asks. */
const FRESH = 10

/** To be called in every transaction that ends something which was valid. */
export type Ended = () => void

export function openRevision(db: Database.Database): { readonly ended: Ended; readonly revision: (now: number) => number } {
  const next = db.prepare('UPDATE revision SET value = value + 1')
  const read = db.prepare<[], number>('SELECT value FROM revision').pluck()
  let [known, lookedAt] = [0, 0]
  return {
    ended() {
      next.run()
      lookedAt = 0
    },
    revision(now) {
      // Clocks go backwards, too.
      if (now - lookedAt >= FRESH || now < lookedAt) {
        known = read.get()!
        lookedAt = now
      }
      return known
    }
  }
}

type Row = Omit<Session, 'client' | 'scope'> & { readonly client: string | null; readonly scope: string | null }

const COLUMNS = 'id, account, client, scope, until'

export function openSessions(db: Database.Database, { ended, revision }: ReturnType<typeof openRevision>): Sessions {
  const insert = db.prepare(
    `INSERT INTO session SELECT ?, ?, ?, ?, ? WHERE EXISTS (SELECT 1 FROM account WHERE id = ? AND status = 'active' AND password = ?)`
  )
  const addRefresh = db.prepare('INSERT INTO refresh_token(hash, session) VALUES (?, ?)')
  const use = db.prepare('UPDATE refresh_token SET used = 1 WHERE hash = ? AND used = 0')
  const byRefresh = db.prepare<[Buffer], Row>(
    `SELECT ${COLUMNS} FROM session WHERE id = (SELECT session FROM refresh_token WHERE hash = ?)`
  )
  const byId = db.prepare<[string], Row>(`SELECT ${COLUMNS} FROM session WHERE id = ?`)
  const remove = db.prepare('DELETE FROM session WHERE id = ?')
  const removeOld = db.prepare('DELETE FROM session WHERE until <= ?')
  const revoke = db.prepare('INSERT OR IGNORE INTO revoked_token VALUES (?, ?)')
  const revokedOld = db.prepare('DELETE FROM revoked_token WHERE until <= ?')
  const revoked = db.prepare('SELECT 1 FROM revoked_token WHERE jti = ?').pluck()

  const end = db.transaction((id: string): boolean => {
    const known = remove.run(id).changes === 1
    if (known) ended()
    return known
  })
  const rotate = db.transaction((refresh: Buffer, next: Buffer, now: number): Rotation => {
    const session = read(byRefresh.get(refresh))
    if (session === undefined || session.until <= now) return { outcome: 'unknown' }
    if (use.run(refresh).changes === 0) {
      end(session.id)
      return { outcome: 'reused' }
    }
    addRefresh.run(next, session.id)
    return { outcome: 'rotated', session }
  })
  const open = db.transaction(({ id, account, client, scope, until }: Session, refresh: Buffer, password: string): boolean => {
    // What has expired need not be told: its tokens have, too.
    removeOld.run(Date.now())
    if (insert.run(id, account, client ?? null, scope ?? null, until, account, password).changes === 0) return false
    addRefresh.run(refresh, id)
    return true
  })
  const refuse = db.transaction((jti: string, until: number): void => {
    revokedOld.run(Date.now())
    revoke.run(jti, until)
    ended()
  })

  return {
    open: (session, refresh, password) => open.immediate(session, refresh, password),
    rotate: (refresh, next, now) => rotate.immediate(refresh, next, now),
    of: (refresh) => read(byRefresh.get(refresh)),
    get: (id) => read(byId.get(id)),
    end: (id) => end.immediate(id),
    revoke: (jti, until) => refuse.immediate(jti, until),
    isRevoked: (jti) => revoked.get(jti) !== undefined,
    revision
  }
}

function read(row: Row | undefined): Session | undefined {
  return row && { ...row, client: row.client ?? undefined, scope: row.scope ?? undefined }
}
