/** Whether every row of the long tables stands on the server once, and says the same of patient, stay, item, time, value and status. Told per patient, as the number of rows and a sum over all of them. */
import { createHash } from 'node:crypto'
import { CODES, codeIn, extension, type Hospital, identifier, local, type Resource, tokens } from '../client.js'
import type { Row } from '../csv.js'
import { numberIn, type Question } from '../question.js'
import { GIVEN } from './inputs.js'
import { KIND, KINDS } from './outputs.js'

/** One text for one value, however it is written: `= 0.4` for .40, `> 20` for GREATER THAN 20 NG/ML, `0 to 2` for 0-2, other words as they are. */
function said(text: string): string {
  const number = numberIn(text)
  if (number !== undefined) return `= ${number}`
  const [, sign = '', limit] = /^(<=?|=?>|>=|LESS THAN|GREATER THAN) ?(\d*\.?\d+)(?: [A-Z/]+)?$/.exec(text) ?? []
  if (limit) return `${sign.replace('LESS THAN', '<').replace('GREATER THAN', '>').replace('=>', '>=')} ${Number(limit)}`
  const [, low, high] = /^(\d+)-(\d+)$/.exec(text) ?? []
  return low ? `${Number(low)} to ${Number(high)}` : text
}

function told(one: Resource): string {
  const { valueQuantity: quantity, valueRange: range } = one
  if (quantity) return said(`${quantity.comparator ?? ''}${quantity.value}`)
  if (range) return `${range.low.value} to ${range.high.value}`
  return said(one.valueCodeableConcept?.text ?? one.valueString ?? one.dataAbsentReason?.text ?? '')
}

/** Adds rows in any order; two answers are equal when the same rows were added. */
class Sums {
  private readonly sums = new Map<string, { rows: number; sum: number }>()

  add(patient: string, cells: readonly string[]): void {
    const sum = createHash('sha256').update(cells.join('|')).digest().readUIntBE(0, 5)
    const before = this.sums.get(patient) ?? { rows: 0, sum: 0 }
    this.sums.set(patient, { rows: before.rows + 1, sum: (before.sum + sum) % 2 ** 48 })
  }

  lines(): string[] {
    return [...this.sums].map(([patient, { rows, sum }]) => `${patient}: ${rows} rows, ${sum.toString(16)}`)
  }
}

function summed(rows: Iterable<Row>, cells: (row: Row) => readonly string[]): string[] {
  const sums = new Sums()
  for (const row of rows) sums.add(row('subject_id'), [row('row_id'), ...cells(row)])
  return sums.lines()
}

const stay = (row: Row) => row('icustay_id') || row('hadm_id')
const stayOf = (hospital: Hospital, reference: Resource) => hospital.icu(reference) || hospital.hadm(reference)
const OUTPUTS = tokens(KIND, ...KINDS)
const error = (status: string) => (status === 'entered-in-error' ? 'error' : '')

const chartRow = (row: Row) => [row('itemid'), row('charttime'), stay(row), said(row('value')), row('error') === '1' ? 'error' : '']

/** An Observation of the chart as the rows it stands for: a panel has one in each component. */
function* chartEntries(one: Resource): Generator<{ id: string; code: Resource; part: Resource }> {
  const id = identifier(one, 'chartevent')
  if (id !== undefined) yield { id, code: one.code, part: one }
  for (const part of one.component ?? []) {
    const row = extension(part, 'chart-row')?.valueIdentifier
    if (row) yield { id: row.value, code: part.code, part }
  }
}

export const rows: Question[] = [
  {
    asks: 'Does every row of CHARTEVENTS stand on the server once, with its item, minute, stay, value and error mark?',
    csv: (tables) => summed(tables.eachChart(), chartRow),
    fhir: async (hospital) => {
      const sums = new Sums()
      for await (const one of hospital.client.each('Observation')) {
        for (const { id, code, part } of chartEntries(one)) {
          const cells = [codeIn(code, CODES.items) ?? '', local(one.effectiveDateTime), stayOf(hospital, one.encounter), told(part)]
          sums.add(hospital.patient(one.subject), [id, ...cells, error(one.status)])
        }
      }
      return sums.lines()
    }
  },
  {
    asks: 'Does every row of LABEVENTS stand on the server once, with its minute, admission, value and unit?',
    csv: (tables) =>
      summed(tables.rows('LABEVENTS'), (row) => {
        const value = said(row('value'))
        return [row('charttime'), row('hadm_id'), value, /^([<>=]+ -?\d|\d+ to \d)/.test(value) ? row('valueuom') : '']
      }),
    fhir: async (hospital) => {
      const sums = new Sums()
      for await (const one of hospital.client.each('Observation?category=laboratory')) {
        const id = identifier(one, 'labevent')
        if (id === undefined) continue
        const unit = one.valueQuantity?.unit ?? one.valueRange?.low.unit ?? ''
        sums.add(hospital.patient(one.subject), [id, local(one.effectiveDateTime), hospital.hadm(one.encounter), told(one), unit])
      }
      return sums.lines()
    }
  },
  {
    asks: 'Does every infusion that was given stand on the server once, with its item, times, stay, amount and rate?',
    csv: (tables) => {
      // A unit beside no number says nothing.
      const amount = (row: Row, name: string) => [said(row(name)), row(name) === '' ? '' : row(`${name}uom`)]
      const dose = (row: Row) => [...amount(row, 'amount'), ...amount(row, 'rate')]
      const mv = tables.rows('INPUTEVENTS_MV').filter((row) => row('statusdescription') !== 'Rewritten')
      const both = new Sums()
      for (const row of mv) both.add(row('subject_id'), [row('row_id'), row('itemid'), row('starttime'), stay(row), ...dose(row)])
      for (const row of tables.rows('INPUTEVENTS_CV')) {
        both.add(row('subject_id'), [row('row_id'), row('itemid'), row('charttime'), stay(row), ...dose(row)])
      }
      return both.lines()
    },
    fhir: async (hospital) => {
      const sums = new Sums()
      for await (const one of hospital.client.each(`MedicationAdministration?${GIVEN}`)) {
        const { dose, rateQuantity: rate } = one.dosage ?? {}
        const cells = [dose, rate].flatMap((it: Resource) => [it ? said(String(it.value)) : '', it?.unit ?? ''])
        const id = identifier(one, 'inputevent_mv') ?? identifier(one, 'inputevent_cv') ?? ''
        const at = local(one.effectiveDateTime ?? one.effectivePeriod.start)
        const item = codeIn(one.medicationCodeableConcept, CODES.items) ?? ''
        sums.add(hospital.patient(one.subject), [id, item, at, stayOf(hospital, one.context), ...cells])
      }
      return sums.lines()
    }
  },
  {
    asks: 'Does every row of OUTPUTEVENTS stand on the server once, with its item, minute, stay and value?',
    csv: (tables) => summed(tables.rows('OUTPUTEVENTS'), (row) => [row('itemid'), row('charttime'), stay(row), said(row('value'))]),
    fhir: async (hospital) => {
      const sums = new Sums()
      for await (const one of hospital.client.each(`Observation?category=${OUTPUTS}`)) {
        const cells = [codeIn(one.code, CODES.items) ?? '', local(one.effectiveDateTime), stayOf(hospital, one.encounter)]
        sums.add(hospital.patient(one.subject), [identifier(one, 'outputevent') ?? '', ...cells, told(one)])
      }
      return sums.lines()
    }
  }
]
