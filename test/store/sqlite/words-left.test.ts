/** Words that a load has left: a server indexes them, a process that does one thing leaves them. */
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import t from 'tap'
import { parseSearch } from '#wardbridge/fhir/search-query.js'
import { FullText } from '#wardbridge/store/sqlite/fulltext.js'
import { connect } from '#wardbridge/store/sqlite/schema.js'
import { openSqliteStore } from '#wardbridge/store/sqlite/store.js'
import { newFolder } from './folder.js'

t.test('indexes words that are left, unless told to leave them', async (t) => {
  const file = join(newFolder(t), 'ward.db')
  const isPending = () => {
    const db = connect(file, { cacheMiB: 2 })
    try {
      return new FullText(db).isPending
    } finally {
      db.close()
    }
  }
  const put = (id: string) => {
    const resource = { resourceType: 'Observation', id, status: 'final', code: { text: 'Haemoglobin' } }
    return { method: 'put', type: 'Observation', id, text: JSON.stringify(resource) } as const
  }
  const found = async (store: Awaited<ReturnType<typeof openSqliteStore>>) => {
    const { resources } = await store.search(parseSearch('Observation', [['_content', 'haemoglobin']], { handling: 'strict' }))
    return resources.map(({ id }) => id).sort()
  }

  const first = await openSqliteStore(file, { readers: 1 })
  await first.commit([put('a')])
  await first.close()
  const db = connect(file, { cacheMiB: 2 })
  new FullText(db).forget()
  db.close()
  t.ok(isPending())

  const leaving = await openSqliteStore(file, { readers: 1, indexesWords: false })
  await leaving.commit([put('b')])
  t.strictSame(await found(leaving), ['a', 'b'], 'searches find by bodies meanwhile')
  await leaving.close()
  t.ok(isPending(), 'left as they were')

  const indexing = await openSqliteStore(file, { readers: 1 })
  while (isPending()) await wait(20)
  t.strictSame(await found(indexing), ['a', 'b'])
  t.strictSame((await indexing.verify({ rebuild: false })).problems, [])
  await indexing.close()
})

t.test('a store that is open indexes what the load of another process leaves', async (t) => {
  const file = join(newFolder(t), 'ward.db')
  const open = await openSqliteStore(file, { readers: 1 })
  await open.commit([{ method: 'put', type: 'Observation', id: 'a', text: '{"resourceType":"Observation","id":"a"}' }])
  const db = connect(file, { cacheMiB: 2 })
  new FullText(db).forget()
  t.ok(new FullText(db).isPending)
  for (let tries = 0; new FullText(db).isPending && tries < 1200; tries++) await wait(50)
  t.notOk(new FullText(db).isPending)
  db.close()
  await open.close()
})
