/** Rows that are items of other resources, alternatives, computed columns, keys that may be empty. */
import t from 'tap'
import { mergeContributions } from '#wardbridge/mapping/index.js'
import type { MappedResource, Rejection } from '#wardbridge/mapping/types.js'
import { Random } from './random.js'
import { accepted, cellsOf, compiled, gathered, mapRow, mergedFor, type Row, tableOf } from './support.js'

const STAYS = `table: stays
key: stay
columns: {stay: {type: integer, required: true}, start: timestamp}
resources:
  - {as: stay, key: [$stay], resourceType: Encounter, identifier: [{system: {source: stay}, value: $stay}], status: unknown, class: {code: IMP}}
`
const MOVES = `table: moves
key: id
columns: {id: {type: integer, required: true}, stay: integer, at: timestamp, ward: text, word: text}
resources:
  - {as: ward, key: [$ward], resourceType: Location, identifier: [{system: {source: ward}, value: $ward}], name: $ward}
merge:
  - into: {ref: stay, key: [$stay]}
    when: $ward
    standsForRow: true
    collectBy: [$at, $id]
    location: [{location: {ref: ward, key: [$ward]}, period: {start: {dateTime: $at}}}]
  - into: {ref: stay, key: [$stay]}
    when: {not: $ward}
    standsForRow: true
    collectBy: [$at, $id]
    extension: [{url: "https://example.org/left", extension: [{url: at, valueDateTime: {dateTime: $at}}]}]
`
const CHART = `table: chart
key: id
columns:
  id: {type: integer, required: true}
  person: {type: integer, required: true}
  stay: integer
  at: {type: timestamp, required: true}
  item: {type: text, required: true}
  value: text
  unit: text
  by: text
computed:
  part: {if: {equals: [$item, [S1, S2]]}, then: systolic, else: {if: {equals: [$item, [D1, D2]]}, then: diastolic}}
  family: {if: {equals: [$item, [S1, D1]]}, then: line, else: cuff}
  name: {trim: $item}
resources:
  - as: panel
    key: [$person, $stay?, $at, $family]
    when: $part
    resourceType: Observation
    identifier: [{system: {source: panel}, value: "\${person}-\${at}-\${family}"}]
    status: final
    code: {text: Blood pressure}
    encounter: {ref: stay, key: [$stay], identifier: stay}
    method: {text: $family}
    effectiveDateTime: {dateTime: $at}
  - as: weight
    key: [$id]
    when: {equals: [$item, W]}
    resourceType: Observation
    identifier: [{system: {source: weight}, value: $id}]
    status: final
    code: {text: Weight}
    valueQuantity: {quantity: $value, unit: $unit, unitElse: lb}
  - as: chart
    key: [$id]
    when: {not: [{equals: [$item, W]}, $part]}
    resourceType: Observation
    identifier: [{system: {source: chart}, value: $id}]
    status: final
    code: {text: $name}
    valueString: $value
merge:
  - into: {ref: panel, key: [$person, $stay?, $at, $family]}
    when: $part
    standsForRow: true
    collectBy: [$id]
    part: $part
    component: [{code: {text: $item}, valueQuantity: {quantity: $value, unit: $unit}}]
    missing:
      systolic: {code: {text: S}, dataAbsentReason: {text: none}}
      diastolic: {code: {text: D}, dataAbsentReason: {text: none}}
`

const pack = compiled({ stays: STAYS, moves: MOVES, chart: CHART })
const AT = '2101-01-01 08:00:00'

/** All rows mapped together: what each became, in order. */
function mapAll(rows: ReadonlyArray<{ table: string; row: Row }>): Array<MappedResource[] | Rejection> {
  const merged = gathered(pack, rows)
  return rows.map(({ table: name, row }) => {
    const table = tableOf(pack, name)
    const cells = cellsOf(table, row)
    return table.apply(cells, mergedFor(table, cells, merged), () => {})
  })
}

function parsed(made: MappedResource[] | Rejection | undefined, as: string) {
  if (!Array.isArray(made)) throw new Error((made as Rejection).message)
  return JSON.parse(made.find((one) => one.as === as)?.text ?? 'null')
}

