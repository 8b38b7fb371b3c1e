/** People, their stays in the hospital and on intensive care units. */
import { codeIn, extension, type Hospital, identifier, local, type Resource } from '../client.js'
import type { Row, Tables } from '../csv.js'
import { counted, first, grouped, last, minutes, perGroup, type Question, sum, years } from '../question.js'

const RACE = 'us-core-race'
const UNKNOWN_RELIGION = ['NOT SPECIFIED', 'UNOBTAINABLE']

const inOrder = (rows: readonly Row[]) => rows.toSorted((a, b) => (a('admittime') < b('admittime') ? -1 : 1))

/** Per patient the last admission's word that is not empty. */
function latest(tables: Tables, column: string, unknown: readonly string[] = []): string[] {
  const said = tables.rows('ADMISSIONS').filter((row) => row(column) !== '' && !unknown.includes(row(column)))
  return perGroup(
    said,
    (row) => row('subject_id'),
    (rows) => last(rows, (row) => row('admittime'))(column)
  )
}

const perPatient = (hospital: Hospital, say: (patient: Resource) => string | undefined) =>
  perGroup(
    hospital.patients,
    (one) => identifier(one, 'subject_id') ?? '',
    ([one]) => say(one)
  )

const hadmOf = (encounter: Resource) => identifier(encounter, 'hadm_id') ?? ''

/** What admission and ICU stay look like to both sides. */
interface Stay {
  readonly subject: string
  readonly id: string
  readonly from: string
  readonly to: string
}

const admissionRows = (tables: Tables): Stay[] =>
  tables.rows('ADMISSIONS').map((row) => ({ subject: row('subject_id'), id: row('hadm_id'), from: row('admittime'), to: row('dischtime') }))
const icuRows = (tables: Tables): Stay[] =>
  tables.rows('ICUSTAYS').map((row) => ({ subject: row('subject_id'), id: row('icustay_id'), from: row('intime'), to: row('outtime') }))
const stays = (hospital: Hospital, encounters: readonly Resource[], name: string): Stay[] =>
  encounters.map((one) => ({
    subject: hospital.patient(one.subject),
    id: identifier(one, name) ?? '',
    from: local(one.period.start),
    to: local(one.period.end)
  }))
const admissionsOf = (hospital: Hospital) => stays(hospital, hospital.admissions, 'hadm_id')

function readmissions(all: readonly Stay[]): string[] {
  return [...grouped(all, (stay) => stay.subject).values()].flatMap((own) => {
    const sorted = own.toSorted((a, b) => (a.from < b.from ? -1 : 1))
    return sorted.flatMap((stay, index) => {
      const before = sorted[index - 1]
      return before && minutes(before.to, stay.from) <= 30 * 24 * 60 ? [`${before.id} then ${stay.id}`] : []
    })
  })
}

const text = (concept: Resource): string | undefined => concept?.text

