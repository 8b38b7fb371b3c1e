/** schema-1.sql is a store as the first release wrote it (.dump): Patient p1 twice, an Observation of it, Patient p2 made and deleted. */
import { readdirSync, readFileSync, renameSync, statSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import t from 'tap'
import { parseSearch } from '#wardbridge/fhir/search-query.js'
import { SCHEMA } from '#wardbridge/store/sqlite/schema.js'
import { openSqliteStore } from '#wardbridge/store/sqlite/store.js'
import { newFolder } from './folder.js'

const FIRST = readFileSync(new URL('../../../test/store/sqlite/schema-1.sql', import.meta.url), 'utf8')
const OBSERVATION = '00000000-0000-4000-8000-000000000001'

/** Names of tables and indexes with their columns. */
function schemaOf(file: string): unknown[] {
  const db = new Database(file, { readonly: true })
  try {
    return db
      .prepare("SELECT s.name, c.name AS part FROM sqlite_schema s, pragma_table_xinfo(s.name) c WHERE s.type = 'table' ORDER BY 1, 2")
      .all()
      .concat(db.prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL ORDER BY 1").all())
  } finally {
    db.close()
  }
}

t.test('a store of schema 1 is brought up to date when it is opened: same content, history, search, clean after a rebuild', async (t) => {
  const folder = newFolder(t)
  const file = join(folder, 'store.db')
  const old = new Database(file)
  old.exec(FIRST)
  t.equal(old.pragma('user_version', { simple: true }), 1)
  old.close()

  const store = await openSqliteStore(file, { readers: 1 })
  t.teardown(() => store.close())
  t.match(JSON.parse((await store.read('Patient', 'p1'))!.body.toString()), { gender: 'female', meta: { versionId: '2' } })
  t.match(await store.read('Patient', 'p2'), { deleted: true })
  const names = async (asked: object) =>
    (await store.history({ ...asked, count: 10 }))!.versions.map(
      ({ type, id, versionId, method }) => `${method} ${type}/${id}/${versionId}`
    )
  const patients = ['DELETE Patient/p2/2', 'PUT Patient/p2/1', 'PUT Patient/p1/2', 'PUT Patient/p1/1']
  t.strictSame(await names({ type: 'Patient' }), patients)
  t.strictSame(await names({}), [...patients.slice(0, 3), `PUT Observation/${OBSERVATION}/1`, patients[3]])
  t.strictSame((await store.verify({ rebuild: true })).problems, [])
  const found = await store.search(parseSearch('Observation', [['subject', 'Patient/p1']], { handling: 'strict' }))
  t.strictSame(
    found.resources.map(({ id }) => id),
    [OBSERVATION]
  )
  t.match(await store.commit([{ method: 'put', type: 'Patient', id: 'p2', text: '{"resourceType":"Patient","id":"p2"}' }]), [
    { versionId: '3', outcome: 'created' }
  ])
  t.strictSame((await store.verify({ rebuild: false })).problems, [])

  const fresh = join(folder, 'fresh.db')
  await (await openSqliteStore(fresh)).close()
  t.strictSame(schemaOf(file), schemaOf(fresh), 'it has the tables and indexes of a new store')
  const migrated = new Database(file, { readonly: true })
  t.equal(migrated.pragma('user_version', { simple: true }), SCHEMA)
  migrated.close()
})

t.test('before it is brought up to date, a store is copied beside itself; or it is refused; or neither', async (t) => {
  const folder = newFolder(t)
  const old = (name: string) => {
    const file = join(folder, name)
    const db = new Database(file)
    db.exec(FIRST)
    db.close()
    return file
  }
  const file = old('store.db')
  await (await openSqliteStore(file)).close()
  const copy = new Database(`${file}.schema-1.bak`, { readonly: true })
  t.equal(copy.pragma('user_version', { simple: true }), 1)
  t.strictSame(copy.pragma('integrity_check'), [{ integrity_check: 'ok' }])
  t.equal(copy.prepare('SELECT count(*) FROM version').pluck().get(), 5)
  copy.close()
  t.equal(statSync(`${file}.schema-1.bak`).mode & 0o777, 0o600)
  const names = () => readdirSync(folder).sort()
  const before = names()
  await (await openSqliteStore(file)).close()
  t.strictSame(names(), before, 'once')

  renameSync(`${file}.schema-1.bak`, join(folder, 'again.db'))
  const back = await openSqliteStore(join(folder, 'again.db'))
  t.match(await back.read('Patient', 'p2'), { deleted: true }, 'the copy is a store')
  await back.close()

  const refused = old('refused.db')
  await t.rejects(openSqliteStore(refused, { upgrade: 'refuse' }), { code: 'store.old', message: /schema version 1/ })
  const direct = old('direct.db')
  await (await openSqliteStore(direct, { upgrade: 'direct' })).close()
  t.strictSame(
    names().filter((name) => /^(refused|direct)/.test(name)),
    ['direct.db', 'refused.db']
  )
})
