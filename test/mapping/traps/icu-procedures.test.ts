/** Traps of PROCEDUREEVENTS_MV, with the real rows. */
import t from 'tap'
import { accepted, mapRow, type Row } from '../support.js'
import { absent, demo, extension } from './real.js'

const real = await demo(absent === false ? ['d_items'] : [])
const skip = { skip: absent }

// biome-ignore lint/suspicious/noExplicitAny: tests look into resources of every shape
type Resources = Record<string, any>

const made = (row: Row): Resources =>
  Object.fromEntries(accepted(mapRow(real.pack, 'procedureevents_mv', row)).map(({ as, text }) => [as, JSON.parse(text)]))
const of = (rowId: number): Resources => made(real.row('procedureevents_mv', 'row_id', String(rowId)))
const procedure = (rowId: number) => of(rowId)['icu-procedure']

t.test('a rewritten procedure was not done', skip, async (t) => {
  const all = real.rows('procedureevents_mv').flatMap((row) => Object.values(made(row)))
  t.equal(all.filter((one) => one.status === 'entered-in-error').length, 26)
  const one = procedure(8669)
  t.equal(one.status, 'entered-in-error')
  t.same(one.note, [{ authorString: 'MD', time: '2147-10-14T09:52:00-05:00', text: 'Cancelled' }])
})

t.test('what happens to a patient is an Observation, not a Procedure', skip, async (t) => {
  const all = real.rows('procedureevents_mv').map((row) => made(row))
  const events = all.flatMap((one) => one['icu-event'] ?? [])
  t.equal(events.length, 24)
  t.equal(all.filter((one) => one['icu-procedure'] !== undefined).length, 753 - 24, 'and every other row is a Procedure')
  t.same([...new Set(events.map((one) => one.code.text))].sort(), [
    'Cardiac Arrest',
    'Chest Pain',
    'Family updated by RN',
    'OR Received',
    'OR Sent',
    'Respiratory Arrest'
  ])
  const arrest = of(35304)['icu-event']
  t.equal(arrest.resourceType, 'Observation')
  t.equal(arrest.status, 'final')
  t.equal(arrest.code.text, 'Respiratory Arrest')
  t.equal(arrest.effectivePeriod.start, '2166-02-15T20:20:00-05:00')
  t.equal(arrest.category[0].text, 'Significant Events')
  t.equal(of(35303)['icu-event'].status, 'entered-in-error', 'an arrest that was rewritten')
  t.ok(of(19435)['icu-procedure'], 'a tube that the patient pulled is a removal')
})

t.test('the place of a line is in the words of the source', skip, async (t) => {
  const one = procedure(8641)
  t.equal(one.bodySite[0].text, 'Right Femoral.')
  t.equal(procedure(8642).bodySite[0].text, 'Right Antecube', 'without the blank behind it')
  t.equal(extension(one, 'access-category').valueCode, 'Invasive Venous')
  t.same(extension(one, 'recorded-value').valueQuantity, { value: 4520, unit: 'min', system: 'http://unitsofmeasure.org', code: 'min' })
})

t.test('an X-ray is no electrolyte', skip, async (t) => {
  const row = real.rows('procedureevents_mv').find((one) => one['itemid'] === '225459') ?? {}
  t.equal(row['ordercategorydescription'], 'Electrolytes')
  t.notMatch(JSON.stringify(made(row)), 'Electrolytes')
})
