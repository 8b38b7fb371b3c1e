/** Prescriptions. Nothing says that a drug was given: these are orders. */
import { codeIn, extension, type Hospital, identifier, local, type Resource, tokens } from '../client.js'
import type { Row, Tables } from '../csv.js'
import { counted, numberIn, type Question } from '../question.js'

const NDC = 'http://hl7.org/fhir/sid/ndc'
const DRUG_TYPE = 'https://fhir.wardbridge.dev/CodeSystem/mimic-iii-drug-type'
const ANTIBIOTICS = /vancomycin|cillin|cef|floxacin|penem|metronidazole|linezolid|azithromycin|clindamycin|tobramycin|gentamicin|sulfameth/i

const rows = (tables: Tables) => tables.rows('PRESCRIPTIONS')
const main = (tables: Tables) => rows(tables).filter((row) => row('drug_type') === 'MAIN')

const orders = (hospital: Hospital, query = '') => hospital.client.list(`MedicationRequest?intent=order${query}`)
const drugs = (hospital: Hospital) => orders(hospital, `&category=${tokens(DRUG_TYPE, 'MAIN')}`)

const instruction = (one: Resource): Resource => one.dosageInstruction?.[0]
const bounds = (one: Resource): Resource => instruction(one)?.timing?.repeat?.boundsPeriod
const dose = (one: Resource): Resource => instruction(one)?.doseAndRate?.[0]
const drug = (one: Resource): string => one.medicationCodeableConcept.text

const thousands = (row: Row): number | undefined =>
  /^\d{1,3}(,\d{3})+$/.test(row('dose_val_rx')) ? numberIn(row('dose_val_rx').replaceAll(',', '')) : undefined

export const prescriptions: Question[] = [
  {
    asks: 'By which routes were drugs ordered, how often, without the bags they were mixed in?',
    csv: (tables) => counted(main(tables).map((row) => row('route'))),
    fhir: async (hospital) => counted((await drugs(hospital)).map((one) => instruction(one)?.route?.text ?? ''))
  },
  {
    asks: 'Which antibiotics were ordered for each patient, from which day?',
    csv: (tables) =>
      main(tables)
        .filter((row) => ANTIBIOTICS.test(row('drug')))
        .map((row) => `${row('subject_id')} ${row('startdate').slice(0, 10)}: ${row('drug')}`),
    fhir: async (hospital) =>
      (await drugs(hospital))
        .filter((one) => ANTIBIOTICS.test(drug(one)))
        .map((one) => `${hospital.patient(one.subject)} ${local(bounds(one)?.start)}: ${drug(one)}`)
  },
  {
    asks: 'Which prescriptions end before they start?',
    csv: (tables) =>
      rows(tables)
        .filter((row) => row('enddate') !== '' && row('enddate') < row('startdate'))
        .map((row) => `${row('row_id')}: ${row('startdate').slice(0, 10)}, ${row('enddate').slice(0, 10)}`),
    fhir: async (hospital) =>
      (await orders(hospital)).flatMap((one) => {
        const end = extension(bounds(one), 'end-before-start')?.valueDateTime
        return end ? [`${identifier(one, 'prescription')}: ${local(bounds(one).start)}, ${local(end)}`] : []
      })
  },
  {
    asks: 'For which drugs was a range ordered as dose, and which?',
    csv: (tables) =>
      counted(
        rows(tables).flatMap((row) => {
          const range = /^(\d*\.?\d+) ?- ?(\d*\.?\d+)$/.exec(row('dose_val_rx'))
          return range ? [`${row('drug')} ${Number(range[1])} to ${Number(range[2])} ${row('dose_unit_rx')}`] : []
        })
      ),
    fhir: async (hospital) =>
      counted(
        (await orders(hospital)).flatMap((one) => {
          const { low, high } = dose(one)?.doseRange ?? {}
          return low ? [`${drug(one)} ${low.value} to ${high.value} ${low.unit ?? ''}`] : []
        })
      )
  },
  {
    asks: 'Which doses of a thousand or more were ordered?',
    csv: (tables) =>
      counted(
        rows(tables).flatMap((row) => {
          const value = thousands(row) ?? numberIn(row('dose_val_rx')) ?? 0
          return value >= 1000 ? [`${row('drug')} ${value} ${row('dose_unit_rx')}`] : []
        })
      ),
    fhir: async (hospital) =>
      counted(
        (await orders(hospital)).flatMap((one) => {
          const quantity = dose(one)?.doseQuantity
          return quantity?.value >= 1000 ? [`${drug(one)} ${quantity.value} ${quantity.unit ?? ''}`] : []
        })
      )
  },
  {
    asks: 'How often was each product (NDC) ordered? 0 is no product.',
    csv: (tables) =>
      counted(
        rows(tables)
          .map((row) => row('ndc'))
          .filter((ndc) => ndc !== '' && ndc !== '0')
      ),
    fhir: async (hospital) => counted((await orders(hospital)).flatMap((one) => codeIn(one.medicationCodeableConcept, NDC) ?? []))
  },
  {
    asks: 'How many orders does each admission have: drugs, solutions, additives?',
    csv: (tables) => counted(rows(tables).map((row) => `${row('hadm_id')} ${row('drug_type')}`)),
    fhir: async (hospital) =>
      counted((await orders(hospital)).map((one) => `${hospital.hadm(one.encounter)} ${codeIn(one.category[0], DRUG_TYPE)}`))
  }
]