export const people: Question[] = [
  {
    asks: 'How many patients are women, how many men?',
    csv: (tables) => counted(tables.rows('PATIENTS').map((row) => row('gender'))),
    fhir: async ({ client }) => [`F: ${await client.count('Patient?gender=female')}`, `M: ${await client.count('Patient?gender=male')}`]
  },
  {
    asks: 'How old was each patient at each admission? Over 89 no age is told.',
    csv: (tables) => {
      const born = new Map(tables.rows('PATIENTS').map((row) => [row('subject_id'), row('dob')]))
      return tables.rows('ADMISSIONS').map((row) => {
        const dob = born.get(row('subject_id')) ?? ''
        const age = years(dob, row('admittime'))
        return `${row('hadm_id')}: ${age > 89 ? 'over 89' : age}`
      })
    },
    fhir: (hospital) =>
      hospital.admissions.map((one) => {
        const { birthDate, _birthDate } = hospital.resolve(one.subject)
        const masked = _birthDate?.extension?.[0]?.valueCode === 'masked'
        return `${hadmOf(one)}: ${masked ? 'over 89' : years(birthDate, local(one.period.start))}`
      })
  },
  {
    asks: 'When did each patient die: the minute for a death in hospital, the day for one outside?',
    csv: (tables) => {
      const inside = new Map(tables.rows('ADMISSIONS').flatMap((row) => (row('deathtime') ? [[row('subject_id'), row('deathtime')]] : [])))
      return tables
        .rows('PATIENTS')
        .filter((row) => row('dod') !== '')
        .map((row) => `${row('subject_id')}: ${inside.get(row('subject_id')) ?? row('dod').slice(0, 10)}`)
    },
    fhir: (hospital) => perPatient(hospital, (one) => (one.deceasedDateTime ? local(one.deceasedDateTime) : undefined))
  },
  {
    asks: 'How many admissions ended with death, by insurance?',
    csv: (tables) =>
      counted(
        tables
          .rows('ADMISSIONS')
          .filter((row) => row('hospital_expire_flag') === '1')
          .map((row) => row('insurance'))
      ),
    fhir: async (hospital) => {
      const accounts = new Map((await hospital.client.list('Account')).map((one) => [`Account/${one.id}`, one]))
      const coverages = new Map((await hospital.client.list('Coverage')).map((one) => [`Coverage/${one.id}`, one]))
      const died = hospital.admissions.filter(({ hospitalization }) =>
        hospitalization.dischargeDisposition.coding.some((coding: Resource) => coding.code === 'exp')
      )
      return counted(
        died.map((one) => {
          const account = accounts.get(one.account[0].reference)
          return coverages.get(account?.coverage[0].coverage.reference)?.type.text
        })
      )
    }
  },
  {
    asks: 'Whose insurance changed from one admission to the next, and how?',
    csv: (tables) =>
      perGroup(
        tables.rows('ADMISSIONS'),
        (row) => row('subject_id'),
        (rows) => {
          const insurances = inOrder(rows).map((row) => row('insurance'))
          return new Set(insurances).size > 1 ? insurances.join(' > ') : undefined
        }
      ),
    fhir: async (hospital) => {
      const types = new Map((await hospital.client.list('Coverage')).map((one) => [identifier(one, 'coverage'), one.type.text]))
      return perGroup(
        admissionsOf(hospital),
        (stay) => stay.subject,
        (own) => {
          const insurances = own.toSorted((a, b) => (a.from < b.from ? -1 : 1)).map((stay) => types.get(stay.id))
          return new Set(insurances).size > 1 ? insurances.join(' > ') : undefined
        }
      )
    }
  },
  {
    asks: 'How many hours did each admission last?',
    csv: (tables) => admissionRows(tables).map((stay) => `${stay.id}: ${sum([minutes(stay.from, stay.to) / 60])}`),
    fhir: (hospital) => admissionsOf(hospital).map((stay) => `${stay.id}: ${sum([minutes(stay.from, stay.to) / 60])}`)
  },
  {
    asks: 'Which admissions began within 30 days of the discharge before?',
    csv: (tables) => readmissions(admissionRows(tables)),
    fhir: (hospital) => readmissions(admissionsOf(hospital))
  },
  {
    asks: 'How urgent were the admissions?',
    csv: (tables) => {
      const codes: Record<string, string> = { EMERGENCY: 'EM', URGENT: 'UR', ELECTIVE: 'EL' }
      return counted(tables.rows('ADMISSIONS').map((row) => codes[row('admission_type')] ?? ''))
    },
    fhir: (hospital) =>
      counted(hospital.admissions.map((one) => codeIn(one.priority, 'http://terminology.hl7.org/CodeSystem/v3-ActPriority') ?? ''))
  },
  {
    asks: 'Where did the patients come from and where did they go, in how many admissions?',
    csv: (tables) => counted(tables.rows('ADMISSIONS').map((row) => `${row('admission_location')} > ${row('discharge_location')}`)),
    fhir: (hospital) =>
      counted(
        hospital.admissions.map(
          ({ hospitalization }) => `${text(hospitalization.admitSource)} > ${text(hospitalization.dischargeDisposition)}`
        )
      )
  },
  {
    asks: 'How many minutes did the patients spend in the emergency department before each admission?',
    csv: (tables) =>
      tables
        .rows('ADMISSIONS')
        .filter((row) => row('edregtime') !== '')
        .map((row) => `${row('hadm_id')}: ${minutes(row('edregtime'), row('edouttime'))}`),
    fhir: (hospital) =>
      hospital.admissions.flatMap((one) => {
        const visit = one.classHistory?.find((history: Resource) => history.class.code === 'EMER')?.period
        return visit ? [`${hadmOf(one)}: ${minutes(local(visit.start), local(visit.end))}`] : []
      })
  },
  {
    asks: 'With which free-text diagnosis was each patient admitted?',
    csv: (tables) => tables.rows('ADMISSIONS').map((row) => `${row('hadm_id')}: ${row('diagnosis')}`),
    fhir: (hospital) => hospital.admissions.map((one) => `${hadmOf(one)}: ${one.reasonCode?.[0]?.text ?? ''}`)
  },
  {
    asks: 'Which language does each patient speak, as last recorded?',
    csv: (tables) => latest(tables, 'language'),
    fhir: (hospital) => perPatient(hospital, (one) => text(one.communication?.[0]?.language))
  },
  {
    asks: 'Which religion does each patient have, as last stated?',
    csv: (tables) => latest(tables, 'religion', UNKNOWN_RELIGION),
    fhir: (hospital) => perPatient(hospital, (one) => text(extension(one, 'patient-religion')?.valueCodeableConcept))
  },
  {
    asks: 'What is the marital status of each patient, as last recorded?',
    csv: (tables) => latest(tables, 'marital_status'),
    fhir: (hospital) => perPatient(hospital, (one) => text(one.maritalStatus))
  },
  {
    asks: 'How does each patient describe race and ethnicity, and who is Hispanic?',
    csv: (tables) => latest(tables, 'ethnicity').map((line) => (line.includes(': HISPANIC') ? `${line} (Hispanic)` : line)),
    fhir: (hospital) =>
      perPatient(hospital, (one) => {
        const ethnicity = extension(extension(one, 'us-core-ethnicity'), 'ombCategory') ?? extension(one, 'us-core-ethnicity')
        const category = ethnicity?.extension?.find((part: Resource) => part.url === 'ombCategory')?.valueCoding.code
        const words = extension(one, RACE)?.extension.find((part: Resource) => part.url === 'text')?.valueString
        return category === '2135-2' ? `${words} (Hispanic)` : words
      })
  },
  {
    asks: 'How many days did each ICU stay last, as recorded and by the clock?',
    csv: (tables) =>
      tables.rows('ICUSTAYS').map((row) => `${row('icustay_id')}: ${Number(row('los'))} d, ${minutes(row('intime'), row('outtime'))} min`),
    fhir: (hospital) =>
      hospital.icuStays.map((one) => {
        const { start, end } = one.period
        return `${identifier(one, 'icustay_id')}: ${one.length.value} ${one.length.code}, ${minutes(local(start), local(end))} min`
      })
  },
  {
    asks: 'On which unit did each ICU stay begin, on which did it end?',
    csv: (tables) => tables.rows('ICUSTAYS').map((row) => `${row('icustay_id')}: ${row('first_careunit')} > ${row('last_careunit')}`),
    fhir: (hospital) =>
      hospital.icuStays.map((one) => {
        const names = one.location.map((place: Resource) => place.location.display)
        return `${identifier(one, 'icustay_id')}: ${names[0]} > ${names.at(-1)}`
      })
  },
  {
    asks: 'How many ICU stays did each admission have, and after how many minutes did the first begin?',
    csv: (tables) => {
      const admitted = new Map(admissionRows(tables).map((stay) => [stay.id, stay.from]))
      return perGroup(
        tables.rows('ICUSTAYS'),
        (row) => row('hadm_id'),
        (rows) =>
          `${rows.length}, ${minutes(admitted.get(rows[0]?.('hadm_id') ?? '') ?? '', first(rows, (row) => row('intime'))('intime'))} min`
      )
    },
    fhir: (hospital) =>
      perGroup(
        hospital.icuStays,
        (one) => hospital.hadm(one.partOf),
        (own) => {
          const start = local(first(own, (one) => one.period.start).period.start)
          return `${own.length}, ${minutes(local(hospital.resolve(own[0].partOf).period.start), start)} min`
        }
      )
  },
  {
    asks: 'Which ICU stays reach beyond their admission?',
    csv: (tables) => {
      const within = new Map(admissionRows(tables).map((stay) => [stay.id, stay]))
      const hadm = new Map(tables.rows('ICUSTAYS').map((row) => [row('icustay_id'), row('hadm_id')]))
      return icuRows(tables).flatMap((stay) => {
        const admission = within.get(hadm.get(stay.id) ?? '')
        return admission && (stay.from < admission.from || stay.to > admission.to) ? [stay.id] : []
      })
    },
    fhir: (hospital) =>
      hospital.icuStays.flatMap((one) => {
        const { period } = hospital.resolve(one.partOf)
        return one.period.start < period.start || one.period.end > period.end ? [identifier(one, 'icustay_id') ?? ''] : []
      })
  }
]
