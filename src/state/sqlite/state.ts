/** The state in `service.db`, an SQLite file of mode 0600. */
import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto'
import { chmodSync, closeSync, mkdirSync, openSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { fail, WardbridgeError } from '../../errors.js'
import type { SigningKey, State } from '../state.js'

const FILE = 'service.db'

/** Migration n brings a file from schema n to schema n + 1. Released ones never change. */
const MIGRATIONS: readonly string[] = [
  `CREATE TABLE secret(name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
   CREATE TABLE signing_key(kid TEXT PRIMARY KEY, private TEXT NOT NULL, public TEXT NOT NULL, made INTEGER NOT NULL) WITHOUT ROWID;`
]

export function openSqliteState(folder: string): State {
  const file = join(folder, FILE)
  const db = open(folder, file)
  const secret = db.prepare<[string], Buffer>('SELECT value FROM secret WHERE name = ?').pluck()
  const addSecret = db.prepare('INSERT INTO secret VALUES (?, ?)')
  const key = db.prepare<[], SigningKey>(
    'SELECT kid, private AS privateKey, public AS publicKey FROM signing_key ORDER BY made DESC, kid LIMIT 1'
  )
  const addKey = db.prepare('INSERT INTO signing_key VALUES (?, ?, ?, ?)')
  const getSecret = (name: string): Buffer => {
    const known = secret.get(name)
    if (known !== undefined) return known
    addSecret.run(name, randomBytes(32))
    return secret.get(name)!
  }
  const getSigningKey = (): SigningKey => {
    const known = key.get()
    if (known !== undefined) return known
    const made = makeKey()
    addKey.run(made.kid, made.privateKey, made.publicKey, Date.now())
    return made
  }
  return {
    // Immediate: of two processes that ask at once, the second waits and finds what the first made.
    getSecret: (name) => secret.get(name) ?? db.transaction(getSecret).immediate(name),
    getSigningKey: () => key.get() ?? db.transaction(getSigningKey).immediate(),
    close: () => void db.close()
  }
}

function open(folder: string, file: string): Database.Database {
  let db: Database.Database | undefined
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    // Made with its mode before SQLite writes anything; SQLite gives -wal and -shm the mode of the file.
    closeSync(openSync(file, 'a', 0o600))
    chmodSync(file, 0o600)
    db = new Database(file, { timeout: 10_000 })
    db.pragma('journal_mode = WAL')
    db.pragma('synchronous = FULL')
    db.transaction(migrate).immediate(db, file)
    return db
  } catch (error) {
    db?.close()
    if (error instanceof WardbridgeError) throw error
    throw fail('store.open', { path: file, reason: (error as Error).message }, { cause: error })
  }
}

function migrate(db: Database.Database, file: string): void {
  const schema = db.pragma('user_version', { simple: true }) as number
  if (schema > MIGRATIONS.length) throw fail('store.version', { path: file, actual: schema, expected: MIGRATIONS.length })
  for (const sql of MIGRATIONS.slice(schema)) db.exec(sql)
  db.pragma(`user_version = ${MIGRATIONS.length}`)
}

function makeKey(): SigningKey {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const { crv, kty, x } = publicKey.export({ format: 'jwk' })
  return {
    kid: createHash('sha256').update(JSON.stringify({ crv, kty, x })).digest('base64url'),
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString()
  }
}
