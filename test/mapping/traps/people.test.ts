/** Patients, admissions and ICU stays whose rows would mislead a mapping that takes them at their word. */
import t from 'tap'
import type { Row } from '../support.js'
import { absent, demo, extension } from './real.js'

t.test('people and stays of the MIMIC-III demo', { skip: absent }, async (t) => {
  const real = await demo()
  const patient = (id: string) => real.row('patients', 'subject_id', id)
  const admission = (id: string) => real.row('admissions', 'hadm_id', id)
  const admissionsOf = (id: string) =>
    real
      .rows('admissions')
      .filter((row) => row['subject_id'] === id)
      .map((row) => ({ table: 'admissions', row }))
  const person = (id: string, others = admissionsOf(id)) => real.make('patients', patient(id), others)['patient']

  t.test('a patient over 89 has no date of birth but the reason, and the shifted one where nobody takes it for an age', async (t) => {
    for (const id of ['10026', '10036', '10094', '40655', '41983', '42458', '43827', '44154']) {
      const made = person(id)
      t.notOk('birthDate' in made, `${id}: no birthDate`)
      t.match(made._birthDate, { extension: [{ valueCode: 'masked' }] }, `${id}: masked`)
      t.equal(extension(made, 'raw-date-of-birth').valueString, patient(id)['dob'], `${id}: the cell is kept`)
    }
    t.equal(person('10006').birthDate, '2094-03-05', 'others keep theirs')
    t.equal(real.rows('patients').filter((row) => (row['dob'] ?? '') < '2000').length, 8, 'eight of a hundred')
  })

  t.test('a death in hospital is a time, one outside the day alone', async (t) => {
    t.equal(person('10011').deceasedDateTime, '2126-08-28T18:59:00-05:00')
    t.equal(person('10017').deceasedDateTime, '2152-09-12')
  })

  t.test('both registers of death stay readable where they contradict each other', async (t) => {
    const made = person('42231')
    t.equal(extension(made, 'date-of-death-hospital').valueDate, '2105-05-18')
    t.equal(extension(made, 'date-of-death-ssn').valueDate, '2103-05-18')
    t.equal(made.deceasedDateTime.slice(0, 10), '2105-05-18', 'the hospital knew')
  })

  t.test('a discharge a day before the death changes neither', async (t) => {
    const { encounter } = real.make('admissions', admission('129273'))
    t.match(encounter, { status: 'finished', period: { end: '2155-03-11T15:00:00-05:00' } })
    t.equal(person('40687').deceasedDateTime, '2155-03-12T15:00:00-05:00')
  })

  t.test('a stay that begins after the death is mapped as recorded', async (t) => {
    // Organ donors of the full set; the demo has none, so the real row is moved.
    const row: Row = { ...admission('105331'), admittime: '2126-08-29 01:00:00', dischtime: '2126-08-29 09:00:00' }
    t.match(real.make('admissions', row)['encounter'], {
      status: 'finished',
      period: { start: '2126-08-29T01:00:00-05:00', end: '2126-08-29T09:00:00-05:00' }
    })
  })

  t.test('every admission is inpatient, however urgent', async (t) => {
    const classes = new Set(real.rows('admissions').map((row) => real.make('admissions', row)['encounter'].class.code))
    t.same([...classes], ['IMP'])
    t.match(real.make('admissions', admission('142345'))['encounter'].priority.coding, [
      { code: 'EMERGENCY' },
      { code: 'EM' },
      { code: 'E' }
    ])
  })

  t.test('times have one offset, in summer as in winter', async (t) => {
    const summer = real.make('admissions', admission('157609'))['encounter'].period.start
    const winter = real.make('admissions', admission('186361'))['encounter'].period.start
    t.same([summer.slice(-6), winter.slice(-6)], ['-05:00', '-05:00'])
    for (const row of real.rows('admissions')) {
      const { period } = real.make('admissions', row)['encounter']
      const written = Date.parse(`${row['dischtime']}Z`) - Date.parse(`${row['admittime']}Z`)
      if (Date.parse(period.end) - Date.parse(period.start) !== written) t.fail(`${row['hadm_id']} gains or loses time`)
    }
  })

  t.test('an admission before the end of the emergency visit keeps both periods', async (t) => {
    const [visit, stay] = real.make('admissions', admission('160442'))['encounter'].classHistory
    t.match(visit, { class: { code: 'EMER' }, period: { end: '2130-10-06T01:30:00-05:00' } })
    t.match(stay, { class: { code: 'IMP' }, period: { start: '2130-10-06T01:34:00-05:00' } })
    t.equal(real.rows('admissions').filter((row) => real.make('admissions', row)['encounter'].classHistory).length, 92)
  })

  t.test('insurance is what each admission had', async (t) => {
    const types = (id: string) => real.make('admissions', admission(id))['coverage'].type.text
    t.same(['169938', '168233', '149044'].map(types), ['Medicare', 'Medicare', 'Private'])
    t.same(['186361', '157609'].map(types), ['Private', 'Medicaid'])
    t.notOk('period' in real.make('admissions', admission('149044'))['coverage'], 'without a period that nobody recorded')
  })

  t.test('Hispanic is an ethnicity and no race', async (t) => {
    const hispanic = real.rows('admissions').filter((row) => row['ethnicity']?.startsWith('HISPANIC'))
    t.equal(hispanic.length, 17)
    for (const id of new Set(hispanic.map((row) => row['subject_id'] ?? ''))) {
      const made = person(id)
      const race = extension(made, 'us-core-race')
      t.equal(extension(race, 'ombCategory').valueCoding.code, 'UNK', `${id}: race unknown`)
      t.equal(extension(extension(made, 'us-core-ethnicity'), 'ombCategory').valueCoding.code, '2135-2', `${id}: Hispanic or Latino`)
      t.match(extension(race, 'text').valueString, /^HISPANIC/, `${id}: the source's words`)
    }
    const puertoRican = hispanic.find((row) => row['ethnicity'] === 'HISPANIC/LATINO - PUERTO RICAN')
    t.equal(extension(extension(person(puertoRican?.['subject_id'] ?? ''), 'us-core-ethnicity'), 'detailed').valueCoding.code, '2180-8')
  })

  t.test('no race says Not Hispanic', async (t) => {
    for (const row of real.rows('patients')) t.notMatch(JSON.stringify(person(row['subject_id'] ?? '')), /2186-5/)
  })

  t.test('ethnicities that earlier mappings dropped keep a race, and the birth sex beside it', async (t) => {
    const expected: Record<string, string | undefined> = {
      'AMERICAN INDIAN/ALASKA NATIVE FEDERALLY RECOGNIZED TRIBE': '1002-5',
      'UNABLE TO OBTAIN': 'UNK',
      'UNKNOWN/NOT SPECIFIED': 'UNK',
      OTHER: undefined
    }
    for (const [words, code] of Object.entries(expected)) {
      const row = real.row('admissions', 'ethnicity', words)
      const made = person(row['subject_id'] ?? '')
      const race = extension(made, 'us-core-race')
      t.equal(extension(race, 'ombCategory')?.valueCoding.code, code, words)
      t.equal(extension(race, 'text').valueString, words, `${words} in its own words`)
      t.ok(extension(made, 'us-core-birthsex').valueCode, `${words}: birth sex`)
    }
  })

  t.test('separated is not annulled', async (t) => {
    t.match(person('10006').maritalStatus.coding, [
      { code: 'SEPARATED' },
      { system: 'http://terminology.hl7.org/CodeSystem/v2-0002', code: 'A' }
    ])
  })

  t.test('an empty cell of a later admission erases nothing', async (t) => {
    const [first] = admissionsOf('10006')
    const later: Row = {
      ...first?.row,
      hadm_id: '1',
      admittime: '2170-01-01 00:00:00',
      religion: '',
      marital_status: '',
      language: '',
      ethnicity: ''
    }
    const made = person('10006', [...admissionsOf('10006'), { table: 'admissions', row: later }])
    t.match(made.maritalStatus.text, 'SEPARATED')
    t.match(extension(made, 'patient-religion').valueCodeableConcept.text, 'CATHOLIC')
    t.match(extension(extension(made, 'us-core-race'), 'text').valueString, 'BLACK/AFRICAN AMERICAN')
    const changed = person('10006', [{ table: 'admissions', row: { ...later, religion: 'JEWISH' } }, ...admissionsOf('10006')])
    t.match(
      extension(changed, 'patient-religion').valueCodeableConcept.text,
      'JEWISH',
      'a later word takes its place, whatever the order of the rows'
    )
  })

  t.test('an ICU stay outside its admission stays as recorded, within it by partOf', async (t) => {
    const rows = real.rows('icustays')
    const outside = rows.filter((row) => {
      const stay = admission(row['hadm_id'] ?? '')
      return (row['intime'] ?? '') < (stay['admittime'] ?? '') || (row['outtime'] ?? '') > (stay['dischtime'] ?? '')
    })
    t.equal(outside.length, 39)
    const stay = real.make('icustays', real.row('icustays', 'icustay_id', '228977'))['icu-stay']
    t.match(stay, {
      class: { code: 'ACUTE' },
      period: { start: '2163-05-14T20:43:56-05:00', end: '2163-05-16T03:47:04-05:00' },
      partOf: { identifier: { value: '177759' } },
      length: { code: 'd' }
    })
  })

  t.test('a diagnosis at admission is a free text, no condition', async (t) => {
    t.same(Object.keys(real.make('admissions', admission('142345'))).sort(), ['account', 'coverage', 'encounter', 'payor'])
    t.same(real.make('admissions', admission('142345'))['encounter'].reasonCode, [{ text: 'SEPSIS' }])
  })
})
