import t from 'tap'
import { validateResource } from '#wardbridge/fhir/validate.js'
import { readPack } from '#wardbridge/files/packs.js'
import { explain, loadPack } from '#wardbridge/mapping/index.js'
import { ODD_TEXTS } from './random.js'
import { accepted, installed, mapRow, tableOf, tiny } from './support.js'

t.test('with lineage every resource names its source row', async (t) => {
  const pack = await installed('mimic-iii', { source: 'urn:example:mimic', lineage: true })
  const made = accepted(
    mapRow(pack, 'admissions', { subject_id: '1', hadm_id: '2', admittime: '2101-01-01 00:00:00', insurance: 'Medicare' })
  )
  for (const { text, as } of made)
    t.equal(
      JSON.parse(text).meta.source,
      `urn:example:mimic#admissions${as === 'payor' ? '' : '/2'}`,
      'an insurer is that of many admissions'
    )
  t.same(
    made.map(({ type }) => type),
    ['Encounter', 'Coverage', 'Organization', 'Account']
  )
})

t.test('keys of any text give a valid meta.source, and two keys give two', async (t) => {
  const pack = await installed('hospital', { source: 'https://hospital.example/his', lineage: true })
  const sources = ODD_TEXTS.map((physician_id) => {
    const made = accepted(mapRow(pack, 'physicians', { physician_id, name: 'x' }))
    for (const { text } of made) t.same(validateResource(JSON.parse(text)), [])
    return JSON.parse(made[0]?.text ?? '').meta.source
  })
  t.equal(new Set(sources).size, ODD_TEXTS.length)
  t.equal(sources[ODD_TEXTS.indexOf('a/b')], 'https://hospital.example/his#physicians/a%2Fb')
})

for (const name of ['mimic-iii', 'hospital']) {
  t.test(`explain ${name}: every column once per element, and nothing is left out`, async (t) => {
    const model = loadPack(await readPack(name))
    const pack = await installed(name)
    const rows = explain(model)
    const places = rows.map((row) => `${row.table} ${row.column} ${row.as} ${row.element}`)
    t.same(
      places.filter((place, index) => places.indexOf(place) !== index),
      [],
      'no element twice'
    )
    for (const table of pack.tables.values()) {
      for (const column of table.columns)
        t.ok(
          rows.some((row) => row.table === table.table && row.column === column.name),
          `${table.table}.${column.name}`
        )
    }
    t.ok(rows.every((row) => row.how !== '' && row.element !== ''))
    t.same(
      explain(model, 'icustays'),
      rows.filter((row) => row.table === 'icustays')
    )
  })
}

t.test('explain says what happens to a value', async (t) => {
  const rows = explain(loadPack(await readPack('hospital')))
  const how = (table: string, column: string, element: string) =>
    rows.find((row) => row.table === table && row.column === column && row.element === element)?.how
  t.equal(how('admissions', 'marital_status', '-> Patient.maritalStatus'), 'code map marital-status (latest row wins)')
  t.equal(how('admissions', 'physician_id', 'Encounter.participant.individual'), 'reference to physician')
  t.equal(how('questions', 'responsible = admissions.physician_id', 'Task.owner'), 'reference to physician')
  t.equal(how('icustays', 'dbsource', 'Encounter.extension(source-cell)'), 'kept where it stands nowhere else')
  t.equal(how('labevents', 'valuenum', 'Observation.extension(source-cell)'), 'kept where it is not what other columns say')
  t.equal(how('patients', 'row_id', '-'), 'not kept: a running number of the export without meaning')
  t.equal(how('patients', 'dod_hosp', 'Patient.extension(date-of-death-hospital).valueDate'), 'date')
  t.equal(how('d_labitems', 'loinc_code', 'CodeSystem.concept.property'), 'as it is')
  const itemid = rows.find((row) => row.table === 'labevents' && row.element === 'Observation.code.coding.code')
  t.same(itemid?.maps, ['lab-loinc'])
  t.ok(itemid?.systems.includes('http://loinc.org'))
  const unit = rows.find((row) => row.column === 'valueuom' && row.element === 'Observation.valueQuantity.code')
  t.same(unit?.systems, ['http://unitsofmeasure.org'])
  const type = rows.find((row) => row.column === 'insurance' && row.element === 'Coverage.type')
  t.ok(type?.systems.includes('http://terminology.hl7.org/CodeSystem/v3-ActCode'))
})

