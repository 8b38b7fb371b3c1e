import type Database from 'better-sqlite3'
import type { Limits, Window } from '../limits.js'

export function openLimits(db: Database.Database): Limits {
  const onceOld = db.prepare('DELETE FROM once WHERE until <= ?')
  const addOnce = db.prepare('INSERT OR IGNORE INTO once VALUES (?, ?)')
  const old = db.prepare('DELETE FROM attempt WHERE until <= ?')
  const get = db.prepare<[Buffer], { count: number; until: number }>('SELECT count, until FROM attempt WHERE key = ?')
  const put = db.prepare('INSERT OR REPLACE INTO attempt VALUES (?, ?, ?)')
  const forget = db.prepare('DELETE FROM attempt WHERE key = ?')
  const refund = db.prepare('UPDATE attempt SET count = max(0, count - 1) WHERE key = ?')

  const once = db.transaction((key: Buffer, until: number, now: number): boolean => {
    onceOld.run(now)
    return addOnce.run(key, until).changes === 1
  })
  const attempt = db.transaction((attempts: ReadonlyArray<{ readonly key: Buffer } & Window>, now: number): number => {
    old.run(now)
    const known = attempts.map(({ key }) => get.get(key))
    const waits = attempts.map(({ most }, i) => (known[i] !== undefined && known[i].count >= most ? known[i].until - now : 0))
    const wait = Math.max(0, ...waits)
    if (wait > 0) return wait
    attempts.forEach(({ key, most, length }, i) => {
      const count = (known[i]?.count ?? 0) + 1
      // The one that fills the window has to wait for the whole of it.
      put.run(key, count, count >= most ? now + length : (known[i]?.until ?? now + length))
    })
    return 0
  })

  return {
    once: (key, until, now) => once.immediate(key, until, now),
    attempt: (attempts, now) => attempt.immediate(attempts, now),
    forget: (key) => void forget.run(key),
    refund: (key) => void refund.run(key)
  }
}
