/** What came out of patients on intensive care units, and the balance with what went in. */
import { CODES, codeIn, type Hospital, local, type Resource, tokens } from '../client.js'
import type { Row, Tables } from '../csv.js'
import { numberIn, perGroup, type Question, sum } from '../question.js'
import { GIVEN } from './inputs.js'

interface Output {
  readonly stay: string
  readonly item: string
  readonly at: string
  readonly value: number
}

/** Urine, among it that of nephrostomies and what comes out with the irrigant of a bladder; the irrigant that went in is taken off. */
const IRRIGANT_IN = '227488'
const URINE = [
  ...['40055', '43175', '40069', '40094', '40715', '40473', '40085', '40057', '40056', '40405', '40428', '40086', '40096', '40651'],
  ...['41184', '44676'],
  ...['226559', '226560', '226561', '226584', '226563', '226564', '226565', '226567', '226557', '226558', '227489']
]
/** The newer system charts it, the older one keeps it with the outputs. */
const ULTRAFILTRATE = ['40286', '226457']
export const KIND = 'https://fhir.wardbridge.dev/CodeSystem/mimic-iii-output-kind'
export const KINDS = ['output', 'urine', 'urine-elsewhere', 'before-admission', 'irrigant-and-urine-out', 'irrigant-in']
const CHEST_TUBES = ['40076', '41707', '40049', '40048', '226588', '226589', '226590', '226593', '226595']

const rows = (tables: Tables) => tables.rows('OUTPUTEVENTS').filter((row) => row('iserror') !== '1')

const output = (row: Row): Output[] => {
  const value = numberIn(row('value'))
  return value === undefined ? [] : [{ stay: row('icustay_id'), item: row('itemid'), at: row('charttime'), value }]
}

const inTables = (tables: Tables, items: readonly string[]) =>
  rows(tables)
    .filter((row) => items.includes(row('itemid')))
    .flatMap(output)

const fromServer = (hospital: Hospital, one: Resource): Output[] =>
  one.valueQuantity?.code === 'mL'
    ? [
        {
          stay: hospital.icu(one.encounter),
          item: codeIn(one.code, CODES.items) ?? '',
          at: local(one.effectiveDateTime),
          value: one.valueQuantity.value
        }
      ]
    : []

const onServer = async (hospital: Hospital, items: readonly string[]) =>
  (await hospital.client.list(`Observation?code=${tokens(CODES.items, ...items)}&status=final`)).flatMap((one) => fromServer(hospital, one))

const signed = (one: Output) => (one.item === IRRIGANT_IN ? -one.value : one.value)

const perDay = (outputs: readonly Output[]) =>
  perGroup(
    outputs,
    (one) => `${one.stay} ${one.at.slice(0, 10)}`,
    (group) => sum(group.map(signed))
  )

const perStay = (outputs: readonly Output[]) =>
  perGroup(
    outputs,
    (one) => one.stay,
    (group) => sum(group.map(signed))
  )

export const outputs: Question[] = [
  {
    asks: 'How many millilitres of urine did each ICU stay give on each day?',
    csv: (tables) => perDay(inTables(tables, [...URINE, IRRIGANT_IN])),
    fhir: async (hospital) => perDay(await onServer(hospital, [...URINE, IRRIGANT_IN]))
  },
  {
    asks: 'How many millilitres of urine did each ICU stay give, by the kind of output the server tells?',
    csv: (tables) => perStay(inTables(tables, [...URINE, IRRIGANT_IN])),
    fhir: async (hospital) => {
      const kinds = tokens(KIND, 'urine', 'irrigant-and-urine-out', 'irrigant-in')
      const found = await hospital.client.list(`Observation?category=${kinds}&status=final`)
      return perStay(found.flatMap((one) => fromServer(hospital, one)))
    }
  },
  {
    asks: 'How many millilitres of ultrafiltrate were taken from each ICU stay?',
    csv: (tables) =>
      perStay([
        ...inTables(tables, ULTRAFILTRATE),
        ...tables
          .chart(...ULTRAFILTRATE)
          .filter((row) => row('error') !== '1')
          .flatMap(output)
      ]),
    fhir: async (hospital) => perStay(await onServer(hospital, ULTRAFILTRATE))
  },
  {
    asks: 'How many millilitres came from chest tubes in each ICU stay?',
    csv: (tables) => perStay(inTables(tables, CHEST_TUBES)),
    fhir: async (hospital) => perStay(await onServer(hospital, CHEST_TUBES))
  },
  {
    asks: 'What is the fluid balance of each ICU stay: all that went in less all that came out?',
    csv: (tables) => {
      const given = [
        ...tables.rows('INPUTEVENTS_MV').filter((row) => row('statusdescription') !== 'Rewritten'),
        ...tables.rows('INPUTEVENTS_CV')
      ]
        .filter((row) => row('amountuom') === 'ml' && row('amount') !== '')
        .map((row) => ({ stay: row('icustay_id'), value: Number(row('amount')) }))
      const out = rows(tables)
        .filter((row) => row('valueuom').toLowerCase() === 'ml')
        .flatMap(output)
        .map((one) => ({ stay: one.stay, value: -signed(one) }))
      return perGroup(
        [...given, ...out],
        (one) => one.stay,
        (group) => sum(group.map((one) => one.value))
      )
    },
    fhir: async (hospital) => {
      const moved: Array<{ stay: string; value: number }> = []
      for await (const one of hospital.client.each(`MedicationAdministration?${GIVEN}`)) {
        const dose = one.dosage?.dose
        if (dose?.code === 'mL') moved.push({ stay: hospital.icu(one.context), value: dose.value })
      }
      const kinds = tokens(KIND, ...KINDS)
      for await (const one of hospital.client.each(`Observation?category=${kinds}&status=final`)) {
        for (const out of fromServer(hospital, one)) moved.push({ stay: out.stay, value: -signed(out) })
      }
      return perGroup(
        moved,
        (one) => one.stay,
        (group) => sum(group.map((one) => one.value))
      )
    }
  }
]
