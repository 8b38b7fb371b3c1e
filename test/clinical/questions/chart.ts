/** The chart of intensive care: vital signs by LOINC code, everything else by the chart's own items. Entries marked as errors count in no answer but their own. */
import { CODES, codeIn, type Hospital, local, type Resource, tokens } from '../client.js'
import type { Row, Tables } from '../csv.js'
import { counted, first, grouped, last, numberIn, perGroup, type Question } from '../question.js'

/** An entry as both sides see it; `stay` is the ICU stay, else the admission. */
export interface Entry {
  readonly stay: string
  readonly subject: string
  readonly at: string
  readonly value: number | undefined
  readonly unit: string | undefined
  readonly words: string
}

/** Arterial lines, then cuffs; each family as systolic, diastolic and mean. */
const PRESSURES: ReadonlyArray<readonly [string, string, string?]> = [
  ['51', '8368', '52'],
  ['220050', '220051', '220052'],
  ['225309', '225310', '225312'],
  ['6701', '8555', '6702'],
  ['455', '8441', '456'],
  ['220179', '220180', '220181'],
  ['442', '8440', '443'],
  ['224167', '224643'],
  ['227243', '227242']
]
const SYSTOLIC = PRESSURES.map(([systolic]) => systolic)
export const MEAN = PRESSURES.flatMap(([, , mean]) => mean ?? [])
export const PRESSURE_ITEMS = PRESSURES.flatMap((family) => family.filter((item) => item !== undefined))

export const HEART_RATE = ['211', '220045']
const BREATHS = ['618', '220210', '615', '224690']
export const SATURATION = ['646', '220277']
const CELSIUS = ['676', '223762']
const FAHRENHEIT = ['678', '223761']
const PHOSPHATE = ['827', '1534', '225677']
const POUNDS = ['226531']
const WEIGHT = ['762', '763', '226512', '224639', ...POUNDS]

const rowStay = (row: Row) => row('icustay_id') || row('hadm_id')

const valid = (tables: Tables, items: readonly string[]) => tables.chart(...items).filter((row) => row('error') !== '1')

const entry = (row: Row): Entry => ({
  stay: rowStay(row),
  subject: row('subject_id'),
  at: row('charttime'),
  value: numberIn(row('value')),
  unit: undefined,
  words: row('value')
})

export const inTables = (tables: Tables, items: readonly string[]) => valid(tables, items).map(entry)

const words = (one: Resource): string => one.valueCodeableConcept?.text ?? one.valueString ?? ''

async function onServer(hospital: Hospital, code: string, more = ''): Promise<Entry[]> {
  const found = await hospital.client.list(`Observation?code=${code}&status=final${more}`)
  return found.map((one) => ({
    stay: stayOf(hospital, one),
    subject: hospital.patient(one.subject),
    at: local(one.effectiveDateTime),
    value: one.valueQuantity?.value,
    unit: one.valueQuantity?.code,
    words: words(one)
  }))
}

const stayOf = (hospital: Hospital, one: Resource) => hospital.icu(one.encounter) || hospital.hadm(one.encounter)

export const loinc = (...codes: string[]) => tokens(CODES.loinc, ...codes)
export const items = (...codes: string[]) => tokens(CODES.items, ...codes)

const measured = (entries: readonly Entry[]) => entries.filter((one): one is Entry & { value: number } => one.value !== undefined)

const perStay = (entries: readonly Entry[], pick: (...values: number[]) => number) =>
  perGroup(
    measured(entries),
    (one) => one.stay,
    (group) => String(Math.round(pick(...group.map((one) => one.value)) * 100) / 100)
  )

const celsius = (one: Entry, fahrenheit: boolean): Entry =>
  fahrenheit && one.value !== undefined ? { ...one, value: (one.value - 32) / 1.8 } : one

const firstAndLast = (entries: ReadonlyArray<Entry & { value: number }>) =>
  perGroup(
    entries,
    (one) => one.stay,
    (group) => {
      const order = (one: Entry) => `${one.at} ${one.value} ${one.unit}`
      const [a, b] = [first(group, order), last(group, order)]
      return `${a.value} ${a.unit} > ${b.value} ${b.unit}`
    }
  )

const perWords = (entries: readonly Entry[]) => counted(entries.flatMap((one) => (one.words === '' ? [] : [one.words])))

