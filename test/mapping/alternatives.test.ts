/** Cells that stand at one place in one of two ways come back from there, without a source-cell extension. */
import t, { type Test } from 'tap'
import { accepted, comesBack, compiled, mapRow, tableOf } from './support.js'

const TABLE = `table: marks
key: id
columns:
  id: {type: integer, required: true}
  person: {type: integer, required: true}
  unit_stay: {type: integer}
  stay: {type: integer}
  kind: text
  at: {type: timestamp}
resources:
  - as: mark
    key: [$id]
    resourceType: Observation
    identifier: [{system: {source: marks}, value: $id}]
    status: final
    code: {text: mark}
    subject: {ref: person, key: [$person], identifier: persons}
    encounter:
      first:
        - {ref: unit-stay, key: [$unit_stay], identifier: unit_stays}
        - {ref: stay, key: [$stay], identifier: stays}
    valueDateTime: {if: {equals: [$kind, day]}, then: {date: $at}, else: {dateTime: $at}}
    note: [{text: $kind}]
`
const keyed = (name: string, as: string, type: string, more = '') =>
  `table: ${name}\nkey: id\ncolumns:\n  id: {type: integer, required: true}\nresources:\n  - as: ${as}\n    key: [$id]\n    resourceType: ${type}\n    identifier: [{system: {source: ${name}}, value: $id}]\n${more}`
const stay = '    status: finished\n    class: {system: http://terminology.hl7.org/CodeSystem/v3-ActCode, code: IMP}\n'
const pack = compiled({
  marks: TABLE,
  persons: keyed('persons', 'person', 'Patient'),
  unit_stays: keyed('unit_stays', 'unit-stay', 'Encounter', stay),
  stays: keyed('stays', 'stay', 'Encounter', stay)
})

/** The resource of a row that comes back. */
function made(t: Test, row: Record<string, string>): string {
  const resources = accepted(mapRow(pack, 'marks', { id: '1', person: '7', ...row }))
  const wanted = { id: '1', person: '7', unit_stay: '', stay: '', kind: '', at: '', ...row }
  t.same(comesBack(tableOf(pack, 'marks'), resources), wanted)
  return resources[0]?.text ?? ''
}

t.test('one of two references is told by the system of its identifier', async (t) => {
  t.notMatch(made(t, { unit_stay: '5' }), 'source-cell')
  t.notMatch(made(t, { stay: '5' }), 'source-cell')
  t.match(made(t, { unit_stay: '5', stay: '6' }), '"valueCode":"stay"', 'the one that is not referred to is kept')
})

t.test('the day of a timestamp stands for its midnight', async (t) => {
  t.match(made(t, { kind: 'day', at: '2101-02-03 00:00:00' }), '"valueDateTime":"2101-02-03"')
  t.notMatch(made(t, { kind: 'day', at: '2101-02-03 00:00:00' }), 'source-cell')
  t.match(made(t, { kind: 'day', at: '2101-02-03 04:05:06' }), '"valueCode":"at"', 'another time of day is kept')
  t.notMatch(made(t, { kind: 'time', at: '2101-02-03 00:00:00' }), 'source-cell')
})
