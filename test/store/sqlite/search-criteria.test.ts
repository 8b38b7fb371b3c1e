/** Random criteria of every kind, carried out in both ways there are: sets that are found first, and candidates that are looked at one by one. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import t from 'tap'
import { parseSearch } from '#wardbridge/fhir/search-query.js'
import { readDictionary } from '#wardbridge/store/sqlite/dictionary.js'
import { unpackId } from '#wardbridge/store/sqlite/pack.js'
import { Searcher } from '#wardbridge/store/sqlite/search.js'
import { openSqliteStore } from '#wardbridge/store/sqlite/store.js'
import { randomSearch, randomWorld } from '../../contract/criteria-oracle.js'
import { load, put } from '../../contract/repository.js'

const SEARCHES = 200

t.test('random criteria find what a plain reading of R4 finds, whichever way they are carried out', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'wardbridge-'))
  const file = join(folder, 'store.db')
  const world = randomWorld(5, 100, 400)
  const store = await openSqliteStore(file, { readers: 1 })
  await load(
    store,
    world.all.slice(0, 400).map((one) => [one.resourceType, one.id, one])
  )
  await store.commit(world.all.slice(350).map((one) => put(one.resourceType, one.id, one)))
  await store.close()
  const db = new Database(file, { readonly: true })
  t.teardown(() => {
    db.close()
    rmSync(folder, { recursive: true })
  })
  let found = 0
  for (const small of [1, 4096]) {
    const searcher = new Searcher(db, readDictionary(db), 60, { small })
    for (let seed = 1; seed <= SEARCHES; seed++) {
      const { type, terms } = randomSearch(world, seed)
      const text = `${type}?${terms.map(({ name, value }) => `${name}=${value}`).join('&')}`
      const parameters = terms.map(({ name, value }): [string, string] => [name, value])
      const query = parseSearch(type, [...parameters, ['_count', '1000'], ['_total', 'accurate']], { handling: 'strict' })
      const expected = world.all.filter((one) => one.resourceType === type && terms.every(({ test }) => test(one))).map(({ id }) => id)
      const { rows, total } = searcher.search(query)
      const ids = rows.map(({ id }) => unpackId(id))
      if (ids.sort().join() !== expected.sort().join()) t.strictSame(ids, expected, `seed ${seed}, small ${small}: ${text}`)
      if (total !== expected.length) t.equal(total, expected.length, `total of seed ${seed}, small ${small}: ${text}`)
      found += ids.length
    }
  }
  t.ok(found > SEARCHES * 2 * 10, `${found} matches`)
})
