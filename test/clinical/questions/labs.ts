/** Laboratory results: the server is asked by LOINC code, the tables by item. */
import { CODES, codeIn, type Hospital, identifier, local, type Resource, tokens } from '../client.js'
import type { Row, Tables } from '../csv.js'
import { counted, first, last, numberIn, perGroup, type Question, sum } from '../question.js'

/** A result as both sides see it. A result that is no plain number has no value. */
export interface Result {
  readonly subject: string
  readonly hadm: string
  readonly at: string
  readonly value: number | undefined
}

const LAB = 'https://fhir.wardbridge.dev/CodeSystem/mimic-iii-d-labitems'

/** Results of the laboratory's own items; cultures are of the same category. */
async function* results(hospital: Hospital, more = ''): AsyncGenerator<Resource> {
  for await (const one of hospital.client.each(`Observation?category=laboratory${more}`)) {
    if (codeIn(one.code, LAB) !== undefined) yield one
  }
}

async function gathered(hospital: Hospital, more: string): Promise<Resource[]> {
  const all: Resource[] = []
  for await (const one of results(hospital, more)) all.push(one)
  return all
}

const labRows = (tables: Tables, ...items: readonly string[]): Row[] =>
  tables.rows('LABEVENTS').filter((row) => items.includes(row('itemid')))

export const inTables = (tables: Tables, ...items: readonly string[]): Result[] =>
  labRows(tables, ...items).map((row) => ({
    subject: row('subject_id'),
    hadm: row('hadm_id'),
    at: row('charttime'),
    value: numberIn(row('value'))
  }))

export async function onServer(hospital: Hospital, loinc: string, more = ''): Promise<Result[]> {
  const found = await hospital.client.list(`Observation?category=laboratory&code=${tokens(CODES.loinc, loinc)}${more}`)
  return found.map((one) => ({
    subject: hospital.patient(one.subject),
    hadm: hospital.hadm(one.encounter),
    at: local(one.effectiveDateTime),
    value: one.valueQuantity?.comparator ? undefined : one.valueQuantity?.value
  }))
}

const measured = (results: readonly Result[]) => results.filter((one): one is Result & { value: number } => one.value !== undefined)

const span = (stay: { from: string; to: string }) => (one: Result) => one.at >= stay.from && one.at <= stay.to

export interface IcuStay {
  readonly id: string
  readonly subject: string
  readonly from: string
  readonly to: string
}

export const icuRows = (tables: Tables): IcuStay[] =>
  tables.rows('ICUSTAYS').map((row) => ({ id: row('icustay_id'), subject: row('subject_id'), from: row('intime'), to: row('outtime') }))
export const icuStays = (hospital: Hospital): IcuStay[] =>
  hospital.icuStays.map((one) => ({
    id: identifier(one, 'icustay_id') ?? '',
    subject: hospital.patient(one.subject),
    from: local(one.period.start),
    to: local(one.period.end)
  }))

/** One number per ICU stay, of the patient's results while it lasted. */
function duringStays(stays: readonly IcuStay[], results: readonly Result[], pick: (...values: number[]) => number): string[] {
  const numbers = measured(results)
  return stays.flatMap((stay) => {
    const own = numbers.filter((one) => one.subject === stay.subject && span(stay)(one)).map((one) => one.value)
    return own.length > 0 ? [`${stay.id}: ${pick(...own)}`] : []
  })
}

const extremes = (results: readonly Result[]) =>
  perGroup(
    measured(results).filter((one) => one.hadm !== ''),
    (one) => one.hadm,
    (group) => {
      const values = group.map((one) => one.value)
      return `${Math.min(...values)} to ${Math.max(...values)}`
    }
  )

/** A rise by 0.3 or more above the lowest result before it, in one admission. */
const rises = (results: readonly Result[]) =>
  perGroup(
    measured(results).filter((one) => one.hadm !== ''),
    (one) => one.hadm,
    (group) => {
      let lowest = Number.POSITIVE_INFINITY
      let rise = 0
      for (const { value } of group.toSorted((a, b) => (a.at === b.at ? a.value - b.value : a.at < b.at ? -1 : 1))) {
        rise = Math.max(rise, value - lowest)
        lowest = Math.min(lowest, value)
      }
      return rise >= 0.2999 ? sum([rise]) : undefined
    }
  )

const firstAndLast = (results: readonly Result[]) =>
  perGroup(
    measured(results).filter((one) => one.hadm !== ''),
    (one) => one.hadm,
    (group) => {
      const order = (one: { at: string; value: number }) => `${one.at} ${one.value}`
      return `${first(group, order).value} > ${last(group, order).value}`
    }
  )

