import t from 'tap'
import { type Contribution, compareKeys, mergeContributions } from '#wardbridge/mapping/index.js'
import { anyRow, Random } from './random.js'
import { accepted, compiled, installed, mapRow, mergedFor, tableOf } from './support.js'

function shuffled<T>(random: Random, items: readonly T[]): T[] {
  const rest = [...items]
  return items.map(() => rest.splice(random.int(rest.length), 1)[0] as T)
}

t.test('merged values do not depend on the order of the rows', async (t) => {
  const pack = await installed('mimic-iii')
  const random = new Random(31)
  const admissions = tableOf(pack, 'admissions')
  const diagnoses = tableOf(pack, 'diagnoses_icd')
  for (let round = 0; round < 40; round++) {
    // Few subjects, admissions and ranks, so that many rows meet, also with equal sort keys.
    const contributions = Array.from({ length: 40 }, (): Contribution[] => {
      const table = random.chance(0.5) ? admissions : diagnoses
      const row = anyRow(random, table).map((cell, index) => {
        const name = table.columns[index]?.name
        if (name === 'subject_id' || name === 'hadm_id') return String(random.int(3))
        return name === 'admittime' ? `210${random.int(3)}-01-01 00:00:00` : cell
      })
      return table.contribute(row) as Contribution[]
    }).flat()
    const merged = mergeContributions(contributions)
    for (let again = 0; again < 5; again++) {
      const other = mergeContributions(shuffled(random, contributions))
      t.same(sorted(other), sorted(merged))
    }
    const cells = ['', '1', '2', '2101-01-01 00:00:00', ...Array<string>(15).fill('')]
    const [one, two] = [1, 2].map(() =>
      admissions.apply(cells, mergedFor(admissions, cells, mergeContributions(shuffled(random, contributions))), () => {})
    )
    t.same(one, two)
  }
})

function sorted(merged: ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>): unknown {
  return [...merged].map(([target, slots]) => [target, [...slots].sort()] as const).sort((a, b) => (a[0] < b[0] ? -1 : 1))
}

t.test('sort keys: numbers as numbers, text as text, what is missing first', async (t) => {
  const keys = ['[null,1]', '[null,2]', '[2,1]', '[10,1]', '["a",1]', '["b"]', '["b",0]']
  for (const [index, key] of keys.entries()) {
    t.equal(compareKeys(key, key), 0)
    for (const later of keys.slice(index + 1)) {
      t.ok(compareKeys(key, later) < 0, `${key} < ${later}`)
      t.ok(compareKeys(later, key) > 0, `${later} > ${key}`)
    }
  }
})

const VISITS = `table: visits
key: id
columns: {id: {type: integer, required: true}, person: {type: integer, required: true}, at: timestamp, word: text, seq: integer}
resources:
  - {as: visit, key: [$id], resourceType: Encounter, identifier: [{value: $id}], status: unknown, class: {code: IMP}}
merge:
  - {into: {ref: person, key: [$person]}, latestBy: [$at, $seq], maritalStatus: {text: $word}}
  - {into: {ref: person, key: [$person]}, collectBy: [$seq], name: [{text: $word}]}
`
const PERSONS = `table: persons
key: id
columns: {id: {type: integer, required: true}, nick: text}
resources:
  - {as: person, key: [$id], resourceType: Patient, identifier: [{value: $id}], name: [{text: $nick}]}
`

