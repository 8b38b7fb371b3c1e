import t from 'tap'
import { readPack } from '#wardbridge/files/packs.js'
import { cellRanges } from '#wardbridge/lineage/cells.js'
import { compilePack, loadPack, type MappedResource, Tracer } from '#wardbridge/mapping/index.js'
import { accepted, installed, mapRow, type Row, SOURCE, tiny } from './support.js'

const ADMISSION: Row = {
  subject_id: '1',
  hadm_id: '2',
  admittime: '2101-01-01 08:00:00',
  dischtime: '2101-01-05 09:30:00',
  admission_type: 'EMERGENCY',
  admission_location: 'EMERGENCY ROOM ADMIT',
  insurance: 'Medicare',
  diagnosis: 'SEPSIS "?"'
}

/** The pieces of a resource that a cell made, by column. */
function pieces(tracer: Tracer, { text }: MappedResource): Record<string, string[]> {
  const traced = tracer.read(text)
  const found: Record<string, string[]> = {}
  for (const { table, column, start, end, role } of cellRanges(traced)) {
    if (role === 'value') (found[`${table}.${column}`] ??= []).push(traced.text.slice(start, end))
  }
  return found
}

t.test('a traced mapping makes the same resources, and the marks say which cell made what', async (t) => {
  const tracer = new Tracer()
  const traced = compilePack(loadPack(await readPack('mimic-iii')), { source: SOURCE, tracer })
  const plain = await installed('mimic-iii')
  const marked = accepted(mapRow(traced, 'admissions', ADMISSION))
  t.same(
    marked.map((one) => ({ ...one, text: tracer.read(one.text).text })),
    accepted(mapRow(plain, 'admissions', ADMISSION))
  )
  const [encounter] = marked
  const found = pieces(tracer, encounter!)
  t.same(found['admissions.diagnosis'], ['"SEPSIS \\"?\\""'])
  t.same(found['admissions.dischtime'], ['"end":"2101-01-05T09:30:00-05:00"'])
  t.match(found['admissions.admission_type']?.[0], /^\{"coding":\[.*"code":"EM".*\],"text":"EMERGENCY"\}$/)
  t.equal(found['admissions.deathtime'], undefined)
})

t.test('a measured value and its unit are told apart', async (t) => {
  const tracer = new Tracer()
  const pack = compilePack(loadPack(await readPack('mimic-iii')), { source: SOURCE, tracer })
  const [lab] = accepted(
    mapRow(pack, 'labevents', { row_id: '1', subject_id: '1', itemid: '50912', value: '<0.5', valueuom: 'mg/dL', valuenum: '0.5' })
  )
  const found = pieces(tracer, lab!)
  t.same(found['labevents.value'], ['"value":0.5', '"comparator":"<"'])
  t.same(found['labevents.valueuom'], ['"unit":"mg/dL"', '"mg/dL"'])
})

t.test('what another row adds is told to come from its table', async (t) => {
  const tracer = new Tracer()
  const pack = compilePack(loadPack(await readPack('mimic-iii')), { source: SOURCE, tracer })
  const [patient] = accepted(
    mapRow(pack, 'patients', { subject_id: '1', gender: 'F', dob: '2050-01-01 00:00:00' }, [
      { table: 'admissions', row: { ...ADMISSION, marital_status: 'MARRIED' } }
    ])
  )
  const found = pieces(tracer, patient!)
  t.match(found['admissions.marital_status']?.[0], /"code":"M".*"text":"MARRIED"/)
  t.ok(found['patients.gender']?.includes('"female"'))
})

t.test('look-ups in code maps are told with the cells they were made with', async (t) => {
  const tracer = new Tracer()
  const pack = compilePack(loadPack(await readPack('mimic-iii')), { source: SOURCE, tracer })
  const looked: string[] = []
  tracer.onLook = ({ map, names, cells }) => looked.push(`${map.name} ${names.join('+')} ${cells.join('+')}`)
  mapRow(pack, 'admissions', ADMISSION)
  t.ok(looked.includes('admission-location admission_location+admission_type EMERGENCY ROOM ADMIT+EMERGENCY'))
})

t.test('rows that are items are found again among what was gathered, and a shared resource tells whose cells are whose', async (t) => {
  const texts = tiny({
    chart: `table: chart
key: id
columns: {id: {type: integer, required: true}, at: {type: timestamp, required: true}, item: {type: text, required: true}, value: text}
computed: {part: {if: {equals: [$item, S]}, then: systolic, else: diastolic}}
resources:
  - {as: panel, key: [$at], resourceType: Observation, identifier: [{system: {source: p}, value: "\${at}"}], status: final, code: {text: BP}, effectiveDateTime: {dateTime: $at}}
merge:
  - into: {ref: panel, key: [$at]}
    standsForRow: true
    collectBy: [$id]
    part: $part
    component: [{code: {text: $part}, valueQuantity: {quantity: $value}}]
`
  })
  const tracer = new Tracer()
  const pack = compilePack(loadPack(texts), { source: SOURCE, tracer })
  const row = (id: string, item: string, value: string): Row => ({ id, at: '2101-01-01 08:00:00', item, value })
  const [panel] = accepted(mapRow(pack, 'chart', row('1', 'S', '120'), [{ table: 'chart', row: row('2', 'D', '80') }]))
  const found = pieces(tracer, panel!)
  t.same(found['chart.value'], ['"value":80', '"value":120'])
  t.same(found['chart.item'], ['"diastolic"', '"systolic"'], 'the cell behind a computed column')
})
