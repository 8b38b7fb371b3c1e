import type Database from 'better-sqlite3'
import type { Account, AccountChange, Accounts, Changed } from '../accounts.js'
import type { Ended } from './sessions.js'

type Row = Omit<Account, 'fhirUser' | 'oneTimeUntil'> & { readonly fhirUser: string | null; readonly oneTimeUntil: number | null }

const COLUMNS = 'id, username, role, fhir_user AS fhirUser, status, password, one_time_until AS oneTimeUntil, made, changed'

export function openAccounts(db: Database.Database, ended: Ended): Accounts {
  const byId = db.prepare<[string], Row>(`SELECT ${COLUMNS} FROM account WHERE id = ?`)
  const byName = db.prepare<[string], Row>(`SELECT ${COLUMNS} FROM account WHERE username = ?`)
  const all = db.prepare<[], Row>(`SELECT ${COLUMNS} FROM account ORDER BY username`)
  const insert = db.prepare(
    `INSERT INTO account SELECT @id, @username, @role, @fhirUser, @status, @password, @oneTimeUntil, @made, @changed
     WHERE @first = 0 OR NOT EXISTS (SELECT 1 FROM account) ON CONFLICT(username) DO NOTHING`
  )
  const update = db.prepare('UPDATE account SET status = ?, role = ?, fhir_user = ?, changed = ? WHERE id = ?')
  const otherAdministrator = db.prepare<[string]>("SELECT 1 FROM account WHERE role = 'administrator' AND status = 'active' AND id <> ?")
  const password = db.prepare(
    'UPDATE account SET password = ?, one_time_until = ?, changed = ? WHERE id = ? AND (? IS NULL OR password = ?)'
  )
  const rehash = db.prepare('UPDATE account SET password = ? WHERE id = ? AND password = ?')
  const endSessions = db.prepare('DELETE FROM session WHERE account = ?')
  const end = (id: string): void => {
    endSessions.run(id)
    ended()
  }

  const change = db.transaction((id: string, asked: AccountChange): Changed => {
    const known = byId.get(id)
    if (known === undefined) return 'unknown'
    const next = { ...known, ...asked }
    const isAdministrator = ({ role, status }: Pick<Account, 'role' | 'status'>) => role === 'administrator' && status === 'active'
    if (isAdministrator(known) && !isAdministrator(next) && otherAdministrator.get(id) === undefined) return 'last-administrator'
    update.run(next.status, next.role, next.fhirUser ?? null, Date.now(), id)
    end(id)
    return 'changed'
  })
  const setPassword = db.transaction((id: string, to: string, oneTimeUntil: number | null, unless: string | null): boolean => {
    const changed = password.run(to, oneTimeUntil, Date.now(), id, unless, unless).changes === 1
    if (changed) end(id)
    return changed
  })

  return {
    add: (account, { first } = { first: false }) =>
      insert.run({
        ...account,
        fhirUser: account.fhirUser ?? null,
        oneTimeUntil: account.oneTimeUntil ?? null,
        first: first ? 1 : 0
      }).changes === 1,
    get: (id) => read(byId.get(id)),
    named: (username) => read(byName.get(username)),
    list: () => all.all().map((row) => read(row)!),
    change: (id, asked) => change.immediate(id, asked),
    setPassword: (id, to, { oneTimeUntil, unless }) => setPassword.immediate(id, to, oneTimeUntil ?? null, unless ?? null),
    rehash: (id, from, to) => void rehash.run(to, id, from)
  }
}

function read(row: Row | undefined): Account | undefined {
  return row && { ...row, fhirUser: row.fhirUser ?? undefined, oneTimeUntil: row.oneTimeUntil ?? undefined }
}
