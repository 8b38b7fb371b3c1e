/** Where a naive mapping of the intensive care chart says something false about a patient: real rows of CHARTEVENTS, DATETIMEEVENTS and OUTPUTEVENTS. */
import t, { type Test } from 'tap'
import { validateResource } from '#wardbridge/fhir/validate.js'
import { accepted, cellsOf, comesBack, expectedBack, mapRow, type Row, tableOf } from '../support.js'
import { absent, chartPack, rowOf, rowsOf } from './chart.js'

// biome-ignore lint/suspicious/noExplicitAny: tests look into resources of every shape
type Resource = any

const LOINC = 'http://loinc.org'
const UCUM = 'http://unitsofmeasure.org'
const R4 = 'http://hl7.org/fhir/StructureDefinition/'
const OURS = 'https://fhir.wardbridge.dev/StructureDefinition/'
const ORDINAL = `${R4}ordinalValue`

t.test('real rows of the chart', { skip: absent }, async (t) => {
  const pack = await chartPack()

  /** The resource of a row that is valid, has nothing unmapped and comes back. */
  function made(t: Test, table: string, rowId: string, others: ReadonlyArray<{ table: string; row: Row }> = []): Resource {
    const row = rowOf(table, rowId)
    const outcome = mapRow(pack, table, row, others)
    t.same(outcome.unmapped, {}, `row ${rowId} has no value without a code`)
    const resources = accepted(outcome)
    t.same(resources.map(({ as }) => as).length, 1, `row ${rowId} is one resource`)
    t.same(comesBack(tableOf(pack, table), resources), expectedBack(tableOf(pack, table), row), `row ${rowId} comes back`)
    const resource = JSON.parse(resources[0]?.text ?? '')
    t.same(validateResource(resource), [], `row ${rowId} is valid`)
    t.equal(resource.resourceType, 'Observation')
    return resource
  }
  const chart = (t: Test, rowId: string) => made(t, 'chartevents', rowId)
  const codes = (resource: Resource, system: string) =>
    resource.code.coding.filter((one: Resource) => one.system === system).map((one: Resource) => one.code)
  const categories = (resource: Resource) => (resource.category ?? []).flatMap((one: Resource) => one.coding.map((c: Resource) => c.code))
  const extension = (resource: Resource, name: string) => resource.extension?.find((one: Resource) => one.url === OURS + name)

  t.test('words beside a valuenum are words: the number is the score of the word, never a quantity', async (t) => {
    for (const [rowId, word, score] of [
      ['270810595', 'Married', 2],
      ['270773112', 'Yes', 15]
    ] as const) {
      const resource = chart(t, rowId)
      t.notOk('valueQuantity' in resource)
      t.equal(resource.valueCodeableConcept.text, word)
      t.match(resource.valueCodeableConcept.coding, [
        { code: word, system: /mimic-iii-chart-value$/, extension: [{ url: ORDINAL, valueDecimal: score }] }
      ])
    }
  })

  t.test('the verbal response of a patient with a tube is not testable, never a bare 1', async (t) => {
    for (const [rowId, word] of [
      ['270773028', 'No Response-ETT'],
      ['85812460', '1.0 ET/Trach']
    ] as const) {
      const resource = chart(t, rowId)
      t.notOk('valueQuantity' in resource)
      t.equal(resource.valueCodeableConcept.text, word)
      t.match(resource.valueCodeableConcept.coding[1], { system: /gcs-modifier$/, code: 'not-testable' })
      t.same([codes(resource, LOINC), categories(resource)], [['9270-0'], ['exam']])
    }
  })

  t.test('the total of the coma scale is a score and an exam', async (t) => {
    const resource = chart(t, '85780490')
    t.match(resource.valueQuantity, { value: 15, unit: 'points', system: UCUM, code: '{score}' })
    t.same([codes(resource, LOINC), categories(resource)], [['9269-2'], ['exam']])
  })

  t.test('alarm limits are no vital signs', async (t) => {
    for (const rowId of ['5279029', '235308487']) {
      const resource = chart(t, rowId)
      t.same([codes(resource, LOINC), categories(resource).includes('vital-signs')], [[], false])
      t.match(resource.valueQuantity, { system: UCUM })
    }
  })

  t.test('the calculated twin of a temperature has no vital sign code and names what it is derived from', async (t) => {
    const twin = chart(t, '85780465')
    t.same([codes(twin, LOINC), categories(twin)], [[], []])
    const source = chart(t, '85780466')
    t.same([codes(source, LOINC), source.valueQuantity.code], [['8310-5'], '[degF]'])
    t.same(twin.derivedFrom, [{ identifier: source.identifier[1] }])
  })

  t.test('chart copies of laboratory results have neither LOINC nor the category laboratory', async (t) => {
    for (const [rowId, section] of [
      ['85780591', 'Hematology'],
      ['5279052', 'Labs']
    ] as const) {
      const resource = chart(t, rowId)
      t.same([codes(resource, LOINC), categories(resource)], [[], [section]])
    }
    t.equal(extension(chart(t, '85780591'), 'chart-result-status').valueString, 'Final')
  })

  t.test('lying units: the text stays, the code says what is measured', async (t) => {
    const fraction = chart(t, '85814508')
    t.match(fraction.valueQuantity, { unit: 'torr', system: UCUM, code: '1' }, 'a fraction of oxygen is no pressure')
    t.match(fraction.valueQuantity.extension, [{ url: `${OURS}source-text`, valueString: '.40000000596046448' }])
    const flag = chart(t, '85780467')
    t.same(flag.valueQuantity, { value: 1, unit: 'kg' }, 'item 742 is a flag, no weight')
    t.same([codes(flag, LOINC), categories(flag)], [[], []])
  })

  t.test('units of vital signs become the codes that R4 fixes', async (t) => {
    const breaths = chart(t, '85780462')
    t.match(breaths.valueQuantity, { value: 25, unit: 'BPM', system: UCUM, code: '/min' })
    t.same([codes(breaths, LOINC), categories(breaths)], [['9279-1'], ['vital-signs']])
    t.same(codes(chart(t, '85780463'), LOINC), ['2708-6', '59408-5'], 'oxygen saturation has both codes')
    t.match(chart(t, '5280449').valueQuantity, { unit: 'Inch', code: '[in_i]' })
  })

  t.test('a vital sign names our profile and that of R4, everything else ours alone', async (t) => {
    t.same(chart(t, '85780462').meta.profile, [`${OURS}wardbridge-vital-sign`, `${R4}resprate`])
    t.same(chart(t, '85780463').meta.profile, [`${OURS}wardbridge-vital-sign`, `${R4}oxygensat`])
    t.same(chart(t, '85780490').meta.profile, [`${OURS}wardbridge-chart-observation`], 'a coma scale is an exam')
    t.same(chart(t, '5279029').meta.profile, [`${OURS}wardbridge-chart-observation`], 'an alarm limit')
  })

  t.test('a weight whose unit cell is empty has the unit of its item', async (t) => {
    const weight = chart(t, '5279628')
    t.same(weight.valueQuantity, { value: 104.3, unit: 'lb', system: UCUM, code: '[lb_av]' })
    t.same(codes(weight, LOINC), ['29463-7'])
  })

  t.test('a heart rate of 0 is kept: asystole or a loose lead, not missing', async (t) => {
    t.match(chart(t, '85816070').valueQuantity, { value: 0, unit: 'BPM', code: '/min' })
  })

  t.test('entries marked as errors stay visible and are entered-in-error', async (t) => {
    const resource = chart(t, '6680637')
    t.equal(resource.status, 'entered-in-error')
    t.equal(resource.valueQuantity.value, 98)
    t.equal(chart(t, '5279029').status, 'final')
  })

  t.test('an entry without value says that it is unknown', async (t) => {
    const resource = chart(t, '86028553')
    t.same(
      Object.keys(resource).filter((name) => name.startsWith('value')),
      []
    )
    t.same(resource.dataAbsentReason.coding[0].code, 'unknown')
    t.equal(extension(chart(t, '85780984'), 'chart-stopped').valueString, "D/C'd")
  })

  t.test('numbers that only name something are text', async (t) => {
    const ventilator = chart(t, '86029447')
    t.same([ventilator.valueString, 'valueQuantity' in ventilator], ['27', false], 'the number on a ventilator')
    t.equal(chart(t, '86286770').valueString, '153/82', 'a pressure written as text')
    t.match(chart(t, '85844261').valueQuantity, { value: 0.3, comparator: '<' })
  })

  t.test('the rows of one blood pressure are one panel, whatever order they come in', async (t) => {
    const table = tableOf(pack, 'chartevents')
    const rows = ['5296328', '5296329', '5296327'].map((rowId) => ({ table: 'chartevents', row: rowOf('chartevents', rowId) }))
    const made = rows.map(({ row }) =>
      accepted(
        mapRow(
          pack,
          'chartevents',
          row,
          rows.filter((other) => other.row !== row)
        )
      )
    )
    const [panel] = made[0] ?? []
    for (const one of made) t.same([one, table.isMerged(one)], [[panel], true], 'each row makes the same panel and nothing else')
    const resource = JSON.parse(panel?.text ?? '')
    t.same(validateResource(resource), [])
    t.same(resource.meta.profile, [`${OURS}wardbridge-vital-sign`, `${R4}bp`])
    t.same([codes(resource, LOINC), categories(resource)], [['85354-9'], ['vital-signs']])
    t.same(
      Object.keys(resource).filter((name) => name.startsWith('value')),
      [],
      'a panel has no value of its own'
    )
    t.same(
      resource.component.map((one: Resource) => [codes(one, LOINC), one.valueQuantity.value, one.valueQuantity.code]),
      [
        [['8480-6', '76215-3'], 75, 'mm[Hg]'],
        [['8462-4', '76213-8'], 26, 'mm[Hg]'],
        [['8478-0', '76214-6'], 39, 'mm[Hg]']
      ]
    )
    t.same(
      resource.component.map((one: Resource) => [one.code.coding[0].code, extension(one, 'chart-row').valueIdentifier.value]),
      [
        ['220050', '5296327'],
        ['220051', '5296328'],
        ['220052', '5296329']
      ],
      'each part keeps its item and its row'
    )
    const back = table.rowsIn(panel?.text ?? '', panel?.id ?? '').map(({ cells }) => cells)
    t.same(
      back.map((cells) => cells[0]),
      ['5296327', '5296328', '5296329']
    )
    for (const { row } of rows)
      t.same(
        back.find((cells) => cells[0] === row['row_id']),
        cellsOf(table, row),
        'and comes back'
      )
  })

  t.test('a missing half of a blood pressure says so; a part marked as an error is a panel of its own', async (t) => {
    const panelOf = (rowId: string) => {
      const row = rowOf('chartevents', rowId)
      return JSON.parse(accepted(mapRow(pack, 'chartevents', row))[0]?.text ?? '')
    }
    const panel = panelOf('5296329')
    t.same(
      panel.component.map((one: Resource) => [codes(one, LOINC)[0], one.dataAbsentReason?.coding[0].code]),
      [
        ['8480-6', 'unknown'],
        ['8462-4', 'unknown'],
        ['8478-0', undefined]
      ]
    )
    t.same(validateResource(panel), [])
    const marked = panelOf('5935187')
    t.equal(marked.status, 'entered-in-error')
  })

  t.test('pressures that are not in the body circulation, limits and text are no blood pressure', async (t) => {
    for (const rowId of ['203547400', '5296407', '86286770']) {
      const resource = chart(t, rowId)
      t.same([codes(resource, LOINC), categories(resource).includes('vital-signs')], [[], false])
    }
  })

  t.test('allergies and code status stay what the chart says', async (t) => {
    t.equal(chart(t, '85803899').valueString, 'No Known Drug Allergies')
    t.equal(chart(t, '85780486').valueString, 'Full Code')
  })

  t.test('rows of one patient, stay, time and item are Observations of their own', async (t) => {
    const ids = ['270774522', '270774523', '270774524', '270774525'].map((rowId) => chart(t, rowId).id)
    t.equal(new Set(ids).size, 4)
  })

  t.test('a warning is kept, and 0 is a statement', async (t) => {
    t.equal(extension(chart(t, '5279051'), 'chart-warning').valueBoolean, true)
    t.equal(extension(chart(t, '5279029'), 'chart-warning').valueBoolean, false)
  })

  t.test('an entry belongs to its ICU stay, else to the hospital stay, as recorded', async (t) => {
    const outside = chart(t, '7465847')
    t.match(outside.encounter.identifier, { system: /:hadm_id$/, value: '163189' })
    t.equal(outside.effectiveDateTime, '2124-11-30T20:00:00-05:00', 'a year in which the patient was dead stays as charted')
    const other = chart(t, '7408748')
    t.match(other.encounter.identifier, { system: /:icustay_id$/, value: '286428' })
    t.equal(extension(other, 'hospital-stay').valueReference.identifier.value, '131048', 'not the stay that the ICU stay is part of')
  })

  t.test('a date has the precision that its unit says', async (t) => {
    t.equal(made(t, 'datetimeevents', '2314477').valueDateTime, '2123-11-29')
    t.equal(made(t, 'datetimeevents', '2172794').valueDateTime, '2130-08-14T16:06:00-05:00')
    const empty = made(t, 'datetimeevents', '213554')
    t.same([empty.valueDateTime, empty.dataAbsentReason.coding[0].code], [undefined, 'unknown'])
  })

  t.test('a charted date of birth of a patient over 89 is masked, others are dates', async (t) => {
    const patient = (id: string) => [{ table: 'patients', row: rowsOf('patients', (row) => row['subject_id'] === id)[0] as Row }]
    const masked = made(t, 'datetimeevents', '2193429', patient('40655'))
    t.same([masked.valueDateTime, masked.dataAbsentReason.coding[0].code], [undefined, 'masked'])
    t.ok(extension(masked, 'raw-date-of-birth'), 'kept where nobody takes it for an age')
    t.equal(made(t, 'datetimeevents', '2172727', patient('40124')).valueDateTime, '2063-07-05')
    t.equal(made(t, 'datetimeevents', '2172728', patient('40124')).valueDateTime, '2130-02-04', 'an admission date')
  })

  t.test('what is put in to rinse the bladder is no output', async (t) => {
    const into = made(t, 'outputevents', '2888111')
    t.same([categories(into), into.valueQuantity.value, into.valueQuantity.code], [['irrigant-in'], 3000, 'mL'])
    t.same(categories(made(t, 'outputevents', '2904470')), ['irrigant-and-urine-out'])
    const empty = made(t, 'outputevents', '7006')
    t.same([categories(empty), empty.dataAbsentReason.coding[0].code], [['urine'], 'unknown'])
    t.match(made(t, 'outputevents', '2950573').encounter.identifier, { system: /:hadm_id$/ })
  })
})
