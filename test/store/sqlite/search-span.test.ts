/** Searches of several keys, whose resources are neighbours, far apart or mixed: the same answer as looking at each, on every page and in any order. */
import { join } from 'node:path'
import t from 'tap'
import { parseSearch } from '#wardbridge/fhir/search-query.js'
import { openSqliteStore } from '#wardbridge/store/sqlite/store.js'
import { load } from '../../contract/repository.js'
import { newFolder } from './folder.js'

const COUNT = 900
const day = (n: number) => new Date(Date.UTC(2020, 0, 1 + ((n * 37) % 400))).toISOString().slice(0, 10)

/** Of the first 600 each patient has 100 neighbours, of the others every sixth; code `early` is in the first half only, `rare` in few. */
const OBSERVATIONS = Array.from({ length: COUNT }, (_, n) => ({
  id: `o${String(n).padStart(3, '0')}`,
  patient: n < 600 ? Math.floor(n / 100) : n % 6,
  codes: [`c${n % 7}`, ...(n < COUNT / 2 ? ['early'] : ['late']), ...(n % 97 === 0 ? ['rare'] : [])],
  date: day(n)
}))

t.test('patient, code and date together, page by page and sorted', async (t) => {
  const store = await openSqliteStore(join(newFolder(t), 'store.db'), { readers: 1 })
  t.teardown(() => store.close())
  await load(
    store,
    OBSERVATIONS.map(({ id, patient, codes, date }) => [
      'Observation',
      id,
      {
        status: 'final',
        code: { coding: codes.map((code) => ({ system: 'urn:c', code })) },
        subject: { reference: `Patient/p${patient}` },
        effectiveDateTime: date
      }
    ])
  )
  const pages = async (text: string) => {
    const query = parseSearch('Observation', [...new URLSearchParams(text)], { handling: 'strict' })
    const ids: string[] = []
    let cursor: string | undefined
    do {
      const page = await store.search(cursor === undefined ? query : { ...query, cursor })
      ids.push(...page.resources.map(({ id }) => id))
      cursor = page.next
    } while (cursor !== undefined)
    return ids
  }
  for (const patient of [0, 5, 6]) {
    for (const code of ['c3', 'early', 'late', 'rare', 'none']) {
      for (const from of ['2020-01-01', '2020-06-01', '2021-01-20']) {
        const all = OBSERVATIONS.filter((one) => one.patient === patient && one.codes.includes(code) && one.date >= from)
        const text = `patient=p${patient}&code=urn:c|${code}&date=ge${from}`
        t.strictSame(
          await pages(`${text}&_count=7`),
          all.map(({ id }) => id),
          text
        )
        const byDate = [...all].sort((a, b) => (a.date === b.date ? (a.id < b.id ? -1 : 1) : a.date > b.date ? -1 : 1))
        t.strictSame(
          await pages(`${text}&_sort=-date&_count=11`),
          byDate.map(({ id }) => id),
          `${text}, sorted`
        )
      }
    }
  }
  const both = OBSERVATIONS.filter(({ patient, codes }) => [1, 4].includes(patient) && codes.includes('c2'))
  t.strictSame(
    await pages('patient=p1,p4&code=c2&_count=50'),
    both.map(({ id }) => id),
    'a clause of two keys'
  )
  const { total } = await store.search(
    parseSearch(
      'Observation',
      [
        ['code', 'early'],
        ['patient', 'p5'],
        ['_total', 'accurate']
      ],
      { handling: 'strict' }
    )
  )
  t.equal(total, 0, 'keys that lie apart have nothing in common')
})
