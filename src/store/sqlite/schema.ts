/** The tables of a store file, and how a file is opened, made or brought up to date. See README.md for the picture. */
import Database from 'better-sqlite3'
import { fail } from '../../errors.js'
import { storeError } from './failure.js'
import { beforeUpgrade, type Upgrade } from './upgrade.js'

export type Db = Database.Database

/** 'WARD': tells a store from any other SQLite file. */
const APPLICATION_ID = 0x57415244

/** Migration n brings a file from schema n to schema n + 1. Released ones never change. */
const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE type(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
  CREATE TABLE path(id INTEGER PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL, UNIQUE(kind, name));
  CREATE TABLE system(id INTEGER PRIMARY KEY, uri TEXT NOT NULL UNIQUE);

  CREATE TABLE resource(
    rid INTEGER PRIMARY KEY, type INTEGER NOT NULL, id NOT NULL, vid INTEGER NOT NULL, seq INTEGER NOT NULL,
    deleted INTEGER NOT NULL, updated INTEGER NOT NULL, UNIQUE(type, id));
  CREATE INDEX resource_type ON resource(type) WHERE deleted = 0;
  CREATE INDEX resource_updated ON resource(type, updated) WHERE deleted = 0;

  CREATE TABLE version(
    seq INTEGER PRIMARY KEY, rid INTEGER NOT NULL, vid INTEGER NOT NULL, updated INTEGER NOT NULL, method TEXT NOT NULL,
    deleted INTEGER NOT NULL, hash BLOB, body TEXT);
  CREATE UNIQUE INDEX version_rid ON version(rid, vid, hash);

  CREATE TABLE token(
    path INTEGER NOT NULL, code TEXT NOT NULL, system INTEGER NOT NULL, rid INTEGER NOT NULL,
    PRIMARY KEY(path, code, system, rid)) WITHOUT ROWID;
  CREATE TABLE reference(
    path INTEGER NOT NULL, target NOT NULL, type INTEGER NOT NULL, rid INTEGER NOT NULL,
    PRIMARY KEY(path, target, type, rid)) WITHOUT ROWID;
  CREATE TABLE uri(
    path INTEGER NOT NULL, value TEXT NOT NULL, rid INTEGER NOT NULL,
    PRIMARY KEY(path, value, rid)) WITHOUT ROWID;
  CREATE TABLE string(
    path INTEGER NOT NULL, folded TEXT NOT NULL, exact TEXT NOT NULL, rid INTEGER NOT NULL,
    PRIMARY KEY(path, folded, exact, rid)) WITHOUT ROWID;
  CREATE INDEX string_rid ON string(path, rid);
  CREATE TABLE date(
    path INTEGER NOT NULL, start INTEGER NOT NULL, stop INTEGER NOT NULL, wide INTEGER NOT NULL, rid INTEGER NOT NULL,
    PRIMARY KEY(path, start, stop, wide, rid)) WITHOUT ROWID;
  CREATE INDEX date_rid ON date(path, rid);
  CREATE INDEX date_wide ON date(path, stop) WHERE wide = 1;
  CREATE TABLE number(
    path INTEGER NOT NULL, value REAL NOT NULL, rid INTEGER NOT NULL,
    PRIMARY KEY(path, value, rid)) WITHOUT ROWID;
  CREATE INDEX number_rid ON number(path, rid);
  CREATE TABLE quantity(
    path INTEGER NOT NULL, value REAL NOT NULL, code TEXT NOT NULL, system INTEGER NOT NULL, unit TEXT NOT NULL, rid INTEGER NOT NULL,
    PRIMARY KEY(path, value, code, system, unit, rid)) WITHOUT ROWID;
  CREATE INDEX quantity_rid ON quantity(path, rid);
  CREATE TABLE compartment(
    patient NOT NULL, type INTEGER NOT NULL, rid INTEGER NOT NULL,
    PRIMARY KEY(patient, type, rid)) WITHOUT ROWID;

  CREATE TABLE claim(key TEXT PRIMARY KEY, rid INTEGER NOT NULL, seq INTEGER NOT NULL) WITHOUT ROWID;
  CREATE INDEX claim_rid ON claim(rid);
  CREATE TABLE note(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  `,
  `
  CREATE TABLE history(
    type INTEGER NOT NULL, updated INTEGER NOT NULL, seq INTEGER NOT NULL,
    PRIMARY KEY(type, updated, seq)) WITHOUT ROWID;
  INSERT INTO history SELECT r.type, v.updated, v.seq FROM version v CROSS JOIN resource r ON r.rid = v.rid ORDER BY 1, 2, 3;
  CREATE INDEX version_updated ON version(updated);
  CREATE TABLE unit(system INTEGER NOT NULL, code TEXT NOT NULL, PRIMARY KEY(system, code)) WITHOUT ROWID;
  INSERT INTO unit SELECT DISTINCT system, code FROM quantity WHERE system = (SELECT id FROM system WHERE uri = 'http://unitsofmeasure.org');

  CREATE TABLE shape(id INTEGER PRIMARY KEY, type INTEGER NOT NULL, traits TEXT NOT NULL, UNIQUE(type, traits));
  CREATE TABLE shape_path(
    path INTEGER NOT NULL, part INTEGER NOT NULL, shape INTEGER NOT NULL,
    PRIMARY KEY(path, part, shape)) WITHOUT ROWID;
  ALTER TABLE resource ADD COLUMN shape INTEGER NOT NULL DEFAULT 0;
  CREATE INDEX resource_shape ON resource(type, shape) WHERE deleted = 0;
  CREATE VIRTUAL TABLE fulltext USING fts5(narrative, content, content = '', contentless_delete = 1);
  CREATE TABLE text_pending(first INTEGER PRIMARY KEY, last INTEGER NOT NULL);
  INSERT INTO text_pending SELECT min(rid), max(rid) FROM resource HAVING count(*) > 0;
  `,
  `
  CREATE TABLE spelling(lower TEXT NOT NULL, code TEXT NOT NULL, PRIMARY KEY(lower, code)) WITHOUT ROWID;
  INSERT OR IGNORE INTO spelling SELECT lower(code), code FROM token WHERE code <> lower(code);
  `,
  `
  CREATE TABLE text(
    path INTEGER NOT NULL, folded TEXT NOT NULL, code TEXT NOT NULL, system INTEGER NOT NULL,
    PRIMARY KEY(path, folded, code, system)) WITHOUT ROWID;
  `,
  `
  CREATE TABLE audit(seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, key TEXT NOT NULL, hash BLOB NOT NULL, entries TEXT NOT NULL);
  CREATE INDEX audit_at ON audit(at);
  CREATE TABLE audit_key(key TEXT NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY(key, seq)) WITHOUT ROWID;
  INSERT INTO note VALUES ('audit.chain', lower(hex(randomblob(16))));
  `,
  // Versions up to vid were removed by policy.
  `
  CREATE TABLE pruned(rid INTEGER PRIMARY KEY, vid INTEGER NOT NULL);
  `
]

/** See docs/decisions/0020 for the figures behind this and wal_autocheckpoint. */
const PAGE_SIZE = 8192

/** The schema number this release writes. */
export const SCHEMA = MIGRATIONS.length

/** Durable, patient with other processes, and with a bounded page cache. cacheMiB: page cache of this connection. Throws store.open. */
export function connect(file: string, options: { readonly?: boolean; cacheMiB: number }): Db {
  try {
    const db = new Database(file, { readonly: options.readonly ?? false, fileMustExist: options.readonly ?? false, timeout: 30_000 })
    if (!options.readonly) {
      // Only a new file takes the page size.
      db.pragma(`page_size = ${PAGE_SIZE}`)
      db.pragma('journal_mode = WAL')
      // Our SQLite is built with NORMAL for WAL: without this an acknowledged write could be lost when the power fails.
      db.pragma('synchronous = FULL')
      db.pragma('wal_autocheckpoint = 4000')
    }
    db.pragma(`cache_size = ${-1024 * options.cacheMiB}`)
    db.pragma('trusted_schema = OFF')
    return db
  } catch (error) {
    const known = storeError(error, file)
    throw known instanceof TypeError ? fail('store.open', { path: file, reason: known.message }, { cause: known }) : known
  }
}

/**
 * Opens a store file for writing; makes it when it is not there, migrates it when it is older.
 * Throws store.open (not a store), store.version (written by a newer Wardbridge), store.old, store.upgrade-space.
 */
export function openFile(file: string, cacheMiB: number, upgrade: Upgrade = 'copy'): Db {
  const db = connect(file, { cacheMiB })
  try {
    db.transaction(() => migrate(db, file, upgrade)).immediate()
    return db
  } catch (error) {
    db.close()
    throw storeError(error, file)
  }
}

function isEmpty(db: Db): boolean {
  return db.prepare('SELECT count(*) FROM sqlite_schema').pluck().get() === 0
}

function migrate(db: Db, file: string, upgrade: Upgrade): void {
  const schema = db.pragma('user_version', { simple: true }) as number
  const application = db.pragma('application_id', { simple: true })
  if (application !== APPLICATION_ID && !isEmpty(db))
    throw fail('store.open', { path: file, reason: 'it is an SQLite file, but no Wardbridge store' })
  if (schema > SCHEMA) throw fail('store.version', { path: file, actual: schema, expected: SCHEMA })
  if (schema === SCHEMA) return
  if (schema > 0) beforeUpgrade(file, upgrade, { actual: schema, expected: SCHEMA })
  for (const sql of MIGRATIONS.slice(schema)) db.exec(sql)
  db.pragma(`application_id = ${APPLICATION_ID}`)
  db.pragma(`user_version = ${SCHEMA}`)
}
