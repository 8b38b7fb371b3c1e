/** Discharge codes that are undotted, unknown, or no disease at all. */
import t from 'tap'
import { absent, demo } from './real.js'

t.test('diagnoses of the MIMIC-III demo', { skip: absent }, async (t) => {
  const real = await demo(['d_icd_diagnoses'])
  const made = (row: string) => real.make('diagnoses_icd', real.row('diagnoses_icd', 'row_id', row))['condition']
  const codes = (row: string) => made(row).code.coding.map(({ code }: { code: string }) => code)

  t.test('the code as written first, the dotted one beside it', async (t) => {
    t.same(codes('112344'), ['99591', '995.91'])
    t.same(codes('112353'), ['03819', '038.19'], 'a leading zero is part of the code')
    t.same(codes('112356'), ['V090', 'V09.0'], 'V codes: after three')
    t.same(codes('112355'), ['E8791', 'E879.1'], 'E codes: after four')
    t.equal(made('112344').code.coding[1].system, 'http://hl7.org/fhir/sid/icd-9-cm')
  })

  t.test('a code that the dictionary lacks has no display, and is not refused', async (t) => {
    t.same(codes('112346'), ['5672', '567.2'])
    t.notOk(made('112346').code.coding[1].display)
    const known = new Set(real.rows('d_icd_diagnoses').map((row) => row['icd9_code']))
    const unknown = real.rows('diagnoses_icd').filter((row) => !known.has(row['icd9_code']))
    t.equal(unknown.length, 45)
    for (const row of unknown) t.ok(real.make('diagnoses_icd', row)['condition'].code.coding[1].code)
  })

  t.test('nothing claims that a billed code is an active or confirmed disease', async (t) => {
    const kinds = { V: 0, E: 0 }
    for (const row of real.rows('diagnoses_icd')) {
      const condition = real.make('diagnoses_icd', row)['condition']
      if (condition.clinicalStatus || condition.verificationStatus) t.fail(`${row['row_id']} has a status`)
      if (condition.category[0].coding[0].code !== 'encounter-diagnosis') t.fail(`${row['row_id']} has another category`)
      const first = row['icd9_code']?.[0]
      if (first === 'V' || first === 'E') kinds[first]++
    }
    t.same(kinds, { V: 153, E: 47 }, 'history and causes among them')
  })

  t.test('rank and role stand on the admission, in the order of seq_num', async (t) => {
    const rows = real.rows('diagnoses_icd').filter((row) => row['hadm_id'] === '142345')
    const { encounter } = real.make(
      'admissions',
      real.row('admissions', 'hadm_id', '142345'),
      rows.toReversed().map((row) => ({ table: 'diagnoses_icd', row }))
    )
    t.same(
      encounter.diagnosis.map(({ rank }: { rank: number }) => rank),
      rows.map((row) => Number(row['seq_num']))
    )
    t.match(encounter.diagnosis[0], { use: { coding: [{ code: 'billing' }] }, condition: { reference: `Condition/${made('112344').id}` } })
  })
})
