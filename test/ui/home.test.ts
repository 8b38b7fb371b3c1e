import t from 'tap'
import { loadSettings } from '#wardbridge/config.js'
import { LAST_LOAD } from '#wardbridge/ingest/report.js'
import { showsCounts } from '#wardbridge/ui/pages.js'
import { ADMIN, build, patient } from '../helper.js'

const report = {
  tables: [
    { table: 'PATIENTS', rowsIn: 1000, mapped: 999, merged: 0, dictionary: 0, unmapped: 0, rejected: 1, resources: { Patient: 999 } },
    { table: 'D_<b>', rowsIn: 5, mapped: 0, merged: 0, dictionary: 5, unmapped: 0, rejected: 0, resources: {} }
  ]
}

t.test('the page shows counts per type and dispositions per table, never what is in a resource', async (t) => {
  const { ask, service } = await build(t)
  const empty = await ask('GET', '/', { token: false })
  t.equal(empty.status, 200)
  t.equal(empty.headers['content-type'], 'text/html; charset=utf-8')
  t.match(empty.text, 'Nothing yet')

  for (const id of ['a1', 'b2', 'c3']) await ask('PUT', `/fhir/Patient/${id}`, { body: patient({ id }) })
  await service.setNote(ADMIN, LAST_LOAD, JSON.stringify(report))
  const { text } = await ask('GET', '/', { token: false })
  t.match(text, /<th scope="row">Patient<\/th>.*<td class="n">3<\/td>/)
  t.match(text, /<th scope="row">PATIENTS<\/th>/)
  t.match(text, '1,005 rows, each accounted for')
  t.match(text, 'D_&lt;b&gt;')
  t.notMatch(text, 'Ardent')
  t.notMatch(text, 'a1')
  t.notMatch(text, /eyJ/)
})

t.test('rows that are not accounted for are told', async (t) => {
  const { ask, service } = await build(t)
  await ask('PUT', '/fhir/Patient/a1', { body: patient({ id: 'a1' }) })
  await service.setNote(ADMIN, LAST_LOAD, JSON.stringify({ tables: [{ ...report.tables[0], mapped: 990 }] }))
  t.match((await ask('GET', '/', { token: false })).text, 'not all accounted for')
})

t.test('a page that others can reach shows no counts', async (t) => {
  const { ask } = await build(t, { publicUrl: 'https://fhir.example.org' })
  await ask('PUT', '/fhir/Patient/a1', { body: patient({ id: 'a1' }) })
  const { text } = await ask('GET', '/', { token: false })
  t.notMatch(text, '<th scope="row">Patient</th>')
  t.match(text, 'shows no counts')
  for (const [options, shown] of [
    [{}, true],
    [{ host: '::1' }, true],
    [{ publicUrl: 'http://localhost:8080' }, true],
    [{ host: '0.0.0.0' }, false],
    [{ host: '10.0.0.5' }, false],
    [{ trustProxy: 'loopback' }, false],
    [{ publicUrl: 'http://ward.example.org' }, false]
  ] as const) {
    t.equal(showsCounts(loadSettings(options, {})), shown, JSON.stringify(options))
  }
})

t.test('the page has no script, no inline style and nothing from elsewhere', async (t) => {
  const { ask } = await build(t)
  const { text } = await ask('GET', '/', { token: false })
  t.notMatch(text, /<script|\sstyle=|\son\w+=|(src|href)="https?:/)
  for (const [, url = ''] of text.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g))
    t.equal((await ask('GET', url, { token: false })).status, 200, url)
})
