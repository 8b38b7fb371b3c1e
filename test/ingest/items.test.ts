/** Rows that are items of other resources, loaded at once, bit by bit, corrected and given back. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { ingest, storedResources, unmap } from '#wardbridge/ingest/index.js'
import { compilePack, loadPack, type PackSource } from '#wardbridge/mapping/index.js'
import { openService } from '#wardbridge/service/service.js'

const WHO = { subject: 'test', role: 'system' }

const FILES: Readonly<Record<string, string>> = {
  'manifest.yaml': 'pack: panels\npublic: true\ntimezone: Z\nsource: urn:example:panels\ntables: {stays: {}, chart: {}, moves: {}}\n',
  'stays.yaml': `table: stays
key: stay
columns: {stay: {type: integer, required: true}}
resources:
  - {as: stay, key: [$stay], resourceType: Encounter, identifier: [{system: {source: stay}, value: $stay}], status: unknown, class: {code: IMP}}
`,
  'moves.yaml': `table: moves
key: id
columns: {id: {type: integer, required: true}, stay: integer, ward: text, word: text}
merge:
  - into: {ref: stay, key: [$stay]}
    standsForRow: true
    collectBy: [$id]
    extension: [{url: "https://example.org/move", extension: [{url: ward, valueString: $ward}]}]
`,
  'chart.yaml': `table: chart
key: id
columns: {id: {type: integer, required: true}, at: {type: timestamp, required: true}, item: {type: text, required: true}, value: text}
computed:
  part: {if: {equals: [$item, [S, D]]}, then: $item}
resources:
  - as: panel
    key: [$at]
    when: $part
    resourceType: Observation
    identifier: [{system: {source: panel}, value: $at}]
    status: final
    code: {text: Blood pressure}
    effectiveDateTime: {dateTime: $at}
  - as: chart
    key: [$id]
    when: {not: $part}
    resourceType: Observation
    identifier: [{system: {source: chart}, value: $id}]
    status: final
    code: {text: $item}
    valueString: $value
merge:
  - into: {ref: panel, key: [$at]}
    when: $part
    standsForRow: true
    collectBy: [$id]
    part: $part
    component: [{code: {text: $item}, valueString: $value}]
    missing: {S: {code: {text: S}, valueString: none}, D: {code: {text: D}, valueString: none}}
`
}
const PACK: PackSource = { pack: 'panels', packs: new Map([['panels', new Map(Object.entries(FILES))]]), profiles: new Map() }

const HEAD = 'id,at,item,value\n'
const [EIGHT, NINE] = ['2101-01-01 08:00:00', '2101-01-01 09:00:00']
const CHART = `${HEAD}1,${EIGHT},S,120\n2,${EIGHT},D,70\n3,${NINE},S,130\n4,${NINE},HR,80\n`
const STAYS = 'stay\n5\n6\n'
const MOVES = 'id,stay,ward,word\n1,5,A,\n2,5,B,later\n'

function folder(t: Test): string {
  const dir = mkdtempSync(join(tmpdir(), 'wardbridge-test-'))
  t.teardown(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

/** Loads tables into the store of a folder; gives the report, the panels as "time: values", and the tables as they come back. */
async function loadInto(dir: string, tables: Readonly<Record<string, string>>) {
  const source = mkdtempSync(join(dir, 'in-'))
  for (const [name, text] of Object.entries(tables)) writeFileSync(join(source, `${name}.csv`), text)
  const rejects = join(source, 'rejects.ndjson')
  const service = await openService({ store: join(dir, 'x.db') })
  try {
    const report = await ingest({ sources: [source], pack: PACK, jobs: 2, rejects }, service, WHO)
    const stored = storedResources(service, WHO)
    const panels: Record<string, string[]> = {}
    for await (const { text } of stored.each('Observation')) {
      const { code, effectiveDateTime, component } = JSON.parse(text)
      if (code.text === 'Blood pressure')
        panels[effectiveDateTime.slice(11, 13)] = component.map((one: { valueString: string }) => one.valueString)
    }
    mkdirSync(join(dir, 'out'), { recursive: true })
    await unmap({ pack: compilePack(loadPack(PACK), { source: 'urn:example:panels' }), stored, out: join(dir, 'out') })
    const back = (name: string) => readFileSync(join(dir, 'out', `${name}.csv`), 'utf8')
    const refused = readFileSync(rejects, 'utf8').split('\n').slice(0, -1)
    return { report, panels, back, rejects: refused.map((line) => JSON.parse(line) as { line: number; rule: string; column?: string }) }
  } finally {
    await service.close()
  }
}

