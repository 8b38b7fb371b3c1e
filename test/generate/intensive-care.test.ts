import { join } from 'node:path'
import t from 'tap'
import { generateHospital } from '#wardbridge/generate/index.js'
import { STORIES } from '#wardbridge/generate/stories/index.js'
import { by, median, type Row, readAll } from './hospital.js'

const out = join(t.testdir(), 'hospital')
await generateHospital({ patients: 160, seed: 8, out })
const tables = readAll(out)

const storyOf = new Map(STORIES.flatMap((story) => story.principal.map(([code]) => [code, story.name] as const)))
const diagnoses = by(tables.diagnoses_icd, 'hadm_id')
const story = (hadm: string) => storyOf.get(diagnoses.get(hadm)![0]!['icd9_code']!)
const diagnosed = (hadm: string, code: string) => diagnoses.get(hadm)!.some((row) => row['icd9_code'] === code)

/** Charted values by stay, of both bedside systems; marked errors left out. */
const chart = by(
  tables.chartevents.filter((row) => row['icustay_id'] !== '' && row['error'] !== '1'),
  'icustay_id'
)
const ITEMS = {
  heartRate: ['211', '220045'],
  systolic: ['51', '455', '220050', '220179'],
  mean: ['52', '456', '220052', '220181'],
  saturation: ['646', '220277'],
  fahrenheit: ['678', '223761'],
  celsius: ['676', '223762'],
  verbal: ['723', '223900'],
  inspired: ['190', '223835'],
  endPressure: ['506', '220339'],
  admissionWeight: ['762', '226512'],
  inches: ['920', '226707']
} as const

function charted(icustay: string, what: keyof typeof ITEMS): Row[] {
  const items: readonly string[] = ITEMS[what]
  return (chart.get(icustay) ?? []).filter((row) => items.includes(row['itemid']!) && row['value'] !== '')
}

function temperatures(icustay: string): { time: number; celsius: number }[] {
  return [
    ...charted(icustay, 'celsius').map((row) => ({ time: at(row), celsius: Number(row['valuenum']) })),
    ...charted(icustay, 'fahrenheit').map((row) => ({ time: at(row), celsius: (Number(row['valuenum']) - 32) / 1.8 }))
  ]
}

const HOUR = 3_600_000
const at = (row: Row, column = 'charttime') => Date.parse(`${row[column]}Z`)
const numbers = (rows: readonly Row[]) => rows.map((row) => Number(row['valuenum']))
const firstStays = [...by(tables.icustays, 'hadm_id').values()].map((rows) => rows[0]!)
const long = firstStays.filter((row) => Number(row['los']) > 0.5)

/** Vasopressors as they run in both systems: first and last moment per stay. */
const PRESSORS = ['30120', '221906']
const pressors = new Map<string, { from: number; to: number }>()
for (const [row, from, to] of [
  ...tables.inputevents_mv.filter((row) => row['statusdescription'] !== 'Rewritten').map((row) => [row, 'starttime', 'endtime'] as const),
  ...tables.inputevents_cv.map((row) => [row, 'charttime', 'charttime'] as const)
]) {
  if (!PRESSORS.includes(row['itemid']!)) continue
  const known = pressors.get(row['icustay_id']!)
  const [begin, end] = [at(row, from), at(row, to)]
  pressors.set(row['icustay_id']!, { from: Math.min(begin, known?.from ?? begin), to: Math.max(end, known?.to ?? end) })
}

t.test('a sepsis in intensive care has fever or is cold, a fast pulse, and a lactate', async (t) => {
  const stays = long.filter((row) => story(row['hadm_id']!) === 'sepsis')
  t.ok(stays.length > 10, `${stays.length} stays`)
  const lactates = by(
    tables.labevents.filter((row) => row['itemid'] === '50813'),
    'hadm_id'
  )
  for (const stay of stays) {
    const id = stay['icustay_id']!
    const early = temperatures(id).filter(({ time }) => time < at(stay, 'intime') + 24 * HOUR)
    t.ok(
      early.some(({ celsius }) => celsius >= 38 || celsius <= 36),
      `${id}: ${early.map(({ celsius }) => celsius.toFixed(1))}`
    )
    t.ok(Math.max(...numbers(charted(id, 'heartRate'))) >= 95, `${id} pulse`)
    t.ok(lactates.has(stay['hadm_id']!), `${id} lactate`)
  }
})