const chart = (row: Row) => ({ table: 'chart', row: { person: '1', at: AT, ...row } })

t.test('rows of one moment become one resource, in the order of its parts, with what is missing said', async (t) => {
  const made = mapAll([
    chart({ id: '1', item: 'D1', value: '70', unit: 'mmHg', by: 'nurse' }),
    chart({ id: '2', item: 'S1', value: '120' }),
    chart({ id: '3', item: 'S2', value: '125' })
  ])
  const panel = parsed(made[0], 'panel')
  t.same(parsed(made[1], 'panel'), panel, 'each of its rows makes the same resource')
  t.same(
    panel.component.map((one: { valueQuantity: unknown }) => one.valueQuantity),
    [{ value: 120 }, { value: 70, unit: 'mmHg' }]
  )
  const cuff = parsed(made[2], 'panel')
  t.not(cuff.id, panel.id)
  t.same(
    cuff.component.map((one: { dataAbsentReason?: { text: string } }) => one.dataAbsentReason?.text),
    [undefined, 'none']
  )
  const table = tableOf(pack, 'chart')
  for (const one of made) t.ok(table.isMerged(one as MappedResource[]), 'its rows count as merged')
})

t.test('the rows come back from their items, whatever the cells hold', async (t) => {
  const random = new Random(5)
  const text = () => random.pick(['', '7', '.5', '120/80', 'ü "x"', '<5', ' ', '0'])
  for (let round = 0; round < 60; round++) {
    const rows = Array.from({ length: 8 }, (_, id) =>
      chart({
        id: String(id),
        item: random.pick(['S1', 'S2', 'D1', 'D2', 'W', 'X', ' X']),
        stay: random.pick(['', '9']),
        value: text(),
        unit: random.pick(['', 'mmHg', 'lb']),
        by: text()
      })
    )
    const made = mapAll(rows)
    const table = tableOf(pack, 'chart')
    const resources = new Map(
      made.flatMap((one) => (one as MappedResource[]).map((resource) => [`${resource.as}/${resource.id}`, resource] as const))
    )
    const back = [...resources.values()].flatMap(({ text, id }) => table.rowsIn(text, id).map(({ cells }) => cells))
    t.same(
      back.sort((a, b) => Number(a[0]) - Number(b[0])),
      rows.map(({ row }) => cellsOf(table, row))
    )
  }
})

t.test('the first alternative whose condition holds stands for the row', async (t) => {
  const spaces = (item: string) => accepted(mapRow(pack, 'chart', chart({ id: '1', item, value: '80' }).row)).map(({ as }) => as)
  t.same(spaces('W'), ['weight'])
  t.same(spaces('X'), ['chart'])
  t.same(spaces('S1'), ['panel'])
  const table = tableOf(pack, 'chart')
  t.same(
    table.homes.map(({ as, item }) => [as, item]),
    [
      ['weight', false],
      ['chart', false],
      ['panel', true]
    ]
  )
})

t.test('a unit stands in for an empty cell, and the cell comes back empty', async (t) => {
  const table = tableOf(pack, 'chart')
  for (const [unit, shown] of [
    ['', 'lb'],
    ['kg', 'kg'],
    ['lb', 'lb']
  ] as const) {
    const { row } = chart({ id: '1', item: 'W', value: '150', unit })
    const [weight] = accepted(mapRow(pack, 'chart', row))
    t.equal(JSON.parse(weight?.text ?? '').valueQuantity.unit, shown)
    t.equal(table.rowsIn(weight?.text ?? '', weight?.id ?? '')[0]?.cells[6], unit)
  }
})

