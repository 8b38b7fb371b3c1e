/** `:text` goes by an index, which says the same as the bodies whichever way they came in. */
import { join } from 'node:path'
import t from 'tap'
import { parseSearch } from '#wardbridge/fhir/search-query.js'
import { openSqliteStore } from '#wardbridge/store/sqlite/store.js'
import { load } from '../../contract/repository.js'
import { newFolder } from './folder.js'

const coding = (code: string | undefined, display: string) => ({ system: 'urn:c', code, display })
const RESOURCES: ReadonlyArray<readonly [string, string, object]> = [
  ['Observation', 'display', { status: 'final', code: { coding: [coding('1', 'Blood  Glucose')] } }],
  ['Observation', 'second', { status: 'final', code: { coding: [coding('2', 'Sugar'), coding('1', 'Blood glucose')] } }],
  ['Observation', 'text', { status: 'final', code: { text: 'Blóod, (GLUCOSE)' } }],
  ['Observation', 'both', { status: 'final', code: { text: 'Blood glucose', coding: [{ code: '3' }] } }],
  ['Observation', 'no-code', { status: 'final', code: { coding: [coding(undefined, 'Blood glucose')] } }],
  ['Observation', 'other-text', { status: 'final', code: { coding: [coding('1', 'Glucose in blood')] } }],
  ['Observation', 'elsewhere', { status: 'final', code: { text: 'x' }, category: [{ text: 'Blood glucose' }] }],
  ['Patient', 'typed', { identifier: [{ value: '7', type: { text: 'Blood donor', coding: [{ display: 'Donor' }] } }] }]
]
const FOUND = ['both', 'display', 'no-code', 'second', 'text']

t.test(':text finds what begins with the words, whether written singly, loaded, changed or indexed anew', async (t) => {
  const folder = newFolder(t)
  for (const way of ['single', 'loaded'] as const) {
    const store = await openSqliteStore(join(folder, `${way}.db`), { readers: 1 })
    t.teardown(() => store.close())
    const put = ([type, id, body]: (typeof RESOURCES)[number]) =>
      ({ method: 'put', type, id, text: JSON.stringify({ resourceType: type, id, ...body }) }) as const
    if (way === 'loaded') await load(store, RESOURCES)
    else await store.commit(RESOURCES.map(put))
    const ids = async (type: string, query: string) => {
      const { resources } = await store.search(parseSearch(type, [...new URLSearchParams(query)], { handling: 'strict' }))
      return resources.map(({ id }) => id).sort()
    }
    t.strictSame(await ids('Observation', 'code:text=blood gl'), FOUND, way)
    t.strictSame(await ids('Observation', 'code:text=blood gl,sug'), FOUND)
    t.strictSame(await ids('Observation', 'code:text=glucose'), ['other-text'], 'not in the middle')
    t.strictSame(await ids('Patient', 'identifier:text=BLOOD'), ['typed'])
    t.strictSame(await ids('Patient', 'identifier:text=donor'), ['typed'], 'the display of the type')
    t.strictSame(await ids('Observation', 'category:text=blood'), ['elsewhere'])

    await store.commit([put(['Observation', 'display', { status: 'final', code: { coding: [coding('1', 'Sodium')] } }])])
    await store.commit([put(['Observation', 'text', { status: 'final', code: { text: 'Potassium' } }])])
    t.strictSame(await ids('Observation', 'code:text=blood'), ['both', 'no-code', 'second'], 'not by the texts of old versions')
    t.strictSame(await ids('Observation', 'code:text=sodium'), ['display'])
    t.strictSame(await ids('Observation', 'code:text=potassium'), ['text'])
    t.strictSame((await store.verify({ rebuild: false })).problems, [])
    t.strictSame((await store.verify({ rebuild: true })).problems, [])
    t.strictSame(await ids('Observation', 'code:text=blood'), ['both', 'no-code', 'second'])
  }
})
