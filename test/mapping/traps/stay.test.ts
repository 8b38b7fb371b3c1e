/** Traps of SERVICES, TRANSFERS, CALLOUT and NOTEEVENTS. All with the real rows but NOTEEVENTS: the demo has no note, so notes have rows made here. */
import t from 'tap'
import { accepted, comesBack, installed, mapRow, type Row, tableOf } from '../support.js'
import { absent, demoRow, demoTable, extensionOf, made, type Resource } from './demo.js'

const pack = await installed('mimic-iii')
const callout = (row: Row): Resource => made(pack, 'callout', row)['callout']
const note = (row: Row): Resource => made(pack, 'noteevents', row)['note']

/** The value of a task's input or output by its local code. */
const part = (task: Resource, list: 'input' | 'output', code: string): Resource =>
  task[list]?.find((one: Resource) => one.type.coding[0].code === code)

/** The Encounter of an admission with all rows of some tables, and what else those rows make. */
function stay(hadm: string, tables: readonly string[]): Resource {
  const of = (table: string) => demoTable(table).filter((row) => row['hadm_id'] === hadm)
  const others = tables.flatMap((table) => of(table).map((row) => ({ table, row })))
  return made(pack, 'admissions', of('admissions')[0] ?? {}, others)['encounter']
}
const admissions = absent === false ? demoTable('admissions').map((row) => row['hadm_id'] ?? '') : []
const all = (element: Resource, url: string): Resource[] => (element.extension ?? []).filter((one: Resource) => one.url.endsWith(`/${url}`))

t.test('the service of a stay is the first one; every change has its time', { skip: absent }, async (t) => {
  let changed = 0
  for (const hadm of admissions) {
    const encounter = stay(hadm, ['services'])
    const rows = demoTable('services')
      .filter((row) => row['hadm_id'] === hadm)
      .sort((a, b) => ((a['transfertime'] ?? '') < (b['transfertime'] ?? '') ? -1 : 1))
    const found = all(encounter, 'service-change')
    t.equal(encounter.serviceType.coding[0].code, rows[0]?.['curr_service'])
    t.same(
      found.map((one) => [extensionOf(one, 'service').valueCoding.code, extensionOf(one, 'time').valueDateTime]),
      rows.map((row) => [row['curr_service'], `${row['transfertime']?.replace(' ', 'T')}-05:00`])
    )
    if (rows.length > 1) changed++
  }
  t.equal(changed, 26, '26 of 129 stays change')
})

t.test('OMED keeps its letters: nobody is called orthopaedic', { skip: absent }, async (t) => {
  const row = demoTable('services').find((one) => one['curr_service'] === 'OMED' && one['prev_service'] === '') ?? {}
  t.same(stay(row['hadm_id'] ?? '', ['services']).serviceType, {
    coding: [{ system: 'https://fhir.wardbridge.dev/CodeSystem/mimic-iii-service', code: 'OMED' }],
    text: 'OMED'
  })
})

t.test('395 stays in wards are locations of the Encounter, 129 discharges are none', { skip: absent }, async (t) => {
  let wards = 0
  let discharges = 0
  for (const hadm of admissions) {
    const encounter = stay(hadm, ['transfers'])
    wards += encounter.location.length
    for (const one of all(encounter, 'ward-transfer')) {
      t.equal(extensionOf(one, 'event').valueCode, 'discharge')
      discharges++
    }
    const starts = encounter.location.map((one: Resource) => one.period.start)
    t.same(starts, [...starts].sort(), 'in the order of time')
  }
  t.same([wards, discharges], [395, 129])
})

t.test('the length of a stay in a ward is in hours, that of an ICU stay in days', { skip: absent }, async (t) => {
  const [ward] = stay('142345', ['transfers']).location
  t.match(extensionOf(extensionOf(ward, 'ward-transfer'), 'length').valueDuration, { value: 39.18, unit: 'h', code: 'h' })
  const icu = made(pack, 'icustays', demoTable('icustays').find((row) => row['hadm_id'] === '142345') ?? {})['icu-stay']
  t.match(icu.length, { value: 1.6325, unit: 'd', code: 'd' })
})

