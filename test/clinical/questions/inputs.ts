/** What went into patients on intensive care units. Rewritten infusions were never given: no answer counts them. */
import { CODES, codeIn, extension, type Hospital, identifier, local, type Resource, tokens } from '../client.js'
import type { Row, Tables } from '../csv.js'
import { counted, first, grouped, minutes, perGroup, type Question, sum } from '../question.js'

/** An input as both sides see it; CareVue has one time, MetaVision a start and an end. */
export interface Input {
  readonly stay: string
  readonly subject: string
  readonly item: string
  readonly from: string
  readonly to: string
  readonly dose: number | undefined
  readonly unit: string | undefined
  readonly rate: number | undefined
  readonly rateUnit: string | undefined
}

const INSULIN = ['223257', '223258', '223259', '223260', '223262', '30045']
const HEPARIN = ['225152', '30025']
export const VASOPRESSORS: Readonly<Record<string, string>> = {
  '221906': 'norepinephrine',
  '30047': 'norepinephrine',
  '30120': 'norepinephrine',
  '222315': 'vasopressin',
  '30051': 'vasopressin',
  '221749': 'phenylephrine',
  '30127': 'phenylephrine',
  '30128': 'phenylephrine',
  '221662': 'dopamine',
  '30043': 'dopamine',
  '30307': 'dopamine',
  '221289': 'epinephrine',
  '30044': 'epinephrine',
  '30119': 'epinephrine'
}

const SOURCE_UNITS: Readonly<Record<string, string>> = {
  ml: 'mL',
  units: '[IU]',
  U: '[IU]',
  'mcg/kg/min': 'ug/kg/min',
  mcgkgmin: 'ug/kg/min',
  Umin: '[IU]/min',
  'units/hour': '[IU]/h'
}

const cell = (text: string) => (text === '' ? undefined : Number(text))

export const mvRows = (tables: Tables) => tables.rows('INPUTEVENTS_MV').filter((row) => row('statusdescription') !== 'Rewritten')

const input = (row: Row, from: string, to: string): Input => ({
  stay: row('icustay_id'),
  subject: row('subject_id'),
  item: row('itemid'),
  from,
  to,
  dose: cell(row('amount')),
  unit: SOURCE_UNITS[row('amountuom')],
  rate: cell(row('rate')),
  rateUnit: SOURCE_UNITS[row('rateuom')]
})

const inTables = (tables: Tables): Input[] => [
  ...mvRows(tables).map((row) => input(row, row('starttime'), row('endtime'))),
  ...tables.rows('INPUTEVENTS_CV').map((row) => input(row, row('charttime'), row('charttime')))
]

export const ofTables = (tables: Tables, items: readonly string[]) => inTables(tables).filter((one) => items.includes(one.item))

export const GIVEN = 'status=completed,stopped,on-hold'

const fromServer = (hospital: Hospital, one: Resource): Input => ({
  stay: hospital.icu(one.context),
  subject: hospital.patient(one.subject),
  item: codeIn(one.medicationCodeableConcept, CODES.items) ?? '',
  from: local(one.effectiveDateTime ?? one.effectivePeriod.start),
  to: local(one.effectiveDateTime ?? one.effectivePeriod.end ?? extension(one.effectivePeriod, 'end-before-start')?.valueDateTime),
  dose: one.dosage?.dose?.value,
  unit: one.dosage?.dose?.code,
  rate: one.dosage?.rateQuantity?.value,
  rateUnit: one.dosage?.rateQuantity?.code
})

export const onServer = async (hospital: Hospital, items: readonly string[]): Promise<Input[]> =>
  (await hospital.client.list(`MedicationAdministration?code=${tokens(CODES.items, ...items)}&${GIVEN}`)).map((one) =>
    fromServer(hospital, one)
  )

/** The sum of the doses in a unit, per ICU stay. */
const total = (inputs: readonly Input[], unit: string) =>
  perGroup(
    inputs.filter((one) => one.unit === unit && one.dose !== undefined),
    (one) => one.stay,
    (group) => sum(group.map((one) => one.dose ?? 0))
  )

/** When the first vasopressor ran in each ICU stay, and which it was. */
const firstPressor = (inputs: readonly Input[]) =>
  perGroup(
    inputs.filter((one) => (one.rate ?? 0) > 0),
    (one) => one.stay,
    (group) => {
      const { from } = first(group, (one) => one.from)
      const drugs = new Set(group.filter((one) => one.from === from).map((one) => VASOPRESSORS[one.item]))
      return `${from} ${[...drugs].sort().join(' and ')}`
    }
  )

const highestRate = (inputs: readonly Input[], unit: string) =>
  perGroup(
    inputs.filter((one) => one.rateUnit === unit && one.rate !== undefined),
    (one) => one.stay,
    (group) => sum([Math.max(...group.map((one) => one.rate ?? 0))])
  )

const hours = (inputs: readonly Input[]) =>
  perGroup(
    inputs,
    (one) => one.stay,
    (group) => sum(group.map((one) => Math.max(0, minutes(one.from, one.to)) / 60))
  )

/** Fluids in millilitres per ICU stay and day. */
const fluids = (inputs: Iterable<Input>) =>
  [
    ...grouped(
      [...inputs].filter((one) => one.unit === 'mL' && one.dose !== undefined),
      (one) => `${one.stay} ${one.from.slice(0, 10)}`
    )
  ].map(([day, group]) => `${day}: ${sum(group.map((one) => one.dose ?? 0))}`)

