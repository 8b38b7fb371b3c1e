import type Database from 'better-sqlite3'
import type { Alert, Anchor, AuditState, BreakGlass } from '../audit.js'

export const AUDIT_SCHEMA = `
  CREATE TABLE audit_anchor(chain TEXT PRIMARY KEY, seq INTEGER NOT NULL, hash BLOB NOT NULL) WITHOUT ROWID;
  CREATE TABLE break_glass(
    id TEXT PRIMARY KEY, subject TEXT NOT NULL, patient TEXT NOT NULL, reason TEXT NOT NULL, made INTEGER NOT NULL, until INTEGER NOT NULL,
    origin TEXT, ended INTEGER, ended_by TEXT) WITHOUT ROWID;
  CREATE INDEX break_glass_subject ON break_glass(subject, until);
  CREATE INDEX break_glass_made ON break_glass(made);
  CREATE TABLE alert(
    id TEXT PRIMARY KEY, subject TEXT NOT NULL, role TEXT NOT NULL, patients INTEGER NOT NULL, seconds INTEGER NOT NULL, made INTEGER NOT NULL,
    origin TEXT) WITHOUT ROWID;
  CREATE INDEX alert_subject ON alert(subject, made);
  CREATE INDEX alert_made ON alert(made);`

type Nullable<T, Names extends keyof T> = Omit<T, Names> & { readonly [Name in Names]: Exclude<T[Name], undefined> | null }

type BreakGlassRow = Nullable<BreakGlass, 'from' | 'ended' | 'endedBy'>
type AlertRow = Nullable<Alert, 'from'>

const BREAK_GLASS = 'id, subject, patient, reason, made, until, origin AS "from", ended, ended_by AS endedBy'
/** What is listed at most: the newest. */
const MOST = 10_000

export function openAudit(db: Database.Database): AuditState {
  const anchor = db.prepare<[string], Anchor>('SELECT seq, hash FROM audit_anchor WHERE chain = ?')
  const anchors = db.prepare<[], Anchor & { readonly chain: string }>('SELECT chain, seq, hash FROM audit_anchor')
  const setAnchor = db.prepare(
    'INSERT INTO audit_anchor VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET seq = excluded.seq, hash = excluded.hash WHERE excluded.seq > seq'
  )
  const addGlass = db.prepare('INSERT INTO break_glass VALUES (@id, @subject, @patient, @reason, @made, @until, @from, @ended, @endedBy)')
  const allGlass = db.prepare<[number], BreakGlassRow>(`SELECT ${BREAK_GLASS} FROM break_glass ORDER BY made DESC, id LIMIT ?`)
  const oneGlass = db.prepare<[string], BreakGlassRow>(`SELECT ${BREAK_GLASS} FROM break_glass WHERE id = ?`)
  const openGlass = db.prepare<[string, number], BreakGlassRow>(
    `SELECT ${BREAK_GLASS} FROM break_glass WHERE subject = ? AND until > ? AND ended IS NULL ORDER BY until`
  )
  const endGlass = db.prepare('UPDATE break_glass SET ended = ?, ended_by = ? WHERE id = ? AND ended IS NULL AND until > ?')
  const addAlert = db.prepare(
    `INSERT INTO alert SELECT @id, @subject, @role, @patients, @seconds, @made, @from
     WHERE NOT EXISTS (SELECT 1 FROM alert WHERE subject = @subject AND made > @since)`
  )
  const allAlerts = db.prepare<[number], AlertRow>(
    'SELECT id, subject, role, patients, seconds, made, origin AS "from" FROM alert ORDER BY made DESC, id LIMIT ?'
  )
  return {
    anchors: () => new Map(anchors.all().map(({ chain, seq, hash }) => [chain, { seq, hash }])),
    anchor: (chain) => anchor.get(chain),
    setAnchor: (chain, { seq, hash }) => void setAnchor.run(chain, seq, hash),
    addBreakGlass: (one) => void addGlass.run({ ...one, from: one.from ?? null, ended: one.ended ?? null, endedBy: one.endedBy ?? null }),
    listBreakGlass: () => allGlass.all(MOST).map(readGlass),
    getBreakGlass: (id) => {
      const row = oneGlass.get(id)
      return row && readGlass(row)
    },
    openBreakGlass: (subject, now) => openGlass.all(subject, now).map(readGlass),
    endBreakGlass: (id, by, now) => endGlass.run(now, by, id, now).changes === 1,
    addAlert: (alert, since) => addAlert.run({ ...alert, from: alert.from ?? null, since }).changes === 1,
    listAlerts: () => allAlerts.all(MOST).map((row) => ({ ...row, from: row.from ?? undefined }))
  }
}

function readGlass(row: BreakGlassRow): BreakGlass {
  return { ...row, from: row.from ?? undefined, ended: row.ended ?? undefined, endedBy: row.endedBy ?? undefined }
}
