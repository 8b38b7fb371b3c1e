/** Questions that need several tables at once, and those about time gone wrong. */
import { CODES, codeIn, extension, type Hospital, identifier, local, type Resource } from '../client.js'
import type { Row, Tables } from '../csv.js'
import { counted, first, grouped, minutes, perGroup, type Question } from '../question.js'
import * as chart from './chart.js'
import * as inputs from './inputs.js'
import * as labs from './labs.js'

const DAY = 24 * 60
const DISPOSITION = 'http://terminology.hl7.org/CodeSystem/discharge-disposition'

/** Minutes from the start of each ICU stay to the first antibiotic after it. */
const untilAntibiotic = (stays: readonly labs.IcuStay[], given: ReadonlyArray<{ stay: string; at: string }>) => {
  const started = new Map(stays.map((stay) => [stay.id, stay.from]))
  return perGroup(
    given,
    (one) => one.stay,
    (group) => String(minutes(started.get(group[0]?.stay ?? '') ?? '', first(group, (one) => one.at).at))
  )
}

/** ICU stays with a vasopressor and, while they lasted, a lactate above 2. */
function shock(stays: readonly labs.IcuStay[], given: readonly inputs.Input[], lactates: readonly labs.Result[]): string[] {
  const pressed = new Set(given.filter((one) => (one.rate ?? 0) > 0).map((one) => one.stay))
  return stays
    .filter((stay) => pressed.has(stay.id))
    .filter((stay) =>
      lactates.some((one) => one.subject === stay.subject && one.at >= stay.from && one.at <= stay.to && (one.value ?? 0) > 2)
    )
    .map((stay) => stay.id)
}

/** Mean pressures below 65 in the first day of each ICU stay. */
function firstDay(stays: readonly labs.IcuStay[], means: readonly chart.Entry[]): string[] {
  const started = new Map(stays.map((stay) => [stay.id, stay.from]))
  const early = means.filter((one) => one.value !== undefined && one.value < 65 && minutes(started.get(one.stay) ?? one.at, one.at) < DAY)
  return counted(early.filter((one) => started.has(one.stay)).map((one) => one.stay))
}

const pressors = Object.keys(inputs.VASOPRESSORS)

/** How many charted items an Observation stands for: a panel for each of its components that has an item. */
const entries = (one: Resource): number =>
  one.component
    ? one.component.filter((part: Resource) => codeIn(part.code, CODES.items)).length
    : identifier(one, 'chartevent') === undefined
      ? 0
      : 1

const shifted = (time: string, days: number) => {
  const moved = new Date(Date.parse(`${time.replace(' ', 'T')}Z`) + days * DAY * 60000).toISOString()
  return moved.slice(0, 19).replace('T', ' ')
}
const instant = (time: string) => encodeURIComponent(`${time.replace(' ', 'T')}-05:00`)

async function charted(hospital: Hospital, queries: ReadonlyArray<readonly [string, string]>): Promise<string[]> {
  const numbers = new Map<string, number>()
  for (const [key, query] of queries) {
    for await (const one of hospital.client.each(`Observation?${query}`)) numbers.set(key, (numbers.get(key) ?? 0) + entries(one))
  }
  return [...numbers].filter(([, number]) => number > 0).map(([key, number]) => `${key}: ${number}`)
}

/** The admission of a row: that of its ICU stay, where it has one; 30 rows of the demo name another one beside it. */
function admissionOf(tables: Tables): (row: Row) => string {
  const stays = new Map(tables.rows('ICUSTAYS').map((row) => [row('icustay_id'), row('hadm_id')]))
  return (row) => stays.get(row('icustay_id')) ?? row('hadm_id')
}

function chartedRows(tables: Tables, key: (row: Row) => string | undefined): string[] {
  const keys: string[] = []
  for (const row of tables.eachChart()) {
    const found = key(row)
    if (found !== undefined) keys.push(found)
  }
  return counted(keys)
}