export const category = (one: Resource): string =>
  codeIn(one.category, 'https://fhir.wardbridge.dev/CodeSystem/mimic-iii-order-category') ?? ''

export const isMain = (one: Resource): boolean => extension(one, 'order-component')?.valueCodeableConcept.text === 'Main order parameter'

export const inputs: Question[] = [
  {
    asks: 'How many units of heparin were given in each ICU stay?',
    csv: (tables) => total(ofTables(tables, HEPARIN), '[IU]'),
    fhir: async (hospital) => total(await onServer(hospital, HEPARIN), '[IU]')
  },
  {
    asks: 'How many units of insulin were given in each ICU stay?',
    csv: (tables) => total(ofTables(tables, INSULIN), '[IU]'),
    fhir: async (hospital) => total(await onServer(hospital, INSULIN), '[IU]')
  },
  {
    asks: 'When did the first vasopressor start in each ICU stay, and which was it?',
    csv: (tables) => firstPressor(ofTables(tables, Object.keys(VASOPRESSORS))),
    fhir: async (hospital) => firstPressor(await onServer(hospital, Object.keys(VASOPRESSORS)))
  },
  {
    asks: 'What was the highest rate of norepinephrine in each ICU stay, in micrograms per kilogram and minute?',
    csv: (tables) => highestRate(ofTables(tables, ['221906', '30120']), 'ug/kg/min'),
    fhir: async (hospital) => highestRate(await onServer(hospital, ['221906', '30120']), 'ug/kg/min')
  },
  {
    asks: 'For how many hours did propofol run in each ICU stay (MetaVision)?',
    csv: (tables) => hours(ofTables(tables, ['222168'])),
    fhir: async (hospital) => hours(await onServer(hospital, ['222168']))
  },
  {
    asks: 'Which antibiotics did each patient get in intensive care (MetaVision), in order of time?',
    csv: (tables) => {
      const labels = new Map(tables.rows('D_ITEMS').map((row) => [row('itemid'), row('label')]))
      return mvRows(tables)
        .filter((row) => /Antibiotics/.test(row('ordercategoryname')) && row('ordercomponenttypedescription') === 'Main order parameter')
        .map((row) => `${row('subject_id')} ${row('starttime')}: ${labels.get(row('itemid'))}`)
    },
    fhir: async (hospital) => {
      const given: string[] = []
      for await (const one of hospital.client.each(`MedicationAdministration?${GIVEN}`)) {
        if (!/Antibiotics/.test(category(one)) || !isMain(one)) continue
        const { text } = one.medicationCodeableConcept
        given.push(`${hospital.patient(one.subject)} ${local(one.effectivePeriod.start)}: ${text}`)
      }
      return given
    }
  },
  {
    asks: 'How many millilitres of blood products did each ICU stay get (MetaVision)?',
    csv: (tables) =>
      total(
        mvRows(tables)
          .filter((row) => row('ordercategoryname') === '07-Blood Products')
          .map((row) => input(row, row('starttime'), row('endtime'))),
        'mL'
      ),
    fhir: async (hospital) => {
      const found = await hospital.client.list(`MedicationAdministration?${GIVEN}`)
      return total(
        found.filter((one) => category(one) === '07-Blood Products').map((one) => fromServer(hospital, one)),
        'mL'
      )
    }
  },
  {
    asks: 'How many millilitres went in on each day of each ICU stay?',
    csv: (tables) => fluids(inTables(tables)),
    fhir: async (hospital) => {
      const found: Input[] = []
      for await (const one of hospital.client.each(`MedicationAdministration?${GIVEN}`)) found.push(fromServer(hospital, one))
      return fluids(found)
    }
  },
  {
    asks: 'How did the infusions end: finished, stopped, paused, never given?',
    csv: (tables) => {
      const ends: Record<string, string> = { Stopped: 'stopped', "D/C'd": 'stopped', Paused: 'on-hold', Rewritten: 'entered-in-error' }
      return counted([
        ...tables.rows('INPUTEVENTS_MV').map((row) => ends[row('statusdescription')] ?? 'completed'),
        ...tables.rows('INPUTEVENTS_CV').map((row) => ends[row('stopped')] ?? 'completed')
      ])
    },
    fhir: ({ client }) =>
      Promise.all(
        ['completed', 'stopped', 'on-hold', 'entered-in-error'].map(
          async (status) => `${status}: ${await client.count(`MedicationAdministration?status=${status}`)}`
        )
      )
  },
  {
    asks: 'How many orders does each patient have (MetaVision), a drug with its solution counted once?',
    csv: (tables) =>
      perGroup(
        mvRows(tables),
        (row) => row('subject_id'),
        (rows) => String(new Set(rows.map((row) => row('orderid'))).size)
      ),
    fhir: async (hospital) => {
      const orders: Array<{ subject: string; order: string }> = []
      for await (const one of hospital.client.each(`MedicationAdministration?${GIVEN}`)) {
        if (one.effectivePeriod)
          orders.push({ subject: hospital.patient(one.subject), order: identifier(one, 'inputevent_mv_orderid') ?? '' })
      }
      return perGroup(
        orders,
        (one) => one.subject,
        (own) => String(new Set(own.map((one) => one.order)).size)
      )
    }
  }
]