t.test('a sepsis is given an antibiotic within hours, and is searched for with cultures', async (t) => {
  const ANTIBIOTICS = /Vancomycin|Piperacillin|CefePIME|Meropenem/
  const orders = by(
    tables.prescriptions.filter((row) => ANTIBIOTICS.test(row['drug']!)),
    'hadm_id'
  )
  const cultures = by(tables.microbiologyevents, 'hadm_id')
  const septic = tables.admissions.filter((row) => story(row['hadm_id']!) === 'sepsis')
  for (const admission of septic) {
    const hadm = admission['hadm_id']!
    const begin = at(admission, admission['edregtime'] === '' ? 'admittime' : 'edregtime')
    t.ok(
      orders.get(hadm)?.some((row) => at(row, 'startdate') <= begin + 6 * HOUR),
      `${hadm} order`
    )
    t.ok(
      cultures.get(hadm)?.some((row) => row['spec_type_desc'] === 'BLOOD CULTURE' || row['spec_type_desc'] === 'URINE'),
      `${hadm} culture`
    )
  }
  const given = by(
    tables.inputevents_mv.filter((row) => row['ordercategoryname'] === '08-Antibiotics (IV)'),
    'icustay_id'
  )
  const metavision = long.filter((row) => story(row['hadm_id']!) === 'sepsis' && row['dbsource'] === 'metavision')
  t.ok(metavision.length > 5)
  for (const stay of metavision) {
    t.ok(
      given.get(stay['icustay_id']!)?.some((row) => at(row, 'starttime') < at(stay, 'intime') + 6 * HOUR),
      `${stay['icustay_id']} dose`
    )
  }
})

t.test('the organism found is the one the diagnosis names, and resistance shows in the susceptibilities', async (t) => {
  const found = tables.microbiologyevents.filter((row) => row['org_name'] !== '' && row['spec_type_desc'] === 'BLOOD CULTURE')
  for (const [code, organism] of [
    ['03842', 'ESCHERICHIA COLI'],
    ['03811', 'STAPH AUREUS COAG +']
  ] as const) {
    const rows = found.filter((row) => diagnosed(row['hadm_id']!, code))
    t.ok(rows.length > 0, code)
    t.ok(
      rows.some((row) => row['org_name'] === organism),
      code
    )
  }
  const oxacillin = tables.microbiologyevents.filter((row) => row['ab_name'] === 'OXACILLIN')
  for (const row of oxacillin) {
    if (row['spec_type_desc'] === 'SPUTUM' && diagnosed(row['hadm_id']!, '48242')) t.equal(row['interpretation'], 'R')
    if (diagnosed(row['hadm_id']!, '03811')) t.equal(row['interpretation'], 'S')
  }
  for (const row of tables.microbiologyevents) {
    const { dilution_text: text, dilution_comparison: comparison, dilution_value: value } = row
    if (/^(<=|=>)/.test(text!)) t.ok(comparison === text!.slice(0, 2) && /^\d+$/.test(value!), `${text} ${comparison} ${value}`)
  }
})

t.test('mean pressure is below 65 before vasopressors and held while they run', async (t) => {
  t.ok(pressors.size > 5, `${pressors.size} stays`)
  const during: number[] = []
  for (const [id, { from, to }] of pressors) {
    const means = charted(id, 'mean').map((row) => ({ time: at(row), mean: Number(row['valuenum']) }))
    const before = means.filter(({ time }) => time < from && time >= from - 3 * HOUR)
    t.ok(
      before.some(({ mean }) => mean < 65),
      `${id}: ${before.map(({ mean }) => mean)}`
    )
    const died = tables.admissions.some((row) => row['deathtime'] !== '' && at(row, 'deathtime') < to + 12 * HOUR)
    if (!died) during.push(...means.filter(({ time }) => time > from + HOUR && time < to).map(({ mean }) => mean))
  }
  t.ok(median(during) >= 65 && median(during) < 80, `median ${median(during)} on vasopressors`)
})

t.test('who has septic shock in intensive care is given vasopressors, fluids in a bolus, and pharmacy knows of it', async (t) => {
  const shocked = long.filter((row) => diagnosed(row['hadm_id']!, '78552') && Number(row['los']) > 0.8)
  t.ok(shocked.length > 5, `${shocked.length}`)
  const ordered = new Set(tables.prescriptions.filter((row) => row['drug'] === 'Norepinephrine').map((row) => row['hadm_id']))
  for (const stay of shocked) {
    t.ok(pressors.has(stay['icustay_id']!), `${stay['icustay_id']} vasopressor`)
    t.ok(ordered.has(stay['hadm_id']!), `${stay['hadm_id']} order`)
    const litres =
      tables.inputevents_mv.filter((row) => row['icustay_id'] === stay['icustay_id'] && row['ordercategoryname'] === '03-IV Fluid Bolus')
        .length +
      tables.inputevents_cv.filter((row) => row['icustay_id'] === stay['icustay_id'] && /^30018|^30021/.test(row['itemid']!)).length
    t.ok(litres >= 3, `${stay['icustay_id']} fluid`)
  }
})

