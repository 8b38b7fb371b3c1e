/** Traps of PROCEDUREEVENTS_MV, with the real rows. */
import t from 'tap'
import { installed } from '../support.js'
import { absent, demoDictionary, demoRow, demoTable, extensionOf, made, type Resource } from './demo.js'

const pack = await installed('mimic-iii')
if (absent === false) demoDictionary(pack, 'd_items')
const of = (rowId: number): Record<string, Resource> => made(pack, 'procedureevents_mv', demoRow('procedureevents_mv', rowId))
const procedure = (rowId: number): Resource => of(rowId)['icu-procedure']
const real = { skip: absent }

t.test('a rewritten procedure was not done', real, async (t) => {
  const all = demoTable('procedureevents_mv').flatMap((row) => Object.values(made(pack, 'procedureevents_mv', row)))
  t.equal(all.filter((one) => one.status === 'entered-in-error').length, 26)
  const one = procedure(8669)
  t.equal(one.status, 'entered-in-error')
  t.same(one.note, [{ authorString: 'MD', time: '2147-10-14T09:52:00-05:00', text: 'Cancelled' }])
})

t.test('what happens to a patient is an Observation, not a Procedure', real, async (t) => {
  const all = demoTable('procedureevents_mv').map((row) => made(pack, 'procedureevents_mv', row))
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

t.test('the place of a line is in the words of the source', real, async (t) => {
  const one = procedure(8641)
  t.equal(one.bodySite[0].text, 'Right Femoral.')
  t.equal(procedure(8642).bodySite[0].text, 'Right Antecube', 'without the blank behind it')
  t.equal(extensionOf(one, 'access-category').valueCode, 'Invasive Venous')
  t.same(extensionOf(one, 'recorded-value').valueQuantity, { value: 4520, unit: 'min', system: 'http://unitsofmeasure.org', code: 'min' })
})

t.test('an X-ray is no electrolyte', real, async (t) => {
  const row = demoTable('procedureevents_mv').find((one) => one['itemid'] === '225459') ?? {}
  t.equal(row['ordercategorydescription'], 'Electrolytes')
  t.notMatch(JSON.stringify(made(pack, 'procedureevents_mv', row)), 'Electrolytes')
})