t.test("rows that are items of another table's resource come back from it, and are refused where it is not there", async (t) => {
  const rows: Array<{ table: string; row: Row }> = [
    { table: 'stays', row: { stay: '5', start: AT } },
    { table: 'moves', row: { id: '2', stay: '5', at: '2101-01-02 00:00:00', ward: 'B', word: 'later' } },
    { table: 'moves', row: { id: '1', stay: '5', at: AT, ward: 'A' } },
    { table: 'moves', row: { id: '3', stay: '5', at: '2101-01-03 00:00:00' } },
    { table: 'moves', row: { id: '4', stay: '6', at: AT, ward: 'A' } },
    { table: 'moves', row: { id: '5', at: AT, ward: 'A' } }
  ]
  const made = mapAll(rows)
  const stay = parsed(made[0], 'stay')
  t.same(
    stay.location.map((one: { period: unknown }) => one.period),
    [{ start: '2101-01-01T08:00:00Z' }, { start: '2101-01-02T00:00:00Z' }]
  )
  t.equal(stay.extension.filter(({ url }: { url: string }) => url === 'https://example.org/left').length, 1)
  const table = tableOf(pack, 'moves')
  const back = table.rowsIn(JSON.stringify(stay), stay.id).map(({ cells }) => cells)
  t.same(
    back.sort((a, b) => Number(a[0]) - Number(b[0])),
    [rows[2], rows[1], rows[3]].map((one) => cellsOf(table, one?.row ?? {}))
  )
  t.same(table.rowsIn(JSON.stringify(stay), 'another-id'), [], 'not from a resource with another id')
  t.match(made[4], { column: 'stay', rule: 'missing' }, 'its stay is not there')
  t.match(made[5], { rule: 'no-home' }, 'it names no stay')
  t.equal((made[3] as MappedResource[]).length, 0)
})

t.test('a row that says something else than an earlier one with its key is refused, the same again is not', async (t) => {
  const table = tableOf(pack, 'chart')
  const row = (value: string) => cellsOf(table, chart({ id: '1', item: 'S1', value }).row)
  const merged = mergeContributions(table.contribute(row('120')) as [])
  const apply = (value: string) => table.apply(row(value), mergedFor(table, row(value), merged), () => {})
  t.ok(Array.isArray(apply('120')))
  t.match(apply('121'), { rule: 'duplicate-key' })
})

t.test('a shared resource uses the columns of its key only', async (t) => {
  t.throws(() => compiled({ stays: STAYS, moves: MOVES, chart: CHART.replace('method: {text: $family}', 'method: {text: $by}') }), {
    message: /it cannot use by, which is not in its key/
  })
  t.throws(() => compiled({ stays: STAYS, moves: MOVES, chart: CHART.replace('name: {trim: $item}', 'name: $later\n  later: $item') }), {
    message: /computed name: later is not there yet/
  })
  t.throws(
    () =>
      compiled({
        stays: STAYS,
        moves: MOVES.replace('    when: {not: $ward}\n', '')
          .replace('    when: $ward\n', '    when: $word\n')
          .replace('extension: [{url: "https://example.org/left", extension', 'location: [{location: {ref: ward, key: [$ward]}, extension')
          .replace('{url: at, valueDateTime: {dateTime: $at}}', '{url: at, valueDateTime: {dateTime: $at}}'),
        chart: CHART
      }),
    {
      message: /cannot be told from others in location/
    }
  )
})

t.test('firstBy takes the row with the lowest sort key', async (t) => {
  const WORDS = `table: words
key: id
columns: {id: {type: integer, required: true}, stay: {type: integer, required: true}, word: text}
resources:
  - {as: word, key: [$id], resourceType: Basic, identifier: [{system: {source: word}, value: $id}], code: {text: $word}}
merge:
  - {into: {ref: stay, key: [$stay]}, firstBy: [$id], serviceType: {text: $word}}
`
  const small = compiled({ stays: STAYS, words: WORDS })
  const others = ['10', '9', '11'].map((id) => ({ table: 'words', row: { id, stay: '1', word: `w${id}` } }))
  const [stay] = accepted(mapRow(small, 'stays', { stay: '1' }, [...others, { table: 'words', row: { id: '2', stay: '1' } }]))
  t.equal(JSON.parse(stay?.text ?? '').serviceType.text, 'w9', 'an empty value never wins')
})