t.test('with a tube in the throat speech cannot be tested, and oxygen and end-expiratory pressure are charted', async (t) => {
  const tubes = tables.procedureevents_mv.filter((row) => row['itemid'] === '225792' && row['statusdescription'] === 'FinishedRunning')
  t.ok(tubes.length > 3, `${tubes.length}`)
  for (const tube of tubes) {
    const within = (rows: readonly Row[]) => rows.filter((row) => at(row) >= at(tube, 'starttime') && at(row) < at(tube, 'endtime'))
    const id = tube['icustay_id']!
    const speech = within(charted(id, 'verbal'))
    t.ok(speech.length > 0 && speech.every((row) => row['value'] === 'No Response-ETT' && row['valuenum'] === '1'), `${id} speech`)
    t.ok(numbers(within(charted(id, 'inspired'))).every((percent) => percent >= 40 && percent <= 100))
    t.ok(within(charted(id, 'endPressure')).length > 0, `${id} pressure`)
  }
  const old = tables.chartevents.filter((row) => row['itemid'] === '190')
  t.ok(
    old.every(
      (row) => row['value'] === '' || (Number(row['valuenum']) > 0.2 && Number(row['valuenum']) <= 1 && row['valueuom'] === 'torr')
    ),
    'CareVue: a share of one, with a unit that is none'
  )
  const codes = by(tables.procedures_icd, 'hadm_id')
  for (const tube of tubes) t.ok(codes.get(tube['hadm_id']!)?.some((row) => /^967[12]$/.test(row['icd9_code']!)))
})

t.test('what the chart copies from the laboratory is what the laboratory wrote at that minute', async (t) => {
  const laboratory = new Set(
    tables.labevents
      .filter((row) => row['itemid'] === '50813')
      .map((row) => `${row['subject_id']} ${row['charttime']} ${Number(row['valuenum'])}`)
  )
  const copies = tables.chartevents.filter((row) => ['818', '1531', '225668'].includes(row['itemid']!))
  t.ok(copies.length > 50, `${copies.length} copies of lactate`)
  const strangers = copies.filter(
    (row) => !laboratory.has(`${row['subject_id']} ${row['charttime']} ${Number(Number(row['valuenum']).toFixed(1))}`)
  )
  t.same(strangers.slice(0, 3), [])
})

t.test('an operation has its procedure code', async (t) => {
  const codes = by(tables.procedures_icd, 'hadm_id')
  for (const { hadm_id: hadm } of tables.admissions) {
    const has = (...some: string[]) => some.some((code) => codes.get(hadm!)?.some((row) => row['icd9_code'] === code))
    if (story(hadm!) === 'cardiac-surgery') t.ok(has('3615', '3521') && has('3961'), `${hadm}`)
    if (story(hadm!) === 'elective-surgery') t.ok(has('4573', '4863', '8154', '8151'), `${hadm}`)
  }
})

t.test('a diabetic crisis gets insulin by pump', async (t) => {
  const pumps = new Set([
    ...tables.inputevents_mv.filter((row) => row['itemid'] === '223258' && row['rateuom'] === 'units/hour').map((row) => row['hadm_id']),
    ...tables.inputevents_cv.filter((row) => row['itemid'] === '30045' && row['rateuom'] === 'Uhr').map((row) => row['hadm_id'])
  ])
  const crises = long.filter((row) => story(row['hadm_id']!) === 'dka')
  t.ok(crises.length > 3, `${crises.length}`)
  for (const stay of crises) t.ok(pumps.has(stay['hadm_id']!), `${stay['hadm_id']} pump`)
})

t.test('urine is measured in every longer stay, and less of it where the kidneys fail', async (t) => {
  const URINE = ['40055', '40069', '226559', '226560']
  const urine = by(
    tables.outputevents.filter((row) => URINE.includes(row['itemid']!) && row['value'] !== ''),
    'icustay_id'
  )
  const perHour = new Map(
    long.map((stay) => {
      const sum = (urine.get(stay['icustay_id']!) ?? []).reduce((total, row) => total + Number(row['value']), 0)
      return [stay['hadm_id']!, sum / (Number(stay['los']) * 24)] as const
    })
  )
  for (const [hadm, rate] of perHour) t.ok(rate > 0 && rate < 400, `${hadm} ${rate}`)
  const rates = (injured: boolean) => [...perHour].filter(([hadm]) => diagnosed(hadm, '5849') === injured).map(([, rate]) => rate)
  t.ok(median(rates(true)) < median(rates(false)) * 0.9, `${median(rates(true))} against ${median(rates(false))}`)
})

