/** The schema of `service.db`. */
import type Database from 'better-sqlite3'
import { fail } from '../../errors.js'
import { beforeUpgrade, type Upgrade } from '../../store/sqlite/upgrade.js'
import { ASKED_SCHEMA } from './asked.js'
import { AUDIT_SCHEMA } from './audit.js'
import { REQUESTS_SCHEMA } from './requests.js'
import { RUNS_SCHEMA } from './runs.js'

/** Migration n brings a file from schema n to schema n + 1. Released ones never change. */
const MIGRATIONS: readonly string[] = [
  `CREATE TABLE secret(name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
   CREATE TABLE signing_key(kid TEXT PRIMARY KEY, private TEXT NOT NULL, public TEXT NOT NULL, made INTEGER NOT NULL) WITHOUT ROWID;`,

  // Keys: those of before may have signed tokens of the longest lifetime, 366 days.
  `ALTER TABLE signing_key ADD COLUMN signed_until INTEGER NOT NULL DEFAULT 0;
   UPDATE signing_key SET signed_until = (unixepoch() + 366 * 86400) * 1000;
   CREATE TABLE account(
     id TEXT PRIMARY KEY, username TEXT NOT NULL UNIQUE, role TEXT NOT NULL, fhir_user TEXT, status TEXT NOT NULL,
     password TEXT NOT NULL, one_time_until INTEGER, made INTEGER NOT NULL, changed INTEGER NOT NULL
   ) WITHOUT ROWID;
   CREATE TABLE client(
     id TEXT PRIMARY KEY, name TEXT NOT NULL, role TEXT, scope TEXT NOT NULL, jwks TEXT, jwks_uri TEXT, redirect_uris TEXT NOT NULL,
     made INTEGER NOT NULL
   ) WITHOUT ROWID;
   CREATE TABLE session(
     id TEXT PRIMARY KEY, account TEXT NOT NULL, client TEXT, scope TEXT, until INTEGER NOT NULL
   ) WITHOUT ROWID;
   CREATE INDEX session_account ON session(account);
   CREATE INDEX session_client ON session(client) WHERE client IS NOT NULL;
   CREATE INDEX session_until ON session(until);
   CREATE TABLE refresh_token(hash BLOB PRIMARY KEY, session TEXT NOT NULL REFERENCES session ON DELETE CASCADE, used INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;
   CREATE INDEX refresh_token_session ON refresh_token(session);
   CREATE TABLE revoked_token(jti TEXT PRIMARY KEY, until INTEGER NOT NULL) WITHOUT ROWID;
   CREATE INDEX revoked_token_until ON revoked_token(until);
   CREATE TABLE once(key BLOB PRIMARY KEY, until INTEGER NOT NULL) WITHOUT ROWID;
   CREATE INDEX once_until ON once(until);
   CREATE TABLE attempt(key BLOB PRIMARY KEY, count INTEGER NOT NULL, until INTEGER NOT NULL) WITHOUT ROWID;
   CREATE INDEX attempt_until ON attempt(until);
   CREATE TABLE revision(value INTEGER NOT NULL);
   INSERT INTO revision VALUES (1);`,

  REQUESTS_SCHEMA,

  // RS256 beside EdDSA: what OpenID Connect asks of id_tokens.
  `ALTER TABLE signing_key ADD COLUMN alg TEXT NOT NULL DEFAULT 'EdDSA';`,

  AUDIT_SCHEMA,

  RUNS_SCHEMA,

  ASKED_SCHEMA
]

/** Brings an open file to the schema of this program. Runs in a transaction of the caller's. Throws store.version for a newer file, store.old, store.upgrade-space. */
export function migrate(db: Database.Database, file: string, upgrade: Upgrade): void {
  const schema = db.pragma('user_version', { simple: true }) as number
  if (schema > MIGRATIONS.length) throw fail('store.version', { path: file, actual: schema, expected: MIGRATIONS.length })
  if (schema === MIGRATIONS.length) return
  if (schema > 0) beforeUpgrade(file, upgrade, { actual: schema, expected: MIGRATIONS.length })
  for (const sql of MIGRATIONS.slice(schema)) db.exec(sql)
  db.pragma(`user_version = ${MIGRATIONS.length}`)
}