const times = (results: readonly Result[], holds: (value: number) => boolean) =>
  counted(
    measured(results)
      .filter((one) => holds(one.value))
      .map((one) => one.subject)
  )

const NOT_DONE = ['HOLD', 'NotDone', 'UNABLE TO REPORT', 'COMPUTER NETWORK FAILURE. TEST NOT RESULTED.']

/** `< 0.01` for <0.01 and for LESS THAN 0.01: a result beyond what can be measured. */
function beyond(value: string): string | undefined {
  const [, sign = '', number] = /^(<=?|>=?|LESS THAN|GREATER THAN) ?(\d*\.?\d+)(?: [A-Z/]+)?$/.exec(value) ?? []
  return number && `${sign.replace('LESS THAN', '<').replace('GREATER THAN', '>')} ${Number(number)}`
}

const word = (one: Resource): string => one.valueString ?? ''

export const labs: Question[] = [
  {
    asks: 'What was the highest lactate of each ICU stay?',
    csv: (tables) => duringStays(icuRows(tables), inTables(tables, '50813'), Math.max),
    fhir: async (hospital) => duringStays(icuStays(hospital), await onServer(hospital, '32693-4'), Math.max)
  },
  {
    asks: 'What was the lowest platelet count of each ICU stay?',
    csv: (tables) => duringStays(icuRows(tables), inTables(tables, '51265'), Math.min),
    fhir: async (hospital) => duringStays(icuStays(hospital), await onServer(hospital, '777-3'), Math.min)
  },
  {
    asks: 'What was the lowest PaO2 of each ICU stay?',
    csv: (tables) => duringStays(icuRows(tables), inTables(tables, '50821'), Math.min),
    fhir: async (hospital) => duringStays(icuStays(hospital), await onServer(hospital, '11556-8'), Math.min)
  },
  {
    asks: 'In which admissions did creatinine rise by 0.3 mg/dL or more, and by how much?',
    csv: (tables) => rises(inTables(tables, '50912')),
    fhir: async (hospital) => rises(await onServer(hospital, '2160-0'))
  },
  {
    asks: 'What were the first and the last hemoglobin of each admission?',
    csv: (tables) => firstAndLast(inTables(tables, '51222', '50811')),
    fhir: async (hospital) => firstAndLast(await onServer(hospital, '718-7'))
  },
  {
    asks: 'Between which values did sodium lie in each admission?',
    csv: (tables) => extremes(inTables(tables, '50983')),
    fhir: async (hospital) => extremes(await onServer(hospital, '2951-2'))
  },
  {
    asks: 'How many white cells per microlitre were the fewest and the most in each admission?',
    csv: (tables) => extremes(inTables(tables, '51301')),
    fhir: async (hospital) => extremes(await onServer(hospital, '6690-2'))
  },
  {
    asks: 'How often did the blood of each patient have a pH below 7.2?',
    csv: (tables) => times(inTables(tables, '50820'), (value) => value < 7.2),
    fhir: async (hospital) => times(await onServer(hospital, '11558-4', '&value-quantity=lt7.2'), () => true)
  },
  {
    asks: 'How often did each patient have a glucose below 60 mg/dL in serum?',
    csv: (tables) => times(inTables(tables, '50931'), (value) => value < 60),
    fhir: async (hospital) =>
      times(await onServer(hospital, '2345-7', `&value-quantity=${encodeURIComponent('lt60|http://unitsofmeasure.org|mg/dL')}`), () => true)
  },
  {
    asks: 'How many neutrophil shares above 90 per cent did each patient have?',
    csv: (tables) => times(inTables(tables, '51256'), (value) => value > 90),
    fhir: async (hospital) => times(await onServer(hospital, '770-8'), (value) => value > 90)
  },
  {
    asks: 'What were the magnesium values of each patient in order of time?',
    csv: (tables) => inTables(tables, '50960').map((one) => `${one.subject} ${one.at}: ${one.value ?? '-'}`),
    fhir: async (hospital) => (await onServer(hospital, '19123-9')).map((one) => `${one.subject} ${one.at}: ${one.value ?? '-'}`)
  },
  {
    asks: 'How many troponins T of each patient were below 0.01?',
    csv: (tables) =>
      counted(
        labRows(tables, '51003')
          .filter((row) => beyond(row('value')) === '< 0.01')
          .map((row) => row('subject_id'))
      ),
    fhir: async (hospital) => {
      const found = await hospital.client.list(`Observation?code=${tokens(CODES.loinc, '6598-7')}`)
      const below = found.filter(({ valueQuantity: it }) => it?.comparator === '<' && it.value === 0.01)
      return counted(below.map((one) => hospital.patient(one.subject)))
    }
  },
  {
    asks: 'Which results lie beyond what was measured (more than, less than), by item?',
    csv: (tables) =>
      counted(
        tables.rows('LABEVENTS').flatMap((row) => {
          const found = beyond(row('value'))
          return found ? [`${row('itemid')} ${found}`] : []
        })
      ),
    fhir: async (hospital) => {
      const found: string[] = []
      for await (const { code, valueQuantity: it } of results(hospital)) {
        if (it?.comparator) found.push(`${codeIn(code, LAB)} ${it.comparator} ${it.value}`)
      }
      return counted(found)
    }
  },
  {
    asks: 'How many white cells per field did the urine of each patient have, as ranges?',
    csv: (tables) =>
      labRows(tables, '51516').flatMap((row) => {
        const range = /^(\d+)-(\d+)$/.exec(row('value'))
        return range ? [`${row('subject_id')} ${row('charttime')}: ${range[1]} to ${range[2]}`] : []
      }),
    fhir: async (hospital) => {
      const found = await hospital.client.list(`Observation?code=${tokens(CODES.loinc, '5821-4')}`)
      return found.flatMap((one) => {
        const { low, high } = one.valueRange ?? {}
        return low ? [`${hospital.patient(one.subject)} ${local(one.effectiveDateTime)}: ${low.value} to ${high.value}`] : []
      })
    }
  },
  {
    asks: 'What colour was the urine, how often?',
    csv: (tables) =>
      counted(
        labRows(tables, '51508')
          .map((row) => row('value'))
          .filter((value) => value !== '' && !NOT_DONE.includes(value))
      ),
    fhir: async (hospital) =>
      counted((await hospital.client.list(`Observation?code=${tokens(CODES.loinc, '5778-6')}`)).map(word).filter((value) => value !== ''))
  },
  {
    asks: 'How many results of each patient belong to no admission?',
    csv: (tables) =>
      counted(
        tables
          .rows('LABEVENTS')
          .filter((row) => row('hadm_id') === '')
          .map((row) => row('subject_id'))
      ),
    fhir: async (hospital) => counted((await gathered(hospital, '&encounter:missing=true')).map((one) => hospital.patient(one.subject)))
  },
  {
    asks: 'Which tests were not done or gave no result, and how often?',
    csv: (tables) =>
      counted(
        tables
          .rows('LABEVENTS')
          .filter((row) => NOT_DONE.includes(row('value')))
          .map((row) => `${row('itemid')} ${row('value')}`)
      ),
    fhir: async (hospital) =>
      counted((await gathered(hospital, '&status=cancelled')).map((one) => `${codeIn(one.code, LAB)} ${one.dataAbsentReason.text}`))
  },
  {
    asks: 'How many results were flagged abnormal, by item?',
    csv: (tables) =>
      counted(
        tables
          .rows('LABEVENTS')
          .filter((row) => row('flag') === 'abnormal')
          .map((row) => row('itemid'))
      ),
    fhir: async (hospital) => {
      const flagged: string[] = []
      for await (const one of results(hospital)) {
        const codes = one.interpretation?.[0]?.coding ?? []
        if (codes.some((coding: Resource) => coding.code === 'A')) flagged.push(codeIn(one.code, LAB) ?? '')
      }
      return counted(flagged)
    }
  },
  {
    asks: 'Which laboratory results were recorded after the death of the patient?',
    csv: (tables) => {
      const died = new Map(tables.rows('ADMISSIONS').flatMap((row) => (row('deathtime') ? [[row('subject_id'), row('deathtime')]] : [])))
      return tables.rows('LABEVENTS').flatMap((row) => (row('charttime') > (died.get(row('subject_id')) ?? '9') ? [row('row_id')] : []))
    },
    fhir: async (hospital) => {
      const dead = hospital.patients.filter((one) => one.deceasedDateTime?.length > 10)
      const found = await Promise.all(
        dead.map((one) => gathered(hospital, `&subject=Patient/${one.id}&date=gt${encodeURIComponent(one.deceasedDateTime)}`))
      )
      return found.flat().map((one) => identifier(one, 'labevent') ?? '')
    }
  },
  {
    asks: 'Which C-reactive proteins were measured, in which unit?',
    csv: (tables) => labRows(tables, '50889').map((row) => `${row('subject_id')} ${Number(row('value'))} ${row('valueuom')}`),
    fhir: async (hospital) =>
      (await hospital.client.list(`Observation?code=${tokens(CODES.loinc, '1988-5')}`)).map(
        (one) => `${hospital.patient(one.subject)} ${one.valueQuantity.value} ${one.valueQuantity.code}`
      )
  }
]
