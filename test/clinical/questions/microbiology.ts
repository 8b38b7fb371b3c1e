/** Cultures, what grew in them, and what helps against it. */
import { codeIn, extension, type Hospital, local, type Resource, tokens } from '../client.js'
import type { Row, Tables } from '../csv.js'
import { counted, perGroup, type Question } from '../question.js'

const INTERPRETATION = 'http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation'
const SPECIMEN = ['subject_id', 'hadm_id', 'chartdate', 'charttime', 'spec_itemid']
const ISOLATE = [...SPECIMEN, 'org_itemid', 'isolate_num']

const rows = (tables: Tables) => tables.rows('MICROBIOLOGYEVENTS')
const when = (row: Row) => row('charttime') || row('chartdate').slice(0, 10)

/** One row of each of the things that these columns tell apart. */
function distinct(all: readonly Row[], columns: readonly string[]): Row[] {
  return [...new Map(all.map((row) => [columns.map((column) => row(column)).join('|'), row])).values()]
}

interface Found {
  readonly cultures: readonly Resource[]
  readonly susceptibilities: ReadonlyArray<{ one: Resource; culture: Resource }>
}

async function found(hospital: Hospital): Promise<Found> {
  const all = await hospital.client.list(`Observation?category=${tokens('http://terminology.hl7.org/CodeSystem/v2-0074', 'MB')}`)
  const cultures = all.filter((one) => !one.derivedFrom)
  const byReference = new Map(cultures.map((one) => [`Observation/${one.id}`, one]))
  return {
    cultures,
    susceptibilities: all.filter((one) => one.derivedFrom).map((one) => ({ one, culture: byReference.get(one.derivedFrom[0].reference) }))
  }
}

const organism = (culture: Resource): string | undefined =>
  culture.valueCodeableConcept && codeIn(culture.valueCodeableConcept, NO_ORGANISM) === undefined
    ? culture.valueCodeableConcept.text
    : undefined
const NO_ORGANISM = 'https://fhir.wardbridge.dev/CodeSystem/mimic-iii-microbiology-result'

const verdict = (one: Resource) => codeIn(one.interpretation?.[0], INTERPRETATION)

export const microbiology: Question[] = [
  {
    asks: 'How many specimens of which kind were taken from each patient?',
    csv: (tables) => counted(distinct(rows(tables), SPECIMEN).map((row) => `${row('subject_id')} ${row('spec_type_desc')}`)),
    fhir: async (hospital) =>
      counted((await hospital.client.list('Specimen')).map((one) => `${hospital.patient(one.subject)} ${one.type.text}`))
  },
  {
    asks: 'Which blood cultures grew what, when?',
    csv: (tables) =>
      distinct(
        rows(tables).filter((row) => row('spec_itemid') === '70012' && row('org_name') !== ''),
        ISOLATE
      ).map((row) => `${row('subject_id')} ${when(row)}: ${row('org_name')}`),
    fhir: async (hospital) =>
      (await hospital.client.list(`Observation?code=${tokens('http://loinc.org', '600-7')}`)).flatMap((one) => {
        const grown = organism(one)
        return grown ? [`${hospital.patient(one.subject)} ${local(one.effectiveDateTime)}: ${grown}`] : []
      })
  },
  {
    asks: 'In how many specimens of which kind was no organism found?',
    csv: (tables) =>
      counted(
        distinct(
          rows(tables).filter((row) => row('org_name') === ''),
          SPECIMEN
        ).map((row) => row('spec_type_desc'))
      ),
    fhir: async (hospital) =>
      counted((await found(hospital)).cultures.filter((one) => organism(one) === undefined).map((one) => one.code.text))
  },
  {
    asks: 'Which organisms are resistant, intermediate or sensitive to which antibiotic, how often?',
    csv: (tables) =>
      counted(
        rows(tables)
          .filter((row) => row('ab_name') !== '' && row('interpretation') !== '')
          .map((row) => `${row('org_name')} ${row('ab_name')} ${row('interpretation')}`)
      ),
    fhir: async (hospital) =>
      counted(
        (await found(hospital)).susceptibilities.flatMap(({ one, culture }) => {
          const letter = verdict(one)
          return letter ? [`${organism(culture)} ${one.code.text} ${letter}`] : []
        })
      )
  },
  {
    asks: 'Which patients had Staphylococcus aureus resistant to oxacillin, in which specimens?',
    csv: (tables) =>
      rows(tables)
        .filter((row) => row('org_name') === 'STAPH AUREUS COAG +' && row('ab_name') === 'OXACILLIN' && row('interpretation') === 'R')
        .map((row) => `${row('subject_id')} ${when(row)} ${row('spec_type_desc')}`),
    fhir: async (hospital) =>
      (await found(hospital)).susceptibilities
        .filter(({ one, culture }) => one.code.text === 'OXACILLIN' && verdict(one) === 'R' && organism(culture) === 'STAPH AUREUS COAG +')
        .map(({ one, culture }) => `${hospital.patient(one.subject)} ${local(one.effectiveDateTime)} ${culture.code.text}`)
  },
  {
    asks: 'How much vancomycin was needed to stop each organism, as written?',
    csv: (tables) =>
      counted(
        rows(tables).flatMap((row) => {
          const [, sign = '', number] = /^(<=|>=|=>|<|>)?(\d*\.?\d+)$/.exec(row('dilution_text')) ?? []
          return row('ab_name') === 'VANCOMYCIN' && number ? [`${row('org_name')} ${sign.replace('=>', '>=')}${Number(number)}`] : []
        })
      ),
    fhir: async (hospital) =>
      counted(
        (await found(hospital)).susceptibilities.flatMap(({ one, culture }) => {
          const { value, comparator = '' } = one.valueQuantity ?? {}
          return one.code.text === 'VANCOMYCIN' && value !== undefined ? [`${organism(culture)} ${comparator}${value}`] : []
        })
      )
  },
  {
    asks: 'How many antibiotics was each isolate tested against?',
    csv: (tables) =>
      perGroup(
        rows(tables).filter((row) => row('ab_name') !== ''),
        (row) => `${row('subject_id')} ${when(row)} ${row('spec_type_desc')} ${row('org_name')} ${row('isolate_num')}`,
        (group) => String(group.length)
      ),
    fhir: async (hospital) =>
      perGroup(
        (await found(hospital)).susceptibilities,
        ({ one, culture }) => {
          const isolate = extension(culture, 'microbiology-isolate')?.extension.find((part: Resource) => part.url === 'isolate')
          const place = `${hospital.patient(one.subject)} ${local(culture.effectiveDateTime)} ${culture.code.text}`
          return `${place} ${organism(culture)} ${isolate?.valueInteger}`
        },
        (group) => String(group.length)
      )
  }
]
