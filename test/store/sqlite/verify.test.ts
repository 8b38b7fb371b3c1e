import { join } from 'node:path'
import Database from 'better-sqlite3'
import t from 'tap'
import type { Repository } from '#wardbridge/store/repository.js'
import { openSqliteStore } from '#wardbridge/store/sqlite/store.js'
import { newFolder } from './folder.js'

const patient = (id: string, more: object = {}) => ({
  method: 'put' as const,
  type: 'Patient',
  id,
  text: JSON.stringify({ resourceType: 'Patient', id, gender: 'male', birthDate: '1970-01-01', name: [{ family: 'Fam' }], ...more })
})

const observation = {
  method: 'put' as const,
  type: 'Observation',
  id: 'o',
  text: JSON.stringify({
    resourceType: 'Observation',
    id: 'o',
    valueQuantity: { value: 1, system: 'http://unitsofmeasure.org', code: 'mg' }
  })
}

/** A small store with every kind of row; then `sql` is run on it by hand. */
async function damaged(t: import('tap').Test, sql: string): Promise<Repository> {
  const file = join(newFolder(t), 'store.db')
  const store = await openSqliteStore(file, { readers: 1 })
  t.teardown(() => store.close())
  await store.commit([patient('a'), { ...patient('b'), claims: ['c'] }, patient('c', { identifier: [{ system: 'urn:x', value: '1' }] })])
  await store.commit([patient('a', { gender: 'female' }), { method: 'delete', type: 'Patient', id: 'c' }, observation])
  t.strictSame((await store.verify({ rebuild: false })).problems, [])
  const db = new Database(file)
  db.exec(sql)
  db.close()
  return store
}

const INDEX_DAMAGE: Readonly<Record<string, string>> = {
  'a token is missing': "DELETE FROM token WHERE code = 'female'",
  'a date is missing': 'DELETE FROM date',
  'a string is missing': 'DELETE FROM string WHERE rid = 1',
  'a surplus row of a living resource': "INSERT INTO token SELECT path, 'other', system, rid FROM token WHERE code = 'female'",
  'rows of a deleted resource': "INSERT INTO token SELECT path, code, system, 3 FROM token WHERE code = 'female'",
  'a version is missing in the history of its type': 'DELETE FROM history WHERE seq = 2',
  'a surplus version in the history of a type': 'INSERT INTO history VALUES (1, 1, 1)',
  'a shape that is not that of the content': 'UPDATE resource SET shape = 0 WHERE rid = 2',
  'a shape that is not listed': 'DELETE FROM shape_path',
  'a unit that is not listed': 'DELETE FROM unit',
  'a row that moved to another resource': "UPDATE token SET rid = 2 WHERE code = 'female'"
}

const OTHER_DAMAGE: Readonly<Record<string, readonly [sql: string, problem: RegExp]>> = {
  'another body': [
    "UPDATE version SET body = replace(body, 'Fam', 'Mistake') WHERE seq = 2",
    /Patient\/b version 1: the content does not give its hash/
  ],
  'another body of an old version': ["UPDATE version SET body = replace(body, 'Fam', 'Mistake') WHERE seq = 1", /Patient\/a version 1/],
  'a body that is no JSON': ['UPDATE version SET body = substr(body, 1, 40) WHERE seq = 2', /cannot be read/],
  'meta of another version': [
    `UPDATE version SET body = replace(body, '"versionId":"1"', '"versionId":"2"') WHERE seq = 2`,
    /meta.versionId/
  ],
  'another time': ['UPDATE version SET updated = updated + 1 WHERE seq = 2', /meta.lastUpdated|last version/],
  'a missing version': ['DELETE FROM version WHERE seq = 1', /has versions 2 to 2, but 1 of them/],
  'a pointer to an old version': ['UPDATE resource SET seq = 1 WHERE rid = 1', /does not point to its last version/],
  'a resource that is gone': ['DELETE FROM resource WHERE rid = 2', /belongs to no/],
  'a claim without a holder': ['UPDATE claim SET rid = 3', /claim c belongs to no living resource/]
}

for (const [name, sql] of Object.entries(INDEX_DAMAGE)) {
  t.test(`verify finds index damage, and rebuild mends it: ${name}`, async (t) => {
    const store = await damaged(t, sql)
    const { problems, digest } = await store.verify({ rebuild: false })
    t.ok(problems.length > 0)
    t.match(await store.verify({ rebuild: true }), { problems: [], digest, rebuilt: true })
  })
}

for (const [name, [sql, problem]] of Object.entries(OTHER_DAMAGE)) {
  t.test(`verify finds ${name}`, async (t) => {
    const { problems } = await (await damaged(t, sql)).verify({ rebuild: false })
    t.ok(
      problems.some((line) => problem.test(line)),
      problems.join('\n')
    )
  })
}
