/** Traps of PRESCRIPTIONS, INPUTEVENTS_CV and INPUTEVENTS_MV, with the real rows. */
import t from 'tap'
import { accepted, comesBack, expectedBack, mapRow, type Row, tableOf } from '../support.js'
import { absent, demo, extension } from './real.js'

const real = await demo(absent === false ? ['d_items'] : [])
const skip = { skip: absent }

// biome-ignore lint/suspicious/noExplicitAny: tests look into resources of every shape
type Resource = any

/** The one resource of a row, which must come back from it cell by cell. */
function resource(table: string, row: Row): Resource {
  const made = accepted(mapRow(real.pack, table, row))
  const back = comesBack(tableOf(real.pack, table), made)
  const wanted = expectedBack(tableOf(real.pack, table), row)
  if (JSON.stringify(back) !== JSON.stringify(wanted)) throw new Error(`${table} ${row['row_id']} does not come back`)
  return JSON.parse(made[0]?.text ?? '')
}

const known = new Map<string, Resource[]>()

/** The resources of all rows of a table, in the order of the rows. */
function all(table: string): Resource[] {
  const made = known.get(table) ?? real.rows(table).map((row) => JSON.parse(accepted(mapRow(real.pack, table, row))[0]?.text ?? ''))
  known.set(table, made)
  return made
}
const at = (table: string) => (rowId: number) => resource(table, real.row(table, 'row_id', String(rowId)))
const prescription = at('prescriptions')
const cv = at('inputevents_cv')
const mv = at('inputevents_mv')
const dose = (request: Resource): Resource => request.dosageInstruction[0].doseAndRate?.[0]
const hasCode = (concept: Resource, code: string): boolean => concept.coding.some((coding: Resource) => coding.code === code)

t.test('nothing of a rewritten infusion was given', skip, async (t) => {
  const infusions = all('inputevents_mv')
  const given = infusions.filter((one) => one.status !== 'entered-in-error')
  t.equal(infusions.length - given.length, 2910)
  const heparin = (some: Resource[]) =>
    some
      .filter((one) => one.medicationCodeableConcept.coding[0].code === '225152' && one.dosage.dose.code === '[IU]')
      .reduce((sum, one) => sum + one.dosage.dose.value, 0)
  t.equal(Math.floor(heparin(infusions)), 831811, 'what would be counted without the status')
  t.equal(Math.round(heparin(infusions) - heparin(given)), 190870, 'what was not given')
  const negative = infusions.filter((one) => one.dosage.dose.value < 0)
  t.equal(negative.length, 22)
  t.notOk(
    given.some((one) => one.dosage.dose.value < 0),
    'nobody was given less than nothing'
  )
  const status = (word: string) => [
    ...new Set(infusions.filter((one) => extension(one, 'source-status').valueCode === word).map((one) => one.status))
  ]
  t.same(status('Paused'), ['on-hold'])
  t.same(status('Stopped'), ['stopped'])
  t.same([status('FinishedRunning'), status('Changed'), status('Flushed')].flat(), ['completed', 'completed', 'completed'])
  const backwards = infusions.filter((one) => one.effectivePeriod.extension !== undefined)
  t.equal(backwards.length, 22, 'ends before its start')
  t.ok(backwards.every((one) => one.effectivePeriod.end === undefined && one.status === 'entered-in-error'))
})

t.test('an infusion that ends before it starts keeps both times', skip, async (t) => {
  const one = mv(119098)
  t.equal(one.status, 'entered-in-error')
  t.equal(one.dosage.dose.value, -0.66666668)
  t.equal(one.effectivePeriod.start, '2147-10-10T10:44:00-05:00')
  t.equal(one.effectivePeriod.end, undefined)
  t.equal(extension(one.effectivePeriod, 'end-before-start').valueDateTime, '2147-10-10T10:40:00-05:00')
})

