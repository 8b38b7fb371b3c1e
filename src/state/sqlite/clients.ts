import type Database from 'better-sqlite3'
import type { Client, Clients } from '../clients.js'
import type { Ended } from './sessions.js'

interface Row {
  readonly id: string
  readonly name: string
  readonly role: string | null
  readonly scope: string
  readonly jwks: string | null
  readonly jwks_uri: string | null
  readonly redirect_uris: string
  readonly made: number
}

export function openClients(db: Database.Database, ended: Ended): Clients {
  const insert = db.prepare('INSERT INTO client VALUES (?, ?, ?, ?, ?, ?, ?, ?)')
  const byId = db.prepare<[string], Row>('SELECT * FROM client WHERE id = ?')
  const all = db.prepare<[], Row>('SELECT * FROM client ORDER BY name, id')
  const remove = db.transaction((id: string): boolean => {
    db.prepare('DELETE FROM session WHERE client = ?').run(id)
    const known = db.prepare('DELETE FROM client WHERE id = ?').run(id).changes === 1
    if (known) ended()
    return known
  })
  return {
    add({ id, name, role, scope, jwks, jwksUri, redirectUris, made }) {
      insert.run(id, name, role ?? null, scope, jwks ?? null, jwksUri ?? null, JSON.stringify(redirectUris), made)
    },
    get: (id) => read(byId.get(id)),
    list: () => all.all().map((row) => read(row)!),
    remove: (id) => remove.immediate(id)
  }
}

function read(row: Row | undefined): Client | undefined {
  return (
    row && {
      id: row.id,
      name: row.name,
      role: row.role ?? undefined,
      scope: row.scope,
      jwks: row.jwks ?? undefined,
      jwksUri: row.jwks_uri ?? undefined,
      redirectUris: JSON.parse(row.redirect_uris) as string[],
      made: row.made
    }
  )
}
