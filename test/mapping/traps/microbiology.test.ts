/** Traps of MICROBIOLOGYEVENTS, each with the real rows. */
import t from 'tap'
import { installed, type Row } from '../support.js'
import { absent, demoRow, demoTable, extensionOf, made, type Resource } from './demo.js'

const pack = await installed('mimic-iii')
const rows = absent === false ? demoTable('microbiologyevents') : []
const map = (row: Row): Record<string, Resource> => made(pack, 'microbiologyevents', row, [{ table: 'microbiologyevents', row }])
const culture = (row: Row): Resource => map(row)['culture']
const susceptibility = (row: Row): Resource => map(row)['susceptibility']
const where = (test: (row: Row) => boolean): Row => rows.find(test) ?? {}
const tested = rows.filter((row) => row['ab_itemid'] !== '')
const isEmpty = (row: Row) => row['org_itemid'] === ''
const RESULT = 'https://fhir.wardbridge.dev/CodeSystem/mimic-iii-microbiology-result'

t.test('2,003 rows are 992 specimens, 1,095 results and 971 susceptibilities', { skip: absent }, async (t) => {
  const ids = { specimen: new Set(), culture: new Set(), susceptibility: new Set() }
  for (const row of rows) for (const [as, { id }] of Object.entries(map(row))) ids[as as keyof typeof ids].add(id)
  t.same([ids.specimen.size, ids.culture.size, ids.susceptibility.size], [992, 1095, 971])
})

t.test('the value is the dilution as written: of the numbers beside it 160 are wrong and one is missing', { skip: absent }, async (t) => {
  const read = (row: Row) => {
    const { comparator = '', value } = susceptibility(row).valueQuantity ?? {}
    return `${comparator}${value}`
  }
  const sign = (text: string) => text.replace('=>', '>=')
  for (const row of tested.filter((one) => one['dilution_text'] !== ''))
    if (read(row) !== sign(row['dilution_text'] ?? '')) return t.fail(`row ${row['row_id']}: ${read(row)}`)
  const number = (text: string) => text.replace(/[^\d.]/g, '')
  const wrong = tested.filter((row) => row['dilution_text'] !== '' && row['dilution_value'] !== number(row['dilution_text'] ?? ''))
  t.equal(wrong.length, 161)
  t.equal(read(where((row) => row['dilution_text'] === '<=0.25')), '<=0.25')
  t.equal(read(where((row) => row['dilution_text'] === '=>0.5')), '>=0.5')
  t.equal(read(where((row) => row['dilution_text'] === '>256')), '>256', 'the other two columns are empty')
})

t.test('no unit is invented', { skip: absent }, async (t) => {
  t.ok(tested.every((row) => ['unit', 'code', 'system'].every((name) => susceptibility(row).valueQuantity?.[name] === undefined)))
})

t.test('a susceptibility without a dilution has its interpretation and no value', { skip: absent }, async (t) => {
  const without = tested.filter((row) => row['dilution_text'] === '')
  t.equal(without.length, 32)
  for (const row of without) {
    const one = susceptibility(row)
    t.equal(one.dataAbsentReason.coding[0].code, 'unknown')
    t.equal(Object.keys(one).filter((name) => name.startsWith('value')).length, 0)
    t.match(one.interpretation[0].text, /^[SRI]$/)
  }
})

t.test('I is intermediate, not indeterminate', { skip: absent }, async (t) => {
  const codes: Record<string, number> = {}
  for (const row of tested) {
    const [, standard] = susceptibility(row).interpretation[0].coding
    t.equal(standard.code, row['interpretation'])
    codes[`${standard.code} ${standard.display}`] = (codes[`${standard.code} ${standard.display}`] ?? 0) + 1
  }
  t.same(codes, { 'S Susceptible': 652, 'R Resistant': 266, 'I Intermediate': 53 })
})

t.test('a pending susceptibility is preliminary and has no standard interpretation', async (t) => {
  const row = {
    row_id: '1',
    subject_id: '2',
    chartdate: '2164-10-23 00:00:00',
    ab_itemid: '90012',
    ab_name: 'GENTAMICIN',
    interpretation: 'P'
  }
  t.equal(susceptibility(row).status, 'preliminary')
  t.same(
    susceptibility(row).interpretation[0].coding.map((coding: Resource) => coding.code),
    ['P']
  )
})