export const together: Question[] = [
  {
    asks: 'How many minutes after the beginning of each ICU stay did the first antibiotic start (MetaVision)?',
    csv: (tables) => {
      const given = inputs
        .mvRows(tables)
        .filter((row) => /Antibiotics/.test(row('ordercategoryname')) && row('ordercomponenttypedescription') === 'Main order parameter')
      return untilAntibiotic(
        labs.icuRows(tables),
        given.map((row) => ({ stay: row('icustay_id'), at: row('starttime') }))
      )
    },
    fhir: async (hospital) => {
      const given: Array<{ stay: string; at: string }> = []
      for await (const one of hospital.client.each(`MedicationAdministration?${inputs.GIVEN}`)) {
        if (!/Antibiotics/.test(inputs.category(one)) || !inputs.isMain(one)) continue
        given.push({ stay: hospital.icu(one.context), at: local(one.effectivePeriod.start) })
      }
      return untilAntibiotic(labs.icuStays(hospital), given)
    }
  },
  {
    asks: 'In which ICU stays did a vasopressor run and lactate rise above 2?',
    csv: (tables) => shock(labs.icuRows(tables), inputs.ofTables(tables, pressors), labs.inTables(tables, '50813')),
    fhir: async (hospital) =>
      shock(labs.icuStays(hospital), await inputs.onServer(hospital, pressors), await labs.onServer(hospital, '32693-4'))
  },
  {
    asks: 'How often was the mean arterial pressure below 65 in the first day of each ICU stay?',
    csv: (tables) => firstDay(labs.icuRows(tables), chart.inTables(tables, chart.MEAN)),
    fhir: async (hospital) => firstDay(labs.icuStays(hospital), await chart.pressures(hospital, '8478-0'))
  },
  {
    asks: 'How many admissions ended with death, by the unit of their first ICU stay?',
    csv: (tables) => {
      const died = new Set(tables.rows('ADMISSIONS').flatMap((row) => (row('deathtime') === '' ? [] : [row('hadm_id')])))
      const stays = grouped(tables.rows('ICUSTAYS'), (row) => row('hadm_id'))
      return counted([...died].map((hadm) => first(stays.get(hadm) ?? [], (row) => row('intime'))('first_careunit')))
    },
    fhir: (hospital) => {
      const stays = grouped(hospital.icuStays, (one) => hospital.hadm(one.partOf))
      const died = hospital.admissions.filter(({ hospitalization }) => codeIn(hospitalization.dischargeDisposition, DISPOSITION) === 'exp')
      return counted(
        died.map(
          (one) => first(stays.get(identifier(one, 'hadm_id') ?? '') ?? [], (stay) => stay.period.start).location[0].location.display
        )
      )
    }
  },
  {
    asks: 'How many heart rates and oxygen saturations of zero were charted? They are kept.',
    csv: (tables) =>
      [...chart.inTables(tables, chart.HEART_RATE), ...chart.inTables(tables, chart.SATURATION)]
        .filter((one) => one.value === 0)
        .map((one) => `${one.stay} ${one.at}`),
    fhir: async (hospital) => {
      const zero: string[] = []
      for (const code of ['8867-4', '59408-5']) {
        const query = `Observation?code=${chart.loinc(code)}&status=final&value-quantity=0`
        for await (const one of hospital.client.each(query)) zero.push(`${hospital.icu(one.encounter)} ${local(one.effectiveDateTime)}`)
      }
      return zero
    }
  },
  {
    asks: 'How many entries of the chart come after the death of the patient in hospital?',
    csv: (tables) => {
      const died = new Map(tables.rows('ADMISSIONS').flatMap((row) => (row('deathtime') ? [[row('subject_id'), row('deathtime')]] : [])))
      return chartedRows(tables, (row) => (row('charttime') > (died.get(row('subject_id')) ?? '9') ? row('subject_id') : undefined))
    },
    fhir: (hospital) =>
      charted(
        hospital,
        hospital.patients
          .filter((one) => one.deceasedDateTime?.length > 10)
          .map((one) => [
            identifier(one, 'subject_id') ?? '',
            `subject=Patient/${one.id}&date=gt${encodeURIComponent(one.deceasedDateTime)}`
          ])
      )
  },
  {
    asks: 'How many entries of the chart lie more than two days before or after the admission they belong to?',
    csv: (tables) => {
      const bounds = new Map(
        tables.rows('ADMISSIONS').map((row) => [row('hadm_id'), [shifted(row('admittime'), -2), shifted(row('dischtime'), 2)] as const])
      )
      const admission = admissionOf(tables)
      return chartedRows(tables, (row) => {
        const [from, to] = bounds.get(admission(row)) ?? ['', '9']
        return row('charttime') < from || row('charttime') > to ? admission(row) : undefined
      })
    },
    fhir: (hospital) =>
      charted(
        hospital,
        [...hospital.admissions, ...hospital.icuStays].flatMap((stay) => {
          const { period } = stay.partOf ? hospital.resolve(stay.partOf) : stay
          const own = `encounter=Encounter/${stay.id}`
          const hadm = identifier(stay.partOf ? hospital.resolve(stay.partOf) : stay, 'hadm_id') ?? ''
          return [
            [hadm, `${own}&date=lt${instant(shifted(local(period.start), -2))}`],
            [hadm, `${own}&date=gt${instant(shifted(local(period.end), 2))}`]
          ] as const
        })
      )
  },
  {
    asks: 'How many entries of the chart name another admission than the one their ICU stay is part of, by ICU stay?',
    csv: (tables) => {
      const admission = admissionOf(tables)
      return chartedRows(tables, (row) => (admission(row) === row('hadm_id') ? undefined : row('icustay_id')))
    },
    fhir: async (hospital) => {
      // Only who was admitted twice can have them.
      const again = [...grouped(hospital.admissions, (one) => one.subject.reference)].filter(([, own]) => own.length > 1)
      const queries = again.map(([subject]) => `Observation?subject=${subject}`)
      const found: string[] = []
      for (const query of queries) {
        for await (const one of hospital.client.each(query)) {
          const named = extension(one, 'hospital-stay')?.valueReference.identifier.value
          if (named === undefined || named === hospital.hadm(one.encounter)) continue
          found.push(...Array.from({ length: entries(one) }, () => hospital.icu(one.encounter)))
        }
      }
      return counted(found)
    }
  }
]
