/** The state in `service.db`, an SQLite file of mode 0600. */
import { chmodSync, closeSync, mkdirSync, openSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { fail, WardbridgeError } from '../../errors.js'
import { openSnapshot } from '../../store/sqlite/snapshot.js'
import type { Upgrade } from '../../store/sqlite/upgrade.js'
import type { State } from '../state.js'
import { openAccounts } from './accounts.js'
import { openAsked } from './asked.js'
import { openAudit } from './audit.js'
import { openClients } from './clients.js'
import { expiry } from './expiry.js'
import { openKeys } from './keys.js'
import { openLimits } from './limits.js'
import { migrate } from './migrations.js'
import { requests } from './requests.js'
import { openRuns } from './runs.js'
import { openRevision, openSessions } from './sessions.js'

const FILE = 'service.db'

export function openSqliteState(folder: string, upgrade: Upgrade): State {
  const db = open(folder, join(folder, FILE), upgrade)
  const revision = openRevision(db)
  const { ended } = revision
  return {
    ...openKeys(db, ended),
    accounts: openAccounts(db, ended),
    sessions: openSessions(db, revision),
    clients: openClients(db, ended),
    limits: openLimits(db),
    audit: openAudit(db),
    ...requests(db),
    runs: openRuns(db),
    asked: openAsked(db),
    expire: expiry(db),
    snapshot: () => openSnapshot(join(folder, FILE)),
    check: () => {
      const lines = db.prepare<[], string>('PRAGMA integrity_check').pluck().all()
      return lines.filter((line) => line !== 'ok')
    },
    close: () => void db.close()
  }
}

function open(folder: string, file: string, upgrade: Upgrade): Database.Database {
  let db: Database.Database | undefined
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    // Made with its mode before SQLite writes anything; SQLite gives -wal and -shm the mode of the file.
    closeSync(openSync(file, 'a', 0o600))
    chmodSync(file, 0o600)
    db = new Database(file, { timeout: 10_000 })
    db.pragma('journal_mode = WAL')
    db.pragma('synchronous = FULL')
    db.pragma('foreign_keys = ON')
    db.transaction(migrate).immediate(db, file, upgrade)
    return db
  } catch (error) {
    db?.close()
    if (error instanceof WardbridgeError) throw error
    throw fail('store.open', { path: file, reason: (error as Error).message }, { cause: error })
  }
}