t.test('a ward has no fixed name: a place is a ward and the unit it served', { skip: absent }, async (t) => {
  const places = new Map<string, Resource>()
  for (const row of demoTable('transfers').filter((one) => one['curr_wardid'] !== '')) {
    const admission = { table: 'admissions', row: demoTable('admissions').find((one) => one['hadm_id'] === row['hadm_id']) ?? {} }
    const { location } = made(pack, 'transfers', row, [admission, { table: 'transfers', row }])
    places.set(location.id, location)
  }
  t.equal(places.size, 36)
  const units = [...places.values()].filter((place) => place.type !== undefined)
  const numbers = units.map((place) => place.identifier[0].value.split('-')[0])
  const several = new Set(numbers.filter((number, index) => numbers.indexOf(number) !== index))
  t.equal(several.size, 6, 'six wards served several units')
  for (const place of units) t.equal(place.type[0].coding[1].code, place.type[0].text === 'CCU' ? 'CCU' : 'ICU')
})

t.test('an ICU stay and a transfer name the same place', { skip: absent }, async (t) => {
  const icu = made(pack, 'icustays', demoTable('icustays').find((row) => row['hadm_id'] === '142345') ?? {})
  const [ward] = stay('142345', ['transfers']).location
  t.equal(ward.location.reference, icu['icu-stay'].location[0].location.reference)
  const row = demoRow('transfers', 54440)
  const admission = { table: 'admissions', row: demoTable('admissions').find((one) => one['hadm_id'] === '142345') ?? {} }
  t.same(made(pack, 'transfers', row, [admission, { table: 'transfers', row }])['location'], icu['location'], 'told alike by both tables')
})

t.test('a request for MRSA precautions is a request and no infection', { skip: absent }, async (t) => {
  const rows = demoTable('callout')
  const asked = rows.filter((row) => part(callout(row), 'input', 'request-mrsa').valueBoolean === true)
  t.equal(asked.length, 17)
  t.ok(
    rows.every((row) => Object.keys(made(pack, 'callout', row)).join() === 'callout'),
    'a row gives its Task and nothing else'
  )
})

t.test('a flag of 0 is said, not left out', { skip: absent }, async (t) => {
  const task = callout(demoRow('callout', 3917))
  t.equal(part(task, 'input', 'request-tele').valueBoolean, true)
  for (const name of ['resp', 'cdiff', 'mrsa', 'vre']) t.equal(part(task, 'input', `request-${name}`).valueBoolean, false, name)
})

t.test('a cancelled call-out did not happen', { skip: absent }, async (t) => {
  const count = (status: string) => demoTable('callout').filter((row) => callout(row).status === status).length
  t.equal(count('completed'), 71)
  t.equal(count('cancelled'), 6)
  const cancelled = demoTable('callout').find((row) => row['callout_outcome'] === 'Cancelled') ?? {}
  t.equal(callout(cancelled).output, undefined, 'the patient left for nowhere')
})

t.test('a call-out without an outcome still waits', async (t) => {
  const row = { row_id: '1', subject_id: '2', hadm_id: '3', createtime: '2149-05-31 10:44:34', callout_status: 'Reserved' }
  t.equal(callout(row).status, 'requested')
  t.same(comesBack(tableOf(pack, 'callout'), accepted(mapRow(pack, 'callout', row)))['callout_status'], 'Reserved')
})

t.test('ward 0 is home and is kept', { skip: absent }, async (t) => {
  const home = demoTable('callout').filter((row) => row['discharge_wardid'] === '0')
  t.equal(home.length, 3)
  for (const row of home) t.equal(part(callout(row), 'output', 'discharge-ward').valueInteger, 0)
})

t.test('ward and unit of a call-out name no place: the ward is overwritten when the patient moves', { skip: absent }, async (t) => {
  // Ward 45 is no part of the CCU; the call-out came from ward 7.
  const task = callout(demoRow('callout', 3917))
  t.equal(extensionOf(extensionOf(task, 'callout-current-place'), 'ward').valueInteger, 45)
  t.equal(extensionOf(extensionOf(task, 'callout-current-place'), 'unit').valueString, 'CCU')
  t.equal(task.location, undefined)
})