t.test('a susceptibility is derived from the culture of its isolate, and both from one specimen', { skip: absent }, async (t) => {
  for (const row of tested) {
    const all = map(row)
    if (all['susceptibility'].derivedFrom[0].reference !== `Observation/${all['culture'].id}`) return t.fail(`row ${row['row_id']}`)
    const specimens = new Set([
      all['susceptibility'].specimen.reference,
      all['culture'].specimen.reference,
      `Specimen/${all['specimen'].id}`
    ])
    if (specimens.size !== 1) return t.fail(`row ${row['row_id']}`)
  }
  const other = where((row) => row['row_id'] === '134694')
  t.not(culture(other).id, culture(demoRow('microbiologyevents', 134695)).id, 'another isolate of the same organism is another result')
})

t.test('no organism is no growth, for cultures only', { skip: absent }, async (t) => {
  const count = { 'no growth': 0, unknown: 0 }
  for (const row of rows.filter(isEmpty)) {
    const { valueCodeableConcept: value, dataAbsentReason: reason } = culture(row)
    if (value?.coding[0].system === RESULT && value.coding[0].code === 'no-growth' && reason === undefined) count['no growth']++
    if (value === undefined && reason.coding[0].code === 'unknown') count.unknown++
  }
  t.same(count, { 'no growth': 835, unknown: 31 })
  for (const kind of ['SEROLOGY/BLOOD', 'Influenza A/B by DFA', 'Blood (CMV AB)', 'BONE MARROW - CYTOGENETICS'])
    t.equal(culture(where((row) => row['spec_type_desc'] === kind)).valueCodeableConcept, undefined, kind)
})

t.test('an organism that grew has no reason for absence', { skip: absent }, async (t) => {
  for (const row of rows.filter((one) => !isEmpty(one))) {
    const { valueCodeableConcept: value, dataAbsentReason: reason } = culture(row)
    if (value.coding[0].code !== row['org_itemid'] || value.text !== row['org_name'] || reason !== undefined)
      return t.fail(`row ${row['row_id']}`)
  }
  t.equal(rows.filter((row) => !isEmpty(row)).length, 1137)
})

t.test('POSITIVE FOR METHICILLIN RESISTANT STAPH AUREUS is a positive result and no organism', { skip: absent }, async (t) => {
  const screens = rows.filter((row) => row['org_name']?.startsWith('POSITIVE FOR'))
  t.equal(screens.length, 21)
  for (const row of screens) t.equal(culture(row).interpretation[0].coding[0].code, 'POS')
  const others = rows.filter((row) => !row['org_name']?.startsWith('POSITIVE FOR'))
  t.ok(
    others.every((row) => culture(row).interpretation === undefined),
    'an organism is neither positive nor negative by itself'
  )
})

t.test('LOINC 600-7 for blood cultures and for nothing else', { skip: absent }, async (t) => {
  const loinc = (row: Row): string[] =>
    culture(row)
      .code.coding.filter(({ system }: Resource) => system === 'http://loinc.org')
      .map(({ code }: Resource) => code)
  for (const row of rows) {
    const wanted = row['spec_itemid'] === '70012' ? '600-7' : ''
    if (loinc(row).join() !== wanted) return t.fail(`row ${row['row_id']}`)
  }
  t.equal(culture(demoRow('microbiologyevents', 134694)).code.coding[0].code, '70012', 'the local code stands first')
})

t.test('a result without a time has its day and no midnight', { skip: absent }, async (t) => {
  const untimed = rows.filter((row) => row['charttime'] === '')
  t.equal(untimed.length, 91)
  for (const row of untimed) {
    const all = map(row)
    const day = row['chartdate']?.slice(0, 10)
    t.equal(all['culture'].effectiveDateTime, day)
    t.equal(all['specimen'].collection.collectedDateTime, day)
  }
  t.equal(culture(demoRow('microbiologyevents', 134694)).effectiveDateTime, '2164-10-23T15:30:00-05:00')
})

t.test('a row without an antibiotic is an item of its result', { skip: absent }, async (t) => {
  const plain = rows.filter((row) => row['ab_itemid'] === '')
  t.equal(plain.length, 1032)
  for (const row of plain) {
    const all = map(row)
    if (all['susceptibility'] !== undefined) return t.fail(`row ${row['row_id']} tests no antibiotic`)
    const item = extensionOf(all['culture'], 'microbiology-row')
    if (String(extensionOf(item, 'row').valueInteger) !== row['row_id']) return t.fail(`row ${row['row_id']}`)
  }
  t.equal(extensionOf(culture(demoRow('microbiologyevents', 134695)), 'microbiology-row'), undefined, 'a tested row is none')
})

t.test('out-patient specimens have no encounter', async (t) => {
  const row = { row_id: '1', subject_id: '2', chartdate: '2164-10-23 00:00:00', spec_itemid: '70012', spec_type_desc: 'BLOOD CULTURE' }
  t.equal(culture(row).encounter, undefined)
  t.equal(culture({ ...row, hadm_id: '3' }).encounter.identifier.value, '3')
})
