/** What was done to patients: on the unit, as coded at discharge, as billed. */
import { CODES, codeIn, extension, type Hospital, local, type Resource, tokens } from '../client.js'
import type { Row, Tables } from '../csv.js'
import { counted, minutes, perGroup, type Question, sum } from '../question.js'

const CPT = 'http://www.ama-assn.org/go/cpt'
const SECTION = 'https://fhir.wardbridge.dev/CodeSystem/mimic-iii-cpt-section'
/** Arrests, chest pain, the ways to and from the operating room, the family told. */
const EVENTS = ['225465', '225466', '225469', '225470', '225475', '228128', '228129']

const VENTILATION = '225792'
const LINES = ['224263', '224264', '225752', '225203', '225202']
const DONE = 'status=completed,stopped,on-hold'

/** ICD-9-CM procedures have their dot after two characters. */
const dotted = (code: string) => (code.length > 2 ? `${code.slice(0, 2)}.${code.slice(2)}` : code)

const rows = (tables: Tables, ...items: readonly string[]): Row[] =>
  tables.rows('PROCEDUREEVENTS_MV').filter((row) => items.includes(row('itemid')) && row('statusdescription') !== 'Rewritten')

const onServer = (hospital: Hospital, ...items: readonly string[]) =>
  hospital.client.list(`Procedure?code=${tokens(CODES.items, ...items)}&${DONE}`)

const perStay = (done: ReadonlyArray<{ stay: string; from: string; to: string }>) =>
  perGroup(
    done,
    (one) => one.stay,
    (group) => sum(group.map((one) => minutes(one.from, one.to) / 60))
  )

const rowSpan = (row: Row) => ({ stay: row('icustay_id'), from: row('starttime'), to: row('endtime') })
const span = (hospital: Hospital, one: Resource) => ({
  stay: hospital.icu(one.encounter),
  from: local(one.performedPeriod.start),
  to: local(one.performedPeriod.end)
})

export const procedures: Question[] = [
  {
    asks: 'For how many hours was each ICU stay ventilated invasively (MetaVision)?',
    csv: (tables) => perStay(rows(tables, VENTILATION).map(rowSpan)),
    fhir: async (hospital) => perStay((await onServer(hospital, VENTILATION)).map((one) => span(hospital, one)))
  },
  {
    asks: 'For how many hours did central and arterial lines lie in each ICU stay (MetaVision)?',
    csv: (tables) => perStay(rows(tables, ...LINES).map(rowSpan)),
    fhir: async (hospital) => perStay((await onServer(hospital, ...LINES)).map((one) => span(hospital, one)))
  },
  {
    asks: 'When was each patient intubated and extubated (MetaVision)?',
    csv: (tables) => rows(tables, '224385', '227194').map((row) => `${row('subject_id')} ${row('starttime')} ${row('itemid')}`),
    fhir: async (hospital) =>
      (await onServer(hospital, '224385', '227194')).map(
        (one) => `${hospital.patient(one.subject)} ${local(one.performedPeriod.start)} ${codeIn(one.code, CODES.items)}`
      )
  },
  {
    asks: 'How many chest X-rays and CT scans did each ICU stay have (MetaVision)?',
    csv: (tables) => counted(rows(tables, '225459', '221214').map((row) => `${row('icustay_id')} ${row('itemid')}`)),
    fhir: async (hospital) =>
      counted(
        (await onServer(hospital, '225459', '221214')).map((one) => `${hospital.icu(one.encounter)} ${codeIn(one.code, CODES.items)}`)
      )
  },
  {
    asks: 'Which arrests, chest pains and ways to the operating room happened, when? They are no procedures.',
    csv: (tables) => rows(tables, ...EVENTS).map((row) => `${row('subject_id')} ${row('starttime')} ${row('itemid')}`),
    fhir: async (hospital) => {
      if ((await onServer(hospital, ...EVENTS)).length > 0) return ['stands among the procedures']
      const found = await hospital.client.list(`Observation?code=${tokens(CODES.items, ...EVENTS)}&status=final`)
      return found.map(
        (one) =>
          `${hospital.patient(one.subject)} ${local(one.effectiveDateTime ?? one.effectivePeriod.start)} ${codeIn(one.code, CODES.items)}`
      )
    }
  },
  {
    asks: 'Which procedures were coded for each admission, in order of their rank?',
    csv: (tables) =>
      perGroup(
        tables.rows('PROCEDURES_ICD'),
        (row) => row('hadm_id'),
        (group) =>
          group
            .toSorted((a, b) => Number(a('seq_num')) - Number(b('seq_num')))
            .map((row) => dotted(row('icd9_code')))
            .join(', ')
      ),
    fhir: async (hospital) => {
      const coded = (await hospital.client.list(`Procedure?code=${encodeURIComponent(`${CODES.icd9}|`)}`)).map((one) => ({
        hadm: hospital.hadm(one.encounter),
        rank: extension(one, 'coding-rank')?.valueInteger,
        code: codeIn(one.code, CODES.icd9)
      }))
      return perGroup(
        coded,
        (one) => one.hadm,
        (group) =>
          group
            .toSorted((a, b) => a.rank - b.rank)
            .map((one) => one.code)
            .join(', ')
      )
    }
  },
  {
    asks: 'What was billed for each admission, by section of CPT?',
    csv: (tables) => counted(tables.rows('CPTEVENTS').map((row) => `${row('hadm_id')} ${row('sectionheader')}`)),
    fhir: async (hospital) =>
      counted(
        (await hospital.client.list('ChargeItem')).map((one) => {
          const section = extension(one, 'cpt-section')?.valueCoding
          return `${hospital.hadm(one.context)} ${section?.system === SECTION ? section.code : ''}`
        })
      )
  },
  {
    asks: 'Which procedures were billed, how often? Visits are none.',
    csv: (tables) =>
      counted(
        tables
          .rows('CPTEVENTS')
          .filter((row) => ['Surgery', 'Medicine', 'Radiology'].includes(row('sectionheader')))
          .map((row) => row('cpt_cd'))
      ),
    fhir: async (hospital) =>
      counted((await hospital.client.list(`Procedure?code=${encodeURIComponent(`${CPT}|`)}`)).map((one) => codeIn(one.code, CPT) ?? ''))
  }
]
