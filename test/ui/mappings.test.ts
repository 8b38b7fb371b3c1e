import t from 'tap'
import { readPack } from '#wardbridge/files/packs.js'
import { LAST_LOAD } from '#wardbridge/ingest/report.js'
import { compilePack, loadPack, type MappedResource } from '#wardbridge/mapping/index.js'
import { jsonView } from '#wardbridge/ui/mappings/json-view.js'
import { ADMIN, type Built, build } from '../helper.js'
import { accepted, mapRow, type Row } from '../mapping/support.js'

const SOURCE = 'urn:example:page'
const FORM = { 'content-type': 'application/x-www-form-urlencoded' }

/** Puts resources of some rows into the store, as a load of the pack mimic-iii would. */
async function loaded({ ask, service }: Built): Promise<Record<string, MappedResource>> {
  const pack = compilePack(loadPack(await readPack('mimic-iii')), { source: SOURCE })
  const patient: Row = { subject_id: '7', gender: 'F', dob: '2050-01-01 00:00:00' }
  const admission: Row = { subject_id: '7', hadm_id: '8', admittime: '2101-01-01 08:00:00', insurance: 'Medicare', diagnosis: 'SEPSIS' }
  const ward: Row = { row_id: '5', subject_id: '7', hadm_id: '8', transfertime: '2101-01-01 09:00:00', curr_service: 'MED' }
  const lab: Row = { row_id: '9', subject_id: '7', hadm_id: '8', itemid: '50912', value: '1.10', valueuom: 'mg/dL', valuenum: '1.1' }
  const made = [
    ...accepted(mapRow(pack, 'patients', patient)),
    ...accepted(mapRow(pack, 'admissions', admission, [{ table: 'services', row: ward }])),
    ...accepted(mapRow(pack, 'labevents', lab))
  ]
  for (const { type, id, text } of made) {
    const answer = await ask('PUT', `/fhir/${type}/${id}`, { body: text })
    if (answer.status !== 201) throw new Error(answer.text)
  }
  await service.setNote(
    ADMIN,
    LAST_LOAD,
    JSON.stringify({ mapping: 'mimic-iii', source: SOURCE, tables: [{ table: 'patients', rowsIn: 1 }] })
  )
  return Object.fromEntries(made.map((one) => [one.as, one]))
}

t.test('the page lists packs and tables, and needs no token', async (t) => {
  const { ask } = await build(t)
  const { status, text, headers } = await ask('GET', '/mappings', { token: false })
  t.equal(status, 200)
  t.equal(headers['content-type'], 'text/html; charset=utf-8')
  for (const table of ['mimic-iii/admissions', 'mimic-iii/labevents', 'hospital/questions'])
    t.match(text, `href="/mappings?table=${table}"`)
})

t.test('a table shows its example, its columns and its code maps with their notes', async (t) => {
  const { ask } = await build(t)
  const { status, text } = await ask('GET', '/mappings?table=mimic-iii/admissions', { token: false })
  t.equal(status, 200)
  t.match(text, '<option value="mimic-iii/admissions" selected>')
  t.match(text, /from admissions line \d+, hadm_id \d+/)
  t.match(text, '<code>Encounter.hospitalization.admitSource</code>')
  t.match(text, 'id="map-admission-location"')
  t.match(text, 'outp would mean a department of this hospital.')
  t.match(text, /from other rows, [^<]*diagnoses_icd line \d+/)
  const chosen = /href="\/mappings\?table=mimic-iii\/admissions&amp;line=(\d+)"/.exec(text)?.[1]
  t.match(
    (await ask('GET', `/mappings?table=mimic-iii/admissions&line=${chosen}`, { token: false })).text,
    `from admissions line ${chosen},`
  )
})

