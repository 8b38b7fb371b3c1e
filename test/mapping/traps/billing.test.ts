/** Traps of PROCEDURES_ICD, CPTEVENTS, DRGCODES and their dictionaries, each with the real row. */
import t from 'tap'
import { installed, type Row } from '../support.js'
import { absent, demoDictionary, demoRow, demoTable, extensionOf, made, type Resource } from './demo.js'

const ACTS = ['Surgery', 'Medicine', 'Radiology']
const ICD9 = 'http://hl7.org/fhir/sid/icd-9-cm'
const LOCAL = 'https://fhir.wardbridge.dev/CodeSystem/mimic-iii-d-icd-procedures'
const CPT = 'http://www.ama-assn.org/go/cpt'

const pack = await installed('mimic-iii')
if (absent === false) for (const name of ['d_icd_procedures', 'd_icd_diagnoses']) demoDictionary(pack, name)
const map = (table: string, row: Row) => made(pack, table, row)
const codings = (resource: { code: { coding: Array<{ system: string; code: string; display?: string }> } }) =>
  resource.code.coding.map(({ system, code }) => [system, code])

t.test('procedure codes have their dot after two characters, and the code as written stands first', { skip: absent }, async (t) => {
  const catheter = map('procedures_icd', demoRow('procedures_icd', 3995))['icd-procedure']
  t.same(codings(catheter), [
    [LOCAL, '3722'],
    [ICD9, '37.22']
  ])
  t.equal(catheter.code.coding[1].display, 'Left heart cardiac catheterization')
})

t.test('three-digit and unknown procedure codes are kept without a display', { skip: absent }, async (t) => {
  for (const [digits, dotted] of [
    ['458', '45.8'],
    ['3605', '36.05'],
    ['3601', '36.01']
  ]) {
    const row = demoTable('procedures_icd').find((one) => one['icd9_code'] === digits) ?? {}
    const { code } = map('procedures_icd', row)['icd-procedure']
    t.equal(code.coding[1].code, dotted)
    t.equal(code.coding[1].display, undefined, 'the dictionary does not know it')
    t.equal(code.text, undefined)
  }
})

t.test('the same digits are another code among the diagnoses', { skip: absent }, async (t) => {
  const known = new Set(demoTable('d_icd_diagnoses').map((row) => row['icd9_code']))
  const both = demoTable('procedures_icd').find((row) => known.has(row['icd9_code'] ?? '')) ?? {}
  const row = { row_id: '1', subject_id: '10006', hadm_id: '142345', seq_num: '1', icd9_code: both['icd9_code'] ?? '' }
  const act = map('procedures_icd', row)['icd-procedure'].code.coding
  const disease = map('diagnoses_icd', row)['condition'].code.coding
  t.not(act[0].system, disease[0].system, 'the local codes are two systems')
  t.not(act[1].code, disease[1].code, 'the dots stand elsewhere')
  t.not(act[1].display, disease[1].display)
})

t.test('a coded procedure has a rank and no date', { skip: absent }, async (t) => {
  for (const row of demoTable('procedures_icd')) {
    const { 'icd-procedure': act } = map('procedures_icd', row)
    const dated = Object.keys(act).filter((name) => name.startsWith('performed'))
    if (dated.length > 0 || String(extensionOf(act, 'coding-rank').valueInteger) !== row['seq_num'] || act.status !== 'completed')
      return t.fail(`row ${row['row_id']}`)
  }
  t.equal(demoTable('procedures_icd').length, 506)
})

t.test('every bill line is a ChargeItem; only surgery, medicine and radiology are acts besides', { skip: absent }, async (t) => {
  const bySection: Record<string, number> = {}
  const rows = demoTable('cptevents')
  for (const row of rows) {
    const { charge, 'billed-procedure': act } = map('cptevents', row)
    const section = row['sectionheader'] ?? ''
    if (charge.status !== 'billed' || codings(charge)[0]?.join() !== `${CPT},${row['cpt_cd']}`) return t.fail(`row ${row['row_id']}`)
    if ((act !== undefined) !== ACTS.includes(section)) return t.fail(`row ${row['row_id']}: ${section}`)
    t.equal(charge.service?.[0].reference, act === undefined ? undefined : `Procedure/${act.id}`)
    if (act !== undefined) bySection[section] = (bySection[section] ?? 0) + 1
  }
  t.equal(rows.length, 1579)
  t.same(bySection, { Medicine: 351, Surgery: 75, Radiology: 3 }, 'the 1,150 visits are no acts')
})

t.test('acts of bills and acts of the discharge coding are told apart', { skip: absent }, async (t) => {
  const billed = map('cptevents', demoRow('cptevents', 4617))['billed-procedure']
  const coded = map('procedures_icd', demoRow('procedures_icd', 3994))['icd-procedure']
  t.equal(billed.category.coding[0].code, 'professional-billing')
  t.equal(coded.category.coding[0].code, 'discharge-coding')
})