t.test('an update before the creation is no lastModified, and comes back', async (t) => {
  const row = { row_id: '1', subject_id: '2', hadm_id: '3', createtime: '2149-05-31 10:44:34', updatetime: '2149-05-31 10:44:33' }
  t.equal(callout(row).lastModified, undefined)
  t.equal(comesBack(tableOf(pack, 'callout'), accepted(mapRow(pack, 'callout', row)))['updatetime'], '2149-05-31 10:44:33')
})

const NOTE = {
  row_id: '174',
  subject_id: '22532',
  hadm_id: '167853',
  chartdate: '2151-08-04',
  category: 'Discharge summary',
  description: 'Report',
  text: 'Admission Date:  [**2151-7-16**]\n\nTemp 38.5°C\r\n\u0007 "quoted" \\ '
}
const text = (resource: Resource): string => Buffer.from(resource.content[0].attachment.data, 'base64').toString('utf8')

t.test('the text of a note is UTF-8 with every character, control characters too', async (t) => {
  const document = note(NOTE)
  t.equal(document.content[0].attachment.contentType, 'text/plain; charset=utf-8')
  t.equal(text(document), NOTE.text)
})

t.test('a note without a time has its day and no midnight', async (t) => {
  const document = note(NOTE)
  t.same(document.context.period, { start: '2151-08-04', end: '2151-08-04' })
  t.equal(document.date, undefined)
  t.equal(note({ ...NOTE, charttime: '2151-08-04 09:30:00' }).date, '2151-08-04T09:30:00-05:00')
})

t.test('the time of saving is not the time of the note', async (t) => {
  const document = note({ ...NOTE, charttime: '2151-08-04 09:30:00', storetime: '2151-08-05 17:00:00' })
  t.equal(document.date, '2151-08-04T09:30:00-05:00')
  t.equal(extensionOf(document, 'note-stored').valueDateTime, '2151-08-05T17:00:00-05:00')
})

t.test('a note marked as an error is entered-in-error', async (t) => {
  t.equal(note({ ...NOTE, iserror: '1' }).status, 'entered-in-error')
  t.equal(note({ ...NOTE, iserror: '0' }).status, 'current')
  t.equal(note(NOTE).status, 'current')
})

t.test('only what a category says becomes a document type; the local code stands first', async (t) => {
  const loinc = (category: string, description: string) =>
    note({ ...NOTE, category, description })
      .type.coding.filter((coding: Resource) => coding.system === 'http://loinc.org')
      .map((coding: Resource) => coding.code)
  t.same(loinc('Discharge summary', 'Addendum'), ['18842-5'])
  t.same(loinc('Nursing', 'Nursing Progress Note'), ['34746-8'])
  t.same(loinc('Nursing/other', 'Report'), ['34746-8'])
  t.same(loinc('Radiology', 'CHEST (PORTABLE AP)'), ['18748-4'])
  t.same(loinc('ECG', 'Report'), ['11524-6'])
  t.same(loinc('Physician', 'Physician Resident Progress Note'), ['11506-3'])
  t.same(loinc('Physician', 'Physician Resident Admission Note'), [], 'an admission note is no progress note')
  t.same(loinc('General', 'Generic Note'), [])
  t.match(note(NOTE).type.coding[0], { system: /mimic-iii-note-category$/, code: 'Discharge summary' })
})

t.test('a note outside an admission has no encounter', async (t) => {
  t.equal(note({ ...NOTE, hadm_id: '' }).context.encounter, undefined)
})

t.test('every cell of a note comes back', async (t) => {
  const full = { ...NOTE, charttime: '2151-08-04 09:30:00', storetime: '2151-08-05 17:00:00', cgid: '16929', iserror: '1' }
  for (const row of [NOTE, full, { ...full, text: '', hadm_id: '', description: '' }, { ...full, category: 'Physician ', iserror: '0' }]) {
    const back = comesBack(tableOf(pack, 'noteevents'), accepted(mapRow(pack, 'noteevents', row)))
    const wanted = Object.fromEntries(tableOf(pack, 'noteevents').columns.map(({ name }) => [name, (row as Row)[name] ?? '']))
    t.same(back, wanted)
  }
})
