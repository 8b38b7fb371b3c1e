/** What SQLite makes of the statements of sorted searches and of searches by words: indexes in the order wanted, no table read through. */
import { join } from 'node:path'
import t from 'tap'
import { parseSearch } from '#wardbridge/fhir/search-query.js'
import { readDictionary, register } from '#wardbridge/store/sqlite/dictionary.js'
import { openFile } from '#wardbridge/store/sqlite/schema.js'
import { Searcher } from '#wardbridge/store/sqlite/search.js'
import { ResourceWriter } from '#wardbridge/store/sqlite/write.js'
import { newFolder } from './folder.js'

t.test('sorted searches', async (t) => {
  const db = openFile(join(newFolder(t), 'store.db'), 2)
  t.teardown(() => db.close())
  db.transaction(() => register(db))()
  const writer = new ResourceWriter(db)
  db.transaction(() => {
    writer.begin()
    for (const type of ['Patient', 'Observation'])
      writer.write({
        method: 'put',
        type,
        id: 'a',
        text: JSON.stringify({ resourceType: type, id: 'a', status: 'final', code: { text: 'x' } })
      })
  })()

  /** The plan of every statement that a search prepares. */
  const plans = (type: string | undefined, query: string, mostSorted?: number) => {
    const texts: string[] = []
    const prepare = db.prepare.bind(db)
    const searcher = new Searcher(db, readDictionary(db), 10, mostSorted === undefined ? {} : { mostSorted })
    db.prepare = ((text: string) => {
      texts.push(text)
      return prepare(text)
    }) as typeof db.prepare
    try {
      searcher.search(parseSearch(type, [...new URLSearchParams(query)], { handling: 'strict' }))
    } finally {
      db.prepare = prepare
    }
    return texts.flatMap((text) =>
      prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${text}`)
        .all(Array.from(text.matchAll(/\?/g), () => null))
        .map(({ detail }) => detail)
    )
  }
  const readThrough = (lines: readonly string[]) =>
    lines.filter((line) => /^SCAN (?!CONSTANT|c\b|m\b|\(|x VIRTUAL|fulltext VIRTUAL)/.test(line) && !line.includes('USING'))

  for (const sort of [
    'date',
    '-date',
    '-_lastUpdated',
    '_lastUpdated',
    '_id',
    '-_id',
    'status',
    'value-quantity',
    '-subject',
    '_profile'
  ]) {
    for (const most of [0, undefined]) {
      const lines = plans('Observation', `_sort=${sort}&_count=20`, most)
      t.strictSame(readThrough(lines), [], `_sort=${sort}: nothing is read through`)
      if (most === 0)
        t.ok(
          lines.some((line) => /^SEARCH [xr] USING/.test(line)),
          `_sort=${sort}: an index is walked`
        )
    }
  }
  for (const sort of ['date', '-date', '-_lastUpdated'])
    t.notOk(
      plans('Observation', `_sort=${sort}&_count=20`, 0).some((line) => line === 'USE TEMP B-TREE FOR ORDER BY'),
      `_sort=${sort}: what the index gives is not sorted again, but for ties`
    )
  t.strictSame(readThrough(plans('Observation', 'patient=a&_sort=-date')), [])
  t.strictSame(readThrough(plans(undefined, '_type=Patient,Observation&_sort=-_lastUpdated', 0)), [])
  for (const query of ['_content=x', '_text=x', '_content=x&status=final'])
    t.strictSame(readThrough(plans('Observation', query)), [], query)
})