t.test('the parts of a mixture are known by their order', skip, async (t) => {
  const rows = all('inputevents_mv')
  const order = (one: Resource) => one.identifier.find((item: Resource) => item.system.endsWith(':inputevent_mv_orderid')).value
  const component = (one: Resource) => extension(one, 'order-component').valueCodeableConcept.coding[0].code
  t.equal(new Set(rows.map(order)).size, 9043)
  const parts = rows.filter((one) => order(one) === '2096410').map(component)
  t.same(parts, ['Main order parameter', 'Additives Ampoule', 'Additives Ampoule', 'Additives Ampoule'])
  t.equal(rows.filter((one) => component(one) === 'Mixed solution').length, 3390)
  const [drug, solution] = [mv(1029223), mv(1029224)]
  t.equal(order(drug), order(solution))
  t.ok(hasCode(drug.category, '08-Antibiotics (IV)') && hasCode(solution.category, '08-Antibiotics (IV)'))
  t.ok(hasCode(drug.category, 'Antibiotics'))
  t.ok(hasCode(solution.category, 'Fluids/Intake'), 'the dextrose of an antibiotic is no antibiotic')
})

t.test('an order number of one system is no order number of the other', skip, async (t) => {
  const numbers = (one: Resource) => one.identifier.map((item: Resource) => `${item.system}|${item.value}`)
  const [metavision, carevue] = [mv(119269), cv(10174656)]
  t.ok(numbers(metavision).some((text: string) => text.endsWith('|4665689')))
  t.ok(numbers(carevue).some((text: string) => text.endsWith('|4665689')))
  t.notOk(numbers(metavision).some((text: string) => numbers(carevue).includes(text)))
})

t.test('a bolus ends a minute after it starts', skip, async (t) => {
  const one = mv(118897)
  t.equal(one.dosage.method.coding[0].code, 'Bolus')
  t.same(one.effectivePeriod, { start: '2147-10-29T16:45:00-05:00', end: '2147-10-29T16:46:00-05:00' })
  t.equal(one.dosage.rateQuantity, undefined)
})

t.test('a dosage has a dose or a rate, or is not there', skip, async (t) => {
  const entries = all('inputevents_cv')
  const without = entries.filter((one) => one.dosage === undefined)
  t.equal(without.length, 599)
  t.ok(entries.every((one) => one.dosage === undefined || one.dosage.dose !== undefined || one.dosage.rateQuantity !== undefined))
  t.equal(entries.filter((one) => one.dosage?.dose?.value === 0).length, 1606, 'an amount of 0 is a statement')
  const bare = entries.filter((one) => one.dosage?.dose !== undefined && one.dosage.dose.unit === undefined)
  t.equal(bare.length, 248)
  t.ok(
    bare.every((one) => one.dosage.dose.code === undefined),
    'no unit is invented'
  )
})

t.test('stopped and discontinued infusions are stopped, all others are completed', skip, async (t) => {
  const count = (status: string) => all('inputevents_cv').filter((one) => one.status === status).length
  t.equal(count('stopped'), 381 + 366)
  t.equal(count('completed'), 34799 - 381 - 366)
})

t.test('what is drunk, fed or flushed is no drug', skip, async (t) => {
  const kind = (item: string) => {
    const row = real.rows('inputevents_cv').find((one) => one['itemid'] === item) ?? {}
    return resource('inputevents_cv', row).category?.coding[0].code
  }
  t.equal(kind('30056'), 'fluid', 'Po Intake')
  t.equal(kind('30059'), 'fluid', 'GT Flush')
  t.equal(kind('30090'), 'nutrition', 'Tube Feeding')
  t.equal(kind('30001'), 'blood-product', "Packed RBC's")
  t.equal(kind('30025'), 'drug', 'Heparin')
  t.equal(kind('30095'), 'residual', 'TF Residual was found in the stomach, not given')
  t.equal(kind('44638'), undefined, 'a free entry')
})

t.test('units of drugs', skip, async (t) => {
  t.same(
    { value: cv(13561279).dosage.rateQuantity.value, code: cv(13561279).dosage.rateQuantity.code },
    { value: 1200, code: '[IU]/h' },
    'heparin, Uhr'
  )
  t.equal(cv(14009475).dosage.rateQuantity.code, '[IU]/min', 'vasopressin, Umin')
  t.equal(cv(13561223).dosage.rateQuantity.code, 'ug/kg/min', 'mcgkgmin')
  t.equal(mv(118898).dosage.dose.code, '[IU]', 'insulin, units')
  t.equal(mv(119110).dosage.dose.code, 'ug', 'fentanyl, mcg')
  t.same(mv(118926).dosage.dose, { value: 1, unit: 'dose' }, 'a dose is no unit of measure')
  t.equal(dose(prescription(59644)).doseQuantity.code, 'ug', 'levothyroxine, mcg')
  const nystatin = dose(prescription(3319570)).doseQuantity
  t.equal(nystatin.value, 500000)
  t.equal(nystatin.code, undefined, 'nystatin does not count international units')
})