/** Panels as rows: one per patient, stay, time, family and whether it is marked as an error. */
function panels(tables: Tables): Row[][] {
  const family = new Map(PRESSURES.flatMap((own, index) => own.flatMap((item) => (item ? [[item, index] as const] : []))))
  const key = (row: Row) =>
    [row('subject_id'), row('hadm_id'), row('icustay_id'), row('charttime'), family.get(row('itemid')), row('error') === '1'].join()
  return [...grouped(tables.chart(...PRESSURE_ITEMS), key).values()]
}

/** The components of a panel with a LOINC code. */
const parts = (panel: Resource, code: string): Resource[] =>
  panel.component.filter((part: Resource) => codeIn(part.code, CODES.loinc) === code)

export const pressures = async (hospital: Hospital, code: string): Promise<Entry[]> =>
  (await hospital.client.list(`Observation?code=${loinc('85354-9')}&status=final`)).flatMap((panel) =>
    parts(panel, code).map((part) => ({
      stay: stayOf(hospital, panel),
      subject: hospital.patient(panel.subject),
      at: local(panel.effectiveDateTime),
      value: part.valueQuantity?.value,
      unit: part.valueQuantity?.code,
      words: ''
    }))
  )

const below = (entries: readonly Entry[], limit: number) =>
  counted(
    measured(entries)
      .filter((one) => one.value < limit)
      .map((one) => one.stay)
  )

const VITALS: ReadonlyArray<readonly [string, readonly string[], string]> = [
  ['heart rate', HEART_RATE, '8867-4'],
  ['respiratory rate', BREATHS, '9279-1'],
  ['oxygen saturation', SATURATION, '59408-5'],
  ['temperature', [...CELSIUS, ...FAHRENHEIT], '8310-5']
]