t.test('the key of a resource is found only where the resource stands for a row', async (t) => {
  const pack = await installed('mimic-iii')
  const table = tableOf(pack, 'admissions')
  const [encounter, coverage] = accepted(
    mapRow(pack, 'admissions', { subject_id: '1', hadm_id: '2', admittime: '2101-01-01 00:00:00', insurance: 'Medicare' })
  )
  const [stay] = accepted(mapRow(pack, 'icustays', { subject_id: '1', hadm_id: '2', icustay_id: '2', intime: '2101-01-01 00:00:00' }))
  t.equal(table.rowsIn(encounter?.text ?? '', encounter?.id ?? '')[0]?.cells?.[2], '2')
  t.equal(table.rowsIn(coverage?.text ?? '', coverage?.id ?? '')[0]?.cells, undefined)
  t.equal(table.rowsIn(stay?.text ?? '', stay?.id ?? '')[0]?.cells, undefined, 'an ICU stay is no admission')
  t.equal(table.rowsIn(encounter?.text ?? '', 'another-id')[0], undefined)
  t.throws(() => table.invert(new Map()), { code: 'mapping.check' })
})

t.test('a value that somebody changed comes back as it is now, not as the cell was', async (t) => {
  const pack = await installed('mimic-iii')
  const table = tableOf(pack, 'labevents')
  const value = (cell: string, change: (text: string) => string) => {
    const [lab] = accepted(mapRow(pack, 'labevents', { row_id: '1', subject_id: '1', itemid: '1', value: cell, valueuom: 'ng/mL' }))
    return table.invert(new Map([['lab', change(lab?.text ?? '')]]))[5]
  }
  const same = (text: string) => text
  t.equal(value('.71', same), '.71')
  t.equal(
    value('.71', (text) => text.replace('"value":0.71', '"value":0.72')),
    '0.72'
  )
  t.equal(value('GREATER THAN 20 NG/ML', same), 'GREATER THAN 20 NG/ML')
  t.equal(
    value('GREATER THAN 20 NG/ML', (text) => text.replace('"comparator":">"', '"comparator":">="')),
    '>=20'
  )
  t.equal(value('06 - 10', same), '06 - 10')
  t.equal(
    value('06 - 10', (text) => text.replace('"value":10', '"value":12')),
    '6-12'
  )
})

const PRESSURES = `table: pressures
key: id
columns:
  id: {type: integer, required: true}
  at: {type: timestamp, required: true}
  item: {type: text, required: true}
  value: text
computed:
  part: {if: {equals: [$item, S]}, then: systolic, else: {if: {equals: [$item, D]}, then: diastolic}}
resources:
  - as: panel
    key: [$at]
    when: $part
    resourceType: Observation
    identifier: [{system: {source: panels}, value: "\${at}"}]
    status: final
    code: {text: Blood pressure}
    effectiveDateTime: {dateTime: $at}
  - as: reading
    key: [$id]
    when: {not: $part}
    resourceType: Observation
    identifier: [{system: {source: pressures}, value: $id}]
    status: final
    code: {text: $item}
    effectiveDateTime: {dateTime: $at}
    valueQuantity: {quantity: $value}
merge:
  - into: {ref: panel, key: [$at]}
    when: $part
    standsForRow: true
    collectBy: [$id]
    part: $part
    component: [{code: {text: $item}, valueQuantity: {quantity: $value}}]
`

t.test('explain tells of the cells behind computed columns, of rows that are items, and where their cells are kept', async (t) => {
  const rows = explain(loadPack(tiny({ pressures: PRESSURES })))
  t.notOk(
    rows.some((row) => row.column === 'part'),
    'computed columns are no columns of the file'
  )
  const how = (column: string, element: string, as = 'panel') =>
    rows.find((row) => row.column === column && row.element === element && row.as === as)?.how
  t.equal(how('value', '-> Observation.component.valueQuantity'), 'quantity')
  t.equal(how('item', '-> Observation.component'), 'tells the items apart, through part (decides)')
  t.match(how('item', 'Observation'), 'decides whether it is made, through part')
  t.equal(how('at', '-> Observation'), 'says to which it is added')
  t.equal(how('value', '-> Observation.component.extension(source-cell)'), 'kept where it stands nowhere else')
  t.equal(how('value', 'Observation.valueQuantity', 'reading'), 'quantity')
})
