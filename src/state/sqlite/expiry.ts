/** Takes away what has expired and only takes up room: it does not count any more in any case. */
import type Database from 'better-sqlite3'

/** What expires: the name it is counted under, and its rows. The parameter: milliseconds since 1970 UTC. */
const EXPIRED = {
  sessions: 'DELETE FROM session WHERE until <= ?',
  revocations: 'DELETE FROM revoked_token WHERE until <= ?',
  onceKeys: 'DELETE FROM once WHERE until <= ?',
  attempts: 'DELETE FROM attempt WHERE until <= ?',
  idempotencyKeys: 'DELETE FROM request WHERE made <= ? - 86400000',
  signingKeys: "DELETE FROM signing_key WHERE private = '' AND signed_until <= ?"
} as const

/** Rows removed, by kind. */
export function expiry(db: Database.Database): (now: number) => Record<string, number> {
  const statements = Object.entries(EXPIRED).map(([name, sql]) => [name, db.prepare(sql)] as const)
  return (now) => Object.fromEntries(statements.map(([name, sql]) => [name, sql.run(now).changes]))
}