export const chart: Question[] = [
  {
    asks: 'How many heart rates, respiratory rates, oxygen saturations and temperatures were charted, without alarm limits, settings and calculated twins?',
    csv: (tables) => VITALS.map(([name, own]) => `${name}: ${valid(tables, own).length}`),
    fhir: ({ client }) =>
      Promise.all(
        VITALS.map(
          async ([name, , code]) => `${name}: ${await client.count(`Observation?category=vital-signs&code=${loinc(code)}&status=final`)}`
        )
      )
  },
  {
    asks: 'How many heart rates above 130 did each ICU stay have?',
    csv: (tables) =>
      counted(
        measured(inTables(tables, HEART_RATE))
          .filter((one) => one.value > 130)
          .map((one) => one.stay)
      ),
    fhir: async (hospital) => counted((await onServer(hospital, loinc('8867-4'), '&value-quantity=gt130')).map((one) => one.stay))
  },
  {
    asks: 'What was the lowest oxygen saturation of each ICU stay?',
    csv: (tables) => perStay(inTables(tables, SATURATION), Math.min),
    fhir: async (hospital) => perStay(await onServer(hospital, loinc('59408-5')), Math.min)
  },
  {
    asks: 'What was the highest temperature of each ICU stay in degrees Celsius?',
    csv: (tables) =>
      perStay(
        valid(tables, [...CELSIUS, ...FAHRENHEIT]).map((row) => celsius(entry(row), FAHRENHEIT.includes(row('itemid')))),
        Math.max
      ),
    fhir: async (hospital) =>
      perStay(
        (await onServer(hospital, loinc('8310-5'))).map((one) => celsius(one, one.unit === '[degF]')),
        Math.max
      )
  },
  {
    asks: 'What were the first and the last weight of each ICU stay, in kilograms or pounds as charted?',
    csv: (tables) =>
      firstAndLast(
        measured(valid(tables, WEIGHT).map((row) => ({ ...entry(row), unit: POUNDS.includes(row('itemid')) ? '[lb_av]' : 'kg' })))
      ),
    fhir: async (hospital) => firstAndLast(measured(await onServer(hospital, loinc('29463-7'))))
  },
  {
    asks: 'How tall is each patient, as charted?',
    csv: (tables) => measured(inTables(tables, ['226730', '226707', '920'])).map((one) => `${one.subject} ${one.at}: ${one.value}`),
    fhir: async (hospital) => measured(await onServer(hospital, loinc('8302-2'))).map((one) => `${one.subject} ${one.at}: ${one.value}`)
  },
  {
    asks: 'How many times was blood pressure measured in each ICU stay, all parts of one measurement counted once?',
    csv: (tables) => counted(panels(tables).flatMap(([row]) => (row ? [rowStay(row)] : []))),
    fhir: async (hospital) =>
      counted((await hospital.client.list(`Observation?code=${loinc('85354-9')}`)).map((one) => stayOf(hospital, one)))
  },
  {
    asks: 'How many mean arterial pressures below 65 did each ICU stay have?',
    csv: (tables) => below(inTables(tables, MEAN), 65),
    fhir: async (hospital) => below(await pressures(hospital, '8478-0'), 65)
  },
  {
    asks: 'What was the lowest systolic pressure of each ICU stay?',
    csv: (tables) => perStay(inTables(tables, SYSTOLIC), Math.min),
    fhir: async (hospital) => perStay(await pressures(hospital, '8480-6'), Math.min)
  },
  {
    asks: 'How many measurements of blood pressure lack the systolic or the diastolic value?',
    csv: (tables) => {
      const lacking = panels(tables).filter((rows) =>
        [0, 1].some(
          (part) => !rows.some((row) => PRESSURES.some((own) => own[part] === row('itemid')) && numberIn(row('value')) !== undefined)
        )
      )
      return [String(lacking.length)]
    },
    fhir: async ({ client }) => {
      const lacking = (await client.list(`Observation?code=${loinc('85354-9')}`)).filter((panel) =>
        ['8480-6', '8462-4'].some((code) => !parts(panel, code).some((part) => part.valueQuantity))
      )
      return [String(lacking.length)]
    }
  },
  {
    asks: 'What was the highest central venous pressure of each ICU stay?',
    csv: (tables) => perStay(inTables(tables, ['113', '220074']), Math.max),
    fhir: async (hospital) => perStay(await onServer(hospital, loinc('60985-9')), Math.max)
  },
  {
    asks: 'Which verbal responses of the coma scale were charted, how often, untestable ones in their own words?',
    csv: (tables) => perWords(inTables(tables, ['723', '223900'])),
    fhir: async (hospital) => perWords(await onServer(hospital, loinc('9270-0')))
  },
  {
    asks: 'What was the lowest motor score of the coma scale in each ICU stay?',
    csv: (tables) =>
      perStay(
        valid(tables, ['454', '223901']).map((row) => ({ ...entry(row), value: numberIn(row('valuenum')) })),
        Math.min
      ),
    fhir: async (hospital) => {
      const found = await hospital.client.list(`Observation?code=${loinc('9268-4')}&status=final`)
      const scored = found.flatMap((one) => {
        const coding = one.valueCodeableConcept?.coding ?? []
        const scores = coding.flatMap((item: Resource) => item.extension?.map((part: Resource) => part.valueDecimal) ?? [])
        return { stay: stayOf(hospital, one), subject: '', at: '', value: scores[0], unit: undefined, words: '' }
      })
      return perStay(scored, Math.min)
    }
  },
  {
    asks: 'Which heart rhythms were charted, how often?',
    csv: (tables) => perWords(inTables(tables, ['212', '220048'])),
    fhir: async (hospital) => perWords(await onServer(hospital, items('212', '220048')))
  },
  {
    asks: 'Which code status did each patient have, in order of time?',
    csv: (tables) => inTables(tables, ['128', '223758']).map((one) => `${one.subject} ${one.at}: ${one.words}`),
    fhir: async (hospital) => (await onServer(hospital, items('128', '223758'))).map((one) => `${one.subject} ${one.at}: ${one.words}`)
  },
  {
    asks: 'What was the highest share of oxygen breathed in each ICU stay, in per cent?',
    csv: (tables) =>
      perStay(
        valid(tables, ['190', '223835']).map((row) => {
          const one = entry(row)
          return row('itemid') === '190' && one.value !== undefined ? { ...one, value: one.value * 100 } : one
        }),
        Math.max
      ),
    fhir: async (hospital) =>
      perStay(
        (await onServer(hospital, items('190', '223835'))).map((one) =>
          one.unit === '1' && one.value !== undefined ? { ...one, value: one.value * 100 } : one
        ),
        Math.max
      )
  },
  {
    asks: 'What was the highest glucose from a fingerstick in each ICU stay?',
    csv: (tables) => perStay(inTables(tables, ['807', '811', '225664']), Math.max),
    fhir: async (hospital) => perStay(await onServer(hospital, items('807', '811', '225664')), Math.max)
  },
  {
    asks: 'What was the highest phosphate of each ICU stay in mg/dL, as charted? The older system calls it mEq/L, with the values of the laboratory in mg/dL.',
    csv: (tables) => perStay(inTables(tables, PHOSPHATE), Math.max),
    fhir: async (hospital) =>
      perStay(
        (await onServer(hospital, items(...PHOSPHATE))).filter((one) => one.unit === 'mg/dL'),
        Math.max
      )
  }
]