t.test('a bill line has a day only where the table has one, and never midnight', { skip: absent }, async (t) => {
  const rows = demoTable('cptevents')
  const dates = rows.map((row) => map('cptevents', row)['charge'].occurrenceDateTime as string | undefined)
  t.equal(dates.filter((date) => date !== undefined).length, 291)
  t.ok(dates.every((date, index) => date === (rows[index]?.['chartdate']?.slice(0, 10) || undefined)))
})

t.test('no text of CPT stands in a resource: words are the hospital’s', { skip: absent }, async (t) => {
  for (const row of demoTable('cptevents')) {
    const { code } = map('cptevents', row)['charge']
    if (code.coding[0].display !== undefined || (code.text ?? '') !== row['description']) return t.fail(`row ${row['row_id']}`)
  }
  t.pass()
})

t.test('codes with letters and leading zeros stay as they are', async (t) => {
  const row = { row_id: '1', subject_id: '2', hadm_id: '3', sectionheader: 'Anesthesia', cpt_cd: '00500', cpt_number: '500' }
  t.equal(map('cptevents', row)['charge'].code.coding[0].code, '00500')
  t.equal(extensionOf(map('cptevents', row)['charge'], 'source-cell'), undefined, 'cpt_number follows from the code')
  const measure = map('cptevents', { ...row, cpt_cd: '0500F', cpt_suffix: 'F' })['charge']
  t.equal(measure.code.coding[0].code, '0500F')
})

/** The DRG extensions of the Encounter of an admission. */
function groups(hadm: string): Resource[] {
  const admission = demoTable('admissions').find((row) => row['hadm_id'] === hadm) ?? {}
  const rows = demoTable('drgcodes').filter((row) => row['hadm_id'] === hadm)
  const others = rows.map((row) => ({ table: 'drgcodes', row }))
  const { encounter } = made(pack, 'admissions', admission, others)
  return encounter.extension.filter((one: Resource) => one.url.endsWith('/diagnosis-related-group'))
}

t.test('three kinds of DRG are three systems: HCFA 148 and MS 148 are different groups', { skip: absent }, async (t) => {
  const systems: Record<string, Set<string>> = {}
  const count: Record<string, number> = {}
  for (const { hadm_id: hadm = '' } of demoTable('admissions')) {
    for (const group of groups(hadm)) {
      const type = extensionOf(group, 'type').valueCode
      count[type] = (count[type] ?? 0) + 1
      for (const { system } of extensionOf(group, 'code').valueCodeableConcept.coding) (systems[type] ??= new Set()).add(system)
    }
  }
  t.same(count, { APR: 168, HCFA: 57, MS: 72 })
  const local = 'https://fhir.wardbridge.dev/CodeSystem/mimic-iii-drg'
  t.same(
    Object.fromEntries(Object.entries(systems).map(([type, found]) => [type, [...found]])),
    {
      HCFA: [`${local}-hcfa`],
      APR: [`${local}-apr`, 'http://uri.hddaccess.com/cs/aprdrg'],
      MS: [
        `${local}-ms`,
        'https://www.cms.gov/Medicare/Medicare-Fee-for-Service-Payment/AcuteInpatientPPS/MS-DRG-Classifications-and-Software'
      ]
    },
    'the code as written first'
  )
  const [hcfa] = groups('156668')
  t.same(codings({ code: extensionOf(hcfa, 'code').valueCodeableConcept }), [[`${local}-hcfa`, '148']])
})

t.test('"APR " has a blank at its end: the code has none, and the cell comes back with it', { skip: absent }, async (t) => {
  const row = demoTable('drgcodes').find((one) => one['drg_type'] === 'APR ') ?? {}
  const group = groups(row['hadm_id'] ?? '').find((one) => String(extensionOf(one, 'row').valueInteger) === row['row_id'])
  t.equal(extensionOf(group, 'type').valueCode, 'APR')
  t.equal(String(extensionOf(group, 'severity').valueInteger), row['drg_severity'])
  t.equal(String(extensionOf(group, 'mortality').valueInteger), row['drg_mortality'])
  const kept = group.extension.filter((one: Resource) => one.url.endsWith('/source-cell'))
  t.same(
    kept.map((one: Resource) => [extensionOf(one, 'column').valueCode, extensionOf(one, 'value').valueString]),
    [
      ['subject_id', row['subject_id']],
      ['drg_type', 'APR ']
    ]
  )
})

t.test('rows that say the same twice are both kept', { skip: absent }, async (t) => {
  const twice = demoRow('drgcodes', 59531)
  const same = groups(twice['hadm_id'] ?? '').filter((one) => extensionOf(one, 'code').valueCodeableConcept.coding[0].code === '1942')
  t.same(
    same.map((one) => extensionOf(one, 'row').valueInteger),
    [59530, 59531]
  )
})
