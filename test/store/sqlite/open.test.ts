import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import Database from 'better-sqlite3'
import t from 'tap'
import { SCHEMA } from '#wardbridge/store/sqlite/schema.js'
import { openSqliteStore } from '#wardbridge/store/sqlite/store.js'
import { newFolder } from './folder.js'

t.test('a new file is made with its folder, and opened again with what was written', async (t) => {
  const file = join(newFolder(t), 'a', 'b', 'store.db')
  const first = await openSqliteStore(file)
  await first.commit([{ method: 'put', type: 'Patient', id: 'p', text: '{"resourceType":"Patient","id":"p"}' }])
  await first.counts()
  await first.close()
  t.strictSame(readdirSync(dirname(file)), ['store.db'], 'nothing but the file is left')
  const again = await openSqliteStore(file)
  t.teardown(() => again.close())
  t.match(await again.read('Patient', 'p'), { versionId: '1' })
  await t.rejects(first.commit([]), /closed/)
})

t.test('a file of a newer Wardbridge is refused and left as it is', async (t) => {
  const file = join(newFolder(t), 'store.db')
  await (await openSqliteStore(file)).close()
  const db = new Database(file)
  t.equal(db.pragma('user_version', { simple: true }), SCHEMA)
  db.pragma(`user_version = ${SCHEMA + 1}`)
  await t.rejects(openSqliteStore(file), { code: 'store.version', params: { actual: SCHEMA + 1, expected: SCHEMA } })
  t.equal(db.pragma('user_version', { simple: true }), SCHEMA + 1)
  db.close()
})

t.test('what is no store is refused: another SQLite file, other bytes, a folder, a path below a file', async (t) => {
  const folder = newFolder(t)
  const other = new Database(join(folder, 'other.db'))
  other.exec('CREATE TABLE t(x)')
  other.close()
  writeFileSync(join(folder, 'bytes.db'), 'no database at all, but some text that is long enough to be looked at'.repeat(100))
  mkdirSync(join(folder, 'folder.db'))
  for (const name of ['other.db', 'bytes.db', 'folder.db', 'bytes.db/store.db']) {
    await t.rejects(openSqliteStore(join(folder, name)), { code: 'store.open' }, name)
  }
  const left = new Database(join(folder, 'other.db'))
  t.equal(left.prepare('SELECT count(*) FROM sqlite_schema').pluck().get(), 1, 'nothing was added to it')
  left.close()
})