t.test('empty cells: they never win, and an empty sort key comes first', async (t) => {
  const pack = compiled({ visits: VISITS, persons: PERSONS })
  const patient = (...rows: Array<Record<string, string>>) =>
    JSON.parse(
      accepted(
        mapRow(
          pack,
          'persons',
          { id: '1', nick: 'N' },
          rows.map((row, index) => ({ table: 'visits', row: { id: String(index), person: '1', ...row } }))
        )
      )[0]?.text ?? ''
    )
  t.match(patient({ at: '2101-01-01 00:00:00', word: 'old' }, { at: '2102-01-01 00:00:00', word: '' }), { maritalStatus: { text: 'old' } })
  t.match(patient({ word: 'undated' }, { at: '2000-01-01 00:00:00', word: 'dated' }), { maritalStatus: { text: 'dated' } })
  t.match(patient({ word: 'undated' }), { maritalStatus: { text: 'undated' } })
  t.match(patient({ at: '2101-01-01 00:00:00', seq: '9', word: 'nine' }, { at: '2101-01-01 00:00:00', seq: '10', word: 'ten' }), {
    maritalStatus: { text: 'ten' }
  })
  t.same(patient({ seq: '10', word: 'ten' }, { word: 'none' }, { seq: '9', word: 'nine' }, { seq: '-1', word: '' }).name, [
    { text: 'N' },
    { text: 'none' },
    { text: 'nine' },
    { text: 'ten' }
  ])
  t.notOk('maritalStatus' in patient({ word: '' }))
})

t.test('what other rows add is not read back as the cell of this row', async (t) => {
  const pack = compiled({ visits: VISITS, persons: PERSONS })
  const persons = tableOf(pack, 'persons')
  for (const nick of ['', 'N']) {
    const made = accepted(mapRow(pack, 'persons', { id: '1', nick }, [{ table: 'visits', row: { id: '1', person: '1', word: 'other' } }]))
    t.same(persons.invert(new Map(made.map(({ as, text }) => [as, text]))), ['1', nick])
  }
})

t.test('a contribution of a row at fault is its rejection', async (t) => {
  const table = tableOf(compiled({ visits: VISITS, persons: PERSONS }), 'visits')
  t.match(table.contribute(['x', '1', '', '', '']), { column: 'id', rule: 'integer' })
  t.match(table.contribute(['1', '', '', '', '']), { column: 'person', rule: 'required' })
})

t.test('which tables add to which is known', async (t) => {
  const pack = await installed('hospital')
  const facts = (name: string) => {
    const { mergedFrom, mergesInto, contributes } = tableOf(pack, name)
    return { mergedFrom, mergesInto, contributes }
  }
  t.same(facts('patients'), { mergedFrom: ['admissions'], mergesInto: ['datetimeevents'], contributes: true }, 'its dob is joined')
  t.match(facts('admissions').mergedFrom, ['diagnoses_icd', 'drgcodes', 'services', 'transfers'])
  t.ok(['patients', 'questions', 'transfers'].every((name) => facts('admissions').mergesInto.includes(name)))
  t.same(facts('questions'), { mergedFrom: ['admissions'], mergesInto: [], contributes: false })
  t.same([...tableOf(pack, 'admissions').shared], ['payor'])
  t.same(tableOf(pack, 'labevents').dictionaries, ['d_labitems'])
})

t.test('a joined column is found by the key of its table, whatever its type', async (t) => {
  for (const [type, key] of [
    ['integer', '7'],
    ['text', '007']
  ] as const) {
    const wards = `table: wards\nkey: code\ncolumns: {code: {type: ${type}, required: true}, boss: ${type}}\nresources:\n  - {as: ward, key: [$code], resourceType: Location, identifier: [{value: $code}]}\n`
    const bosses = `table: bosses\nkey: id\ncolumns: {id: {type: ${type}, required: true}}\nresources:\n  - {as: boss, key: [$id], resourceType: Practitioner, identifier: [{value: $id}]}\n`
    const beds = `table: beds\nkey: id\ncolumns: {id: {type: integer, required: true}, ward: ${type}}\njoined: {boss: {from: wards, key: [$ward], get: boss}}\nresources:\n  - {as: bed, key: [$id], resourceType: Encounter, identifier: [{value: $id}], status: unknown, class: {code: IMP}, participant: [{individual: {ref: boss, key: [$boss]}}]}\n`
    const pack = compiled({ wards, bosses, beds })
    const boss = accepted(mapRow(pack, 'bosses', { id: key }))[0]?.id
    const bed = accepted(mapRow(pack, 'beds', { id: '1', ward: key }, [{ table: 'wards', row: { code: key, boss: key } }]))[0]?.text
    t.match(bed, `Practitioner/${boss}`, type)
    t.notMatch(accepted(mapRow(pack, 'beds', { id: '1', ward: key }))[0]?.text, 'participant')
  }
})