t.test('what is chosen by a number is there: every piece names a column, every link to a piece leads to it', async (t) => {
  const { ask } = await build(t)
  for (const table of ['mimic-iii/admissions', 'mimic-iii/labevents', 'hospital/questions']) {
    const { text } = await ask('GET', `/mappings?table=${table}`, { token: false })
    const ids = new Set([...text.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id))
    t.equal(ids.size, [...text.matchAll(/ id="([^"]+)"/g)].length, 'no id twice')
    const targets = [...text.matchAll(/ (?:for|href|aria-labelledby|form)="#?([^"/]+)"/g)].map(([, id]) => id)
    t.same(
      targets.filter((id) => !ids.has(id)),
      [],
      table
    )
    t.ok(targets.length > 10)
  }
})

t.test('no script, no inline style, nothing from elsewhere; its style sheet lights up a column and its pieces', async (t) => {
  const { ask } = await build(t)
  const { text, headers } = await ask('GET', '/mappings?table=mimic-iii/labevents', { token: false })
  t.notMatch(text, /<script|\sstyle=|\son\w+=|(src|href)="https?:/)
  t.notMatch(headers['content-security-policy'], 'unsafe')
  const css = (await ask('GET', '/assets/mappings.css', { token: false })).text
  t.match(css, '.pair:has(#column-3:checked) .c3')
})

t.test('an unknown pack or table is 404, whatever it is called', async (t) => {
  const { ask } = await build(t)
  for (const table of ['mimic-iii/starships', 'nowhere/patients', '../../etc', 'mimic-iii/', '%3Cscript%3E/x']) {
    const answer = await ask('GET', `/mappings?table=${table}`, { token: false })
    t.equal(answer.status, 404, table)
    t.notMatch(answer.text, '<script>')
  }
})

t.test('who may read a resource is told its row, with the cells beside the stored JSON', async (t) => {
  const built = await build(t)
  const { ask, token } = built
  const made = await loaded(built)
  const find = (as: string) =>
    ask('POST', '/mappings/row', {
      token: false,
      headers: FORM,
      body: `resource=${made[as]?.type}/${made[as]?.id}&token=${token('analyst')}`
    })
  const lab = await find('lab')
  t.equal(lab.status, 200)
  t.equal(lab.headers['cache-control'], 'no-store')
  t.match(lab.text, '<b>labevents row_id 9</b>')
  t.match(lab.text, /<tr class="c5">[\s\S]*?<span class="cell">1\.10<\/span>/)
  t.match(lab.text, /<label[^>]* class="part c5 val"[^>]*><i>&quot;value&quot;<\/i>: 1\.10<\/label>/)
  t.match((await find('encounter')).text, '<b>admissions hadm_id 8</b>')
  const encounter = (await find('encounter')).text
  t.match(
    encounter,
    /<button class="chip" form="ask" name="row" value="1">services row_id 5<\/button>/,
    'and the rows that are items of it'
  )
  const item = await ask('GET', `/mappings/row?resource=Encounter/${made['encounter']?.id}&row=1`)
  t.match(item.text, 'The row is an item of it: <b>services row_id 5</b>')
  t.match(item.text, /<label[^>]* class="part c\d+ val"[^>]*>&quot;MED&quot;<\/label>/)
  t.match((await find('coverage')).text, '<b>admissions hadm_id 8</b>', 'also of a resource that does not stand for the row')
  t.match((await find('payor')).text, 'Several rows make such a resource alike: <b>admissions</b>')
  const header = await ask('GET', `/mappings/row?resource=Encounter/${made['encounter']?.id}`)
  t.match(header.text, '<b>admissions hadm_id 8</b>', 'with the token in the header too')
})

t.test('nobody else is told anything of the store', async (t) => {
  const built = await build(t)
  const { ask, token } = built
  const made = await loaded(built)
  const resource = `Encounter/${made['encounter']?.id}`
  const send = (body: string) => ask('POST', '/mappings/row', { token: false, headers: FORM, body })
  for (const [body, status] of [
    [`resource=${resource}`, 401],
    [`resource=${resource}&token=nonsense`, 401],
    [`resource=${resource}&token=${token('nobody')}`, 403],
    [`resource=Encounter/none&token=${token()}`, 404],
    [`resource=Starship/1&token=${token()}`, 404],
    [`resource=&token=${token()}`, 404],
    ['', 401]
  ] as const) {
    const answer = await send(body)
    t.equal(answer.status, status, body.replace(/token=.*/, 'token=…'))
    t.match(answer.headers['content-type'], 'text/html')
    t.notMatch(answer.text, 'SEPSIS')
    if (status === 401) t.notMatch(answer.text, /value="(nonsense|ey)/, 'a refused token is not given back')
  }
  t.equal((await ask('GET', `/mappings/row?resource=${resource}`, { token: false })).status, 401)
  const empty = await ask('GET', `/mappings?resource=${resource}`, { token: false })
  t.match(empty.text, `value="${resource}"`)
  t.notMatch(empty.text, 'SEPSIS')
})

t.test('without a token on a server that asks for none; a resource that no row made is told so', async (t) => {
  const built = await build(t, { noAuth: true })
  const { ask, service } = built
  const patient = await ask('PUT', '/fhir/Patient/own', { body: { resourceType: 'Patient', id: 'own' } })
  t.equal(patient.status, 201)
  const page = await ask('GET', '/mappings', { token: false, headers: { host: 'localhost' } })
  t.notMatch(page.text, 'name="token"')
  const send = () => ask('POST', '/mappings/row', { token: false, headers: { ...FORM, host: 'localhost' }, body: 'resource=Patient/own' })
  t.match((await send()).text, 'does not name a mapping')
  await service.setNote(ADMIN, LAST_LOAD, JSON.stringify({ mapping: 'mimic-iii', source: SOURCE, tables: [{ table: 'x', rowsIn: 0 }] }))
  t.match((await send()).text, 'It was not made by this mapping')
  const elsewhere = await ask('POST', '/mappings/row', {
    token: false,
    headers: { ...FORM, host: 'evil.example.org' },
    body: 'resource=Patient/own'
  })
  t.equal(elsewhere.status, 421)
})

t.test('the JSON shown is the JSON, whatever the pieces are', async (t) => {
  const text = '{"a":[{"b":"x, {\\"y\\": [1]} <&>","c":[]},{"d":1.10}],"e":{},"f":[true,null,-1e5]}'
  const range = { table: 't', column: 'c', role: 'value', line: 1 } as const
  const ranges = [
    { ...range, start: text.indexOf('"x,'), end: text.indexOf(',"c"') },
    { ...range, start: text.indexOf('{"d"'), end: text.indexOf('],"e"') }
  ]
  const shown = jsonView('p', text, ranges, () => ({ column: 0, decides: false }))
    .map((piece) => piece.text)
    .join('')
  const plain = shown
    .replaceAll(/<[^>]+>/g, '')
    .replaceAll('&quot;', '"')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
  t.same(JSON.parse(plain), JSON.parse(text))
  t.match(plain, '1.10')
})