t.test('25,000 is a number', skip, async (t) => {
  const heparin = prescription(131076)
  const { extension, ...quantity } = dose(heparin).doseQuantity
  t.same(quantity, { value: 25000, unit: 'UNIT', system: 'http://unitsofmeasure.org', code: '[IU]' })
  t.equal(extension[0].valueString, '25,000')
  t.equal(heparin.dosageInstruction[0].text, '25,000 UNIT')
  const rows = real.rows('prescriptions').filter((row) => row['dose_val_rx']?.includes(','))
  t.ok(rows.every((row) => dose(resource('prescriptions', row)).doseQuantity.value === Number(row['dose_val_rx']?.replaceAll(',', ''))))
  t.equal(rows.length, 70)
})

t.test('1-2 is a range, and words stay words', skip, async (t) => {
  t.same(dose(prescription(608163)).doseRange, {
    low: { value: 0.5, unit: 'mg', system: 'http://unitsofmeasure.org', code: 'mg' },
    high: { value: 1, unit: 'mg', system: 'http://unitsofmeasure.org', code: 'mg' }
  })
  t.same(dose(prescription(59640)).doseRange, { low: { value: 1, unit: 'PUFF' }, high: { value: 2, unit: 'PUFF' } })
  const words = prescription(670670)
  t.equal(dose(words), undefined)
  t.equal(words.dosageInstruction[0].text, '1-2mg mg')
  const ranged = real.rows('prescriptions').filter((row) => row['dose_val_rx']?.includes('-'))
  t.equal(ranged.length, 585)
  t.equal(ranged.filter((row) => dose(resource('prescriptions', row))?.doseRange !== undefined).length, 584)
})

t.test('the bag is not the order', skip, async (t) => {
  const count = (type: string) => all('prescriptions').filter((one) => one.category[0].coding[0].code === type).length
  t.equal(count('MAIN'), 7709)
  t.equal(count('BASE'), 2617)
  t.equal(count('ADDITIVE'), 72)
  t.equal(prescription(86603).medicationCodeableConcept.text, '1/2 NS')
})

t.test('a prescription does not say that the drug was given, or when the order was written', skip, async (t) => {
  t.same([...new Set(all('prescriptions').map((one) => one.status))], ['unknown'])
  t.notOk(all('prescriptions').some((one) => one.authoredOn !== undefined))
})

t.test('ndc 0 is no code', skip, async (t) => {
  const ndc = (one: Resource) => one.medicationCodeableConcept.coding?.find((coding: Resource) => coding.system.endsWith('/ndc'))
  t.equal(all('prescriptions').filter((one) => ndc(one) === undefined).length, 1478)
  t.ok(all('prescriptions').every((one) => ndc(one) === undefined || /^\d{11}$/.test(ndc(one).code)))
  t.equal(ndc(prescription(59637)), undefined)
  t.equal(ndc(prescription(2182947)), undefined, 'an empty ndc')
})

t.test('a prescription that ends before it starts keeps both days', skip, async (t) => {
  const bounds = (one: Resource) => one.dosageInstruction[0].timing.repeat.boundsPeriod
  const one = bounds(prescription(743820))
  t.equal(one.start, '2192-04-27')
  t.equal(one.end, undefined)
  t.equal(extension(one, 'end-before-start').valueDateTime, '2192-04-26')
  t.equal(all('prescriptions').filter((other) => bounds(other).extension !== undefined).length, 39)
})

t.test('a prescription that begins after the discharge stays as recorded', skip, async (t) => {
  const discharges = new Map(real.rows('admissions').map((row) => [row['hadm_id'], row['dischtime']?.slice(0, 10) ?? '']))
  const late = real.rows('prescriptions').filter((row) => (row['startdate'] ?? '').slice(0, 10) > (discharges.get(row['hadm_id']) ?? ''))
  t.equal(late.length, 17)
  for (const row of late) {
    const made = resource('prescriptions', row)
    t.equal(made.dosageInstruction[0].timing.repeat.boundsPeriod.start, row['startdate']?.slice(0, 10))
    t.equal(made.encounter.identifier.value, row['hadm_id'])
  }
})
