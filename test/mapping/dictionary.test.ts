import t from 'tap'
import { validateResource } from '#wardbridge/fhir/validate.js'
import { anyText, Random } from './random.js'
import { accepted, cellsOf, compiled, installed, mapRow, tableOf } from './support.js'

t.test('a dictionary becomes one CodeSystem, and its rows come back from it', async (t) => {
  const pack = await installed('mimic-iii', { source: 'urn:example:mimic' })
  const random = new Random(8)
  for (const [name, content] of [
    ['d_labitems', 'complete'],
    ['d_icd_diagnoses', 'fragment']
  ] as const) {
    const table = tableOf(pack, name)
    const rows = Array.from({ length: 300 }, (_, index) =>
      table.columns.map((column) => {
        if (column.lossy !== undefined) return ''
        if (column.required) return column.type === 'integer' ? String(50000 + index) : `V${index}\\"é`
        return random.chance(0.3) ? '' : anyText(random)
      })
    )
    t.same(pack.setDictionary(name, rows), [])
    const resource = pack.dictionaryResources().find((one) => one.id === pack.dictionaryId(name))
    t.same(validateResource(JSON.parse(resource?.text ?? '')), [])
    t.match(JSON.parse(resource?.text ?? ''), { resourceType: 'CodeSystem', count: 300, content })
    t.same(pack.invertDictionary(name, resource?.text ?? ''), rows)
  }
})

t.test('rows refused: a wrong type, no code, a code with blanks at its ends, a code given twice', async (t) => {
  const pack = await installed('mimic-iii')
  const icd = tableOf(pack, 'd_icd_diagnoses')
  const rows = ['0389', '', ' 0389', '0389', 'two  blanks', '486'].map((icd9_code) =>
    cellsOf(icd, { icd9_code, short_title: 's', long_title: 'l' })
  )
  t.match(pack.setDictionary('d_icd_diagnoses', rows), [
    { index: 1, column: 'icd9_code', rule: 'required' },
    { index: 2, column: 'icd9_code', rule: 'code' },
    { index: 3, column: 'icd9_code', rule: 'duplicate-key' },
    { index: 4, column: 'icd9_code', rule: 'code' }
  ])
  t.same(
    pack.invertDictionary('d_icd_diagnoses', pack.dictionaryResources()[0]?.text ?? '').map((row) => row[1]),
    ['0389', '486']
  )
  t.match(pack.setDictionary('d_labitems', [cellsOf(tableOf(pack, 'd_labitems'), { itemid: 'x' })]), [
    { index: 0, column: 'itemid', rule: 'integer' }
  ])
})

t.test('another dictionary is seen at once, also by values made before', async (t) => {
  const pack = await installed('mimic-iii')
  const labels = ['', 'Anion Gap', 'Gap']
  for (const label of labels) {
    pack.setDictionary('d_labitems', label === '' ? [] : [cellsOf(tableOf(pack, 'd_labitems'), { itemid: '50868', label })])
    const { code } = JSON.parse(accepted(mapRow(pack, 'labevents', { row_id: '1', subject_id: '1', itemid: '50868' }))[0]?.text ?? '')
    t.equal(code.text, label === '' ? undefined : label)
  }
})

t.test('an empty dictionary gives no CodeSystem', async (t) => {
  const pack = await installed('mimic-iii')
  t.same(pack.dictionaryResources(), [])
  t.match(pack.dictionaryId('d_labitems'), /^[0-9a-f-]{36}$/)
  t.equal(pack.dictionaryId('labevents'), undefined)
})

t.test('values without a row are counted again and again, memory or not', async (t) => {
  const map = '{"resourceType":"ConceptMap","group":[{"source":"urn:l"}]}'
  const table =
    'table: t\nkey: id\ncolumns: {id: {type: integer, required: true}, a: text, b: text}\nresources:\n  - {as: p, key: [$id], resourceType: Patient, identifier: [{value: $id}], maritalStatus: {map: m, from: $a}, name: [{text: {map: m, from: [$b]}}]}\n'
  const pack = compiled({ t: table, 'maps/m.json': map })
  // More distinct texts than are remembered, each twice in a row and once again later.
  const counts = new Map<string, number>()
  for (let round = 0; round < 2; round++) {
    for (let value = 0; value < 12000; value++) {
      for (let twice = 0; twice < 2; twice++)
        tableOf(pack, 't').apply(['1', `v${value}`, `v${value}`], undefined, (column, text) =>
          counts.set(`${column}=${text}`, (counts.get(`${column}=${text}`) ?? 0) + 1)
        )
    }
  }
  t.equal(counts.size, 24000)
  t.ok([...counts.values()].every((count) => count === 4))
})