t.test('weight and height are taken on admission and fit a body', async (t) => {
  for (const stay of long) {
    const id = stay['icustay_id']!
    const [kilograms, inches] = [numbers(charted(id, 'admissionWeight')), numbers(charted(id, 'inches'))]
    for (const value of kilograms) t.ok(value >= 38 && value < 190, `${id} ${value} kg`)
    for (const value of inches) t.ok(value > 54 && value < 80, `${id} ${value} in`)
  }
  t.ok(long.filter((stay) => charted(stay['icustay_id']!, 'admissionWeight').length > 0).length > long.length * 0.9)
})

t.test('vital signs come every hour', async (t) => {
  for (const stay of long) {
    const hours = Number(stay['los']) * 24
    const readings = new Set(charted(stay['icustay_id']!, 'heartRate').map((row) => row['charttime'])).size
    t.ok(readings > hours * 0.9 - 2 && readings < hours + 3, `${stay['icustay_id']}: ${readings} in ${hours} hours`)
  }
})

t.test('what is irregular in the source is irregular here', async (t) => {
  const some = (rows: readonly Row[], what: string, good: (row: Row) => boolean) => t.ok(rows.some(good), what)
  const { chartevents, inputevents_mv, inputevents_cv, prescriptions, transfers, drgcodes, microbiologyevents } = tables
  some(chartevents, 'marked as error', (row) => row['error'] === '1')
  some(chartevents, 'no value', (row) => row['value'] === '' && row['itemid'] === '211')
  some(chartevents, 'four bytes', (row) => /^\.\d{17}$/.test(row['value']!) && /^0\.\d{15}$/.test(row['valuenum']!))
  some(chartevents, 'a point first', (row) => /^\.\d$/.test(row['value']!))
  some(chartevents, 'words beside a number', (row) => row['value'] === 'Married' && row['valuenum'] === '2')
  some(chartevents, 'a weight that is a flag', (row) => row['itemid'] === '742' && row['value'] === '1' && row['valueuom'] === 'kg')
  some(chartevents, 'K/uL', (row) => row['valueuom'] === 'K/uL')
  some(chartevents, '?F', (row) => row['valueuom'] === '?F')
  some(chartevents, 'stored before it happened', (row) => row['storetime']! < row['charttime']!)
  const keys = chartevents.map((row) => `${row['subject_id']} ${row['charttime']} ${row['itemid']}`)
  t.ok(new Set(keys).size < keys.length, 'several choices of one list in a minute')
  const halves = by(
    chartevents.filter((row) => /^(51|8368|455|8441|220050|220051|220179|220180)$/.test(row['itemid']!)),
    'charttime'
  )
  t.ok(
    [...halves.values()].some((rows) => rows.length % 2 === 1),
    'half a blood pressure'
  )
  some(inputevents_mv, 'Rewritten', (row) => row['statusdescription'] === 'Rewritten')
  some(inputevents_mv, 'ends before it begins', (row) => row['endtime']! < row['starttime']! && row['amount']!.startsWith('-'))
  some(inputevents_mv, 'Additives', (row) => /^Additives {41}Ampoule {43}$/.test(row['ordercomponenttypedescription']!))
  some(inputevents_cv, 'neither amount nor rate', (row) => row['amount'] === '' && row['rate'] === '')
  some(inputevents_cv, 'stopped', (row) => row['stopped'] === "D/C'd")
  some(prescriptions, '25,000', (row) => row['dose_val_rx'] === '25,000')
  some(prescriptions, 'a range', (row) => row['dose_val_rx'] === '1-2')
  some(prescriptions, 'ndc 0', (row) => row['ndc'] === '0')
  some(prescriptions, 'ends before it starts', (row) => row['enddate'] !== '' && row['enddate']! < row['startdate']!)
  some(prescriptions, 'a bag', (row) => row['drug_type'] === 'BASE')
  some(prescriptions, 'put into a bag', (row) => row['drug_type'] === 'ADDITIVE')
  some(transfers, 'discharge', (row) => row['eventtype'] === 'discharge' && row['curr_wardid'] === '')
  some(drgcodes, 'a blank', (row) => row['drg_type'] === 'APR ')
  some(microbiologyevents, 'no time', (row) => row['charttime'] === '')
  some(microbiologyevents, '=>', (row) => row['dilution_text']!.startsWith('=>'))
  some(tables.services, 'another service', (row) => row['prev_service'] !== '')
  some(tables.noteevents, 'a letter without time', (row) => row['category'] === 'Discharge summary' && row['charttime'] === '')
})
