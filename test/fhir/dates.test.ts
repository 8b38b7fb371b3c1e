import t from 'tap'
import { dateRange, timeRange } from '#wardbridge/fhir/dates.js'
import { Random } from './random.js'

const iso = (text: string) => {
  const range = dateRange(text)
  return range && [new Date(range.from).toISOString(), new Date(range.to).toISOString()]
}

t.test('a date stands for the range of its precision', async (t) => {
  t.same(iso('2026'), ['2026-01-01T00:00:00.000Z', '2027-01-01T00:00:00.000Z'])
  t.same(iso('2024-02'), ['2024-02-01T00:00:00.000Z', '2024-03-01T00:00:00.000Z'])
  t.same(iso('2026-12'), ['2026-12-01T00:00:00.000Z', '2027-01-01T00:00:00.000Z'])
  t.same(iso('2024-02-29'), ['2024-02-29T00:00:00.000Z', '2024-03-01T00:00:00.000Z'])
  t.same(iso('2026-01-02T03:04'), ['2026-01-02T03:04:00.000Z', '2026-01-02T03:05:00.000Z'])
  t.same(iso('2026-01-02T03:04:05'), ['2026-01-02T03:04:05.000Z', '2026-01-02T03:04:06.000Z'])
  t.same(iso('2026-01-02T03:04:05Z'), ['2026-01-02T03:04:05.000Z', '2026-01-02T03:04:06.000Z'])
  t.same(iso('2026-01-02T03:04:05.6+14:00'), ['2026-01-01T13:04:05.600Z', '2026-01-01T13:04:05.700Z'])
  t.same(iso('2026-01-02T03:04:05.6789-05:00'), ['2026-01-02T08:04:05.678Z', '2026-01-02T08:04:05.679Z'])
  t.same(iso('2026-01-02T03:04-05:30'), ['2026-01-02T08:34:00.000Z', '2026-01-02T08:35:00.000Z'])
  t.same(iso('2016-12-31T23:59:60Z'), ['2017-01-01T00:00:00.000Z', '2017-01-01T00:00:01.000Z'])
  t.same(iso('0001-01-01'), ['0001-01-01T00:00:00.000Z', '0001-01-02T00:00:00.000Z'])
  t.same(iso('9999'), ['9999-01-01T00:00:00.000Z', '+010000-01-01T00:00:00.000Z'])
  t.same(timeRange('01:02:03'), { from: 3723000, to: 3724000 })
})

t.test('what is no date has no range', async (t) => {
  const bad = [
    '',
    '0000',
    '20',
    '20260',
    '2026-',
    '2026-1',
    '2026-13',
    '2026-00',
    '2023-02-29',
    '1900-02-29',
    '2026-04-31',
    '2026-01-1',
    '2026-01-02T',
    '2026-01-02 03:04',
    '2026-01-02T3:04'
  ]
  bad.push(
    '2026-01-02T24:00',
    '2026-01-02T03:60',
    '2026-01-02T03:04:61',
    '2026-01-02T03:04:05.',
    '2026-01-02T03:04:05.x',
    '2026-01-02T03:04:05+14:01',
    '2026-01-02T03:04:05+5:00'
  )
  bad.push(
    '2026-01-02T03',
    '2026-01-02T03+01:00',
    '2026-01-02Z',
    '10/23/64 21:09',
    '２０２６',
    ' 2026',
    '2026 ',
    '2026-01-02T03:04:05ZZ',
    '2026-01-02T-01:00',
    'T03:04'
  )
  for (const text of bad) t.equal(dateRange(text), undefined, JSON.stringify(text))
  for (const text of ['', '24:00:00', '1:02:03', '01:02:03Z']) t.equal(timeRange(text), undefined, JSON.stringify(text))
})

t.test('agrees with Date on random instants, and finer precision lies within coarser', async (t) => {
  const random = new Random(42)
  for (let i = 0; i < 20000; i++) {
    const ms = Math.floor((random.next() - 0.3) * 8e13)
    const text = new Date(ms).toISOString()
    if (!/^\d{4}-/.test(text) || text.startsWith('0000')) continue
    let inner = dateRange(text)
    if (inner?.from !== ms || inner.to !== ms + 1) t.fail(text)
    for (const length of [22, 21, 19, 16, 10, 7, 4]) {
      const cut = text.slice(0, length)
      const outer = dateRange(length > 10 ? `${cut}Z` : cut)
      if (outer === undefined || inner === undefined || outer.from > inner.from || outer.to < inner.to)
        t.fail(`${cut} does not hold ${text}`)
      inner = outer
    }
    const offset = random.int(14 * 60)
    const zone = `${random.chance(0.5) ? '-' : '+'}${String(Math.floor(offset / 60)).padStart(2, '0')}:${String(offset % 60).padStart(2, '0')}`
    const zoned = text.replace('Z', zone)
    if (dateRange(zoned)?.from !== Date.parse(zoned)) t.fail(zoned)
  }
  t.pass()
})

t.test('never throws on random text', async (t) => {
  const random = new Random(5)
  const alphabet = '0123456789-:T.Z+ é'
  for (let i = 0; i < 20000; i++) {
    const base = random.chance(0.5) ? '2026-01-02T03:04:05.678+01:00'.split('') : []
    for (let n = random.int(6); n >= 0; n--) base.splice(random.int(base.length + 1), random.int(2), random.pick(alphabet.split('')))
    const range = dateRange(base.join(''))
    if (range !== undefined && !(range.from < range.to && Number.isInteger(range.from))) t.fail(base.join(''))
  }
  t.pass()
})