const ALL = { stays: STAYS, chart: CHART, moves: MOVES }

t.test('every row is in one place, panels are counted once, and the tables come back', async (t) => {
  const dir = folder(t)
  const { report, panels, back } = await loadInto(dir, ALL)
  const chart = report.tables.find(({ table }) => table === 'chart')
  t.match(chart, { rowsIn: 4, mapped: 1, merged: 3, rejected: 0, resources: { Observation: 3 } })
  t.match(
    report.tables.find(({ table }) => table === 'moves'),
    { rowsIn: 2, mapped: 0, merged: 2 }
  )
  t.same(panels, { '08': ['120', '70'], '09': ['130', 'none'] })
  t.equal(back('chart'), CHART)
  t.equal(back('moves'), MOVES)
  const again = await loadInto(dir, ALL)
  t.match(again.report.totals, { created: 0, updated: 0, unchanged: 5 })
})

t.test('rows that come later join the panels and Encounters that are in the store', async (t) => {
  const dir = folder(t)
  await loadInto(dir, { stays: STAYS })
  await loadInto(dir, { moves: 'id,stay,ward,word\n2,5,B,later\n' })
  await loadInto(dir, { chart: `${HEAD}2,${EIGHT},D,70\n4,${NINE},HR,80\n` })
  const { panels, back } = await loadInto(dir, {
    chart: `${HEAD}1,${EIGHT},S,120\n3,${NINE},S,130\n`,
    moves: 'id,stay,ward,word\n1,5,A,\n'
  })
  t.same(panels, { '08': ['120', '70'], '09': ['130', 'none'] })
  t.equal(back('chart'), CHART)
  t.equal(back('moves'), MOVES)
})

t.test('a corrected row is corrected in its panel, and leaves it when it moves', async (t) => {
  const dir = folder(t)
  await loadInto(dir, ALL)
  const corrected = await loadInto(dir, { chart: `${HEAD}2,${EIGHT},D,75\n` })
  t.same(corrected.panels, { '08': ['120', '75'], '09': ['130', 'none'] })
  const moved = await loadInto(dir, { chart: `${HEAD}2,${NINE},D,75\n` })
  t.same(moved.panels, { '08': ['120', 'none'], '09': ['130', '75'] })
  t.equal(moved.back('chart'), CHART.replace(`2,${EIGHT},D,70`, `2,${NINE},D,75`))
  const left = await loadInto(dir, { chart: `${HEAD}1,${NINE},D,60\n` })
  t.match(left.report.notes.join(), /was deleted: all rows that stood in it now stand elsewhere/)
  t.same(Object.keys(left.panels), ['09'])
  t.equal(left.back('chart').split('\n').length, CHART.split('\n').length, 'no row comes back twice')
})

t.test('rows without their Encounter and rows that contradict an earlier one are rejected by name', async (t) => {
  const { report, rejects, panels } = await loadInto(folder(t), {
    ...ALL,
    chart: `${CHART}1,${EIGHT},S,121\n2,${EIGHT},D,70\n`,
    moves: `${MOVES}3,7,C,\n4,,C,\n`
  })
  t.match(rejects, [
    { line: 6, rule: 'duplicate-key' },
    { line: 4, rule: 'missing', column: 'stay' },
    { line: 5, rule: 'no-home' }
  ])
  t.same(panels['08'], ['120', '70'])
  for (const { rowsIn, mapped, merged, rejected } of report.tables) t.equal(mapped + merged + rejected, rowsIn)
})
