/** Discharge diagnoses. */
import { CODES, codeIn, type Hospital, identifier, type Resource, tokens } from '../client.js'
import type { Row, Tables } from '../csv.js'
import { counted, perGroup, type Question } from '../question.js'

/** ICD-9-CM with its dot: after three characters, four in E codes. */
function dotted(code: string): string {
  const place = code.startsWith('E') ? 4 : 3
  return code.length > place ? `${code.slice(0, place)}.${code.slice(place)}` : code
}

const rows = (tables: Tables) => tables.rows('DIAGNOSES_ICD')
const code = (row: Row) => dotted(row('icd9_code'))

const conditions = (hospital: Hospital, query = '') => hospital.client.list(`Condition?category=encounter-diagnosis${query}`)
const icd9 = (condition: Resource) => codeIn(condition.code, CODES.icd9) ?? ''

export const diagnoses: Question[] = [
  {
    asks: 'With which diagnoses was each admission billed, in the order of their rank?',
    csv: (tables) =>
      perGroup(
        rows(tables),
        (row) => row('hadm_id'),
        (group) =>
          group
            .toSorted((a, b) => Number(a('seq_num')) - Number(b('seq_num')))
            .map((row) => `${row('seq_num')} ${code(row)}`)
            .join(', ')
      ),
    fhir: async (hospital) => {
      const codes = new Map((await conditions(hospital)).map((one) => [`Condition/${one.id}`, icd9(one)]))
      return hospital.admissions.map((one) => {
        const ranked = one.diagnosis.map((item: Resource) => `${item.rank} ${codes.get(item.condition.reference)}`)
        return `${identifier(one, 'hadm_id')}: ${ranked.join(', ')}`
      })
    }
  },
  {
    asks: 'Which admissions had sepsis, severe sepsis or septic shock (995.91, 995.92, 785.52)?',
    csv: (tables) => {
      const sepsis = rows(tables).filter((row) => ['99591', '99592', '78552'].includes(row('icd9_code')))
      return [...new Set(sepsis.map((row) => row('hadm_id')))]
    },
    fhir: async (hospital) => {
      const found = await conditions(hospital, `&code=${tokens(CODES.icd9, '995.91', '995.92', '785.52')}`)
      return [...new Set(found.map((one) => hospital.hadm(one.encounter)))]
    }
  },
  {
    asks: 'How many patients have diabetes (250), heart failure (428), acute kidney failure (584)?',
    csv: (tables) =>
      ['250', '428', '584'].map(
        (group) =>
          `${group}: ${new Set(rows(tables).flatMap((row) => (code(row).split('.')[0] === group ? [row('subject_id')] : []))).size}`
      ),
    fhir: async (hospital) => {
      const all = await conditions(hospital)
      return ['250', '428', '584'].map(
        (group) =>
          `${group}: ${new Set(all.flatMap((one) => (icd9(one).split('.')[0] === group ? [hospital.patient(one.subject)] : []))).size}`
      )
    }
  },
  {
    asks: 'Which patients have a history or status in V codes, and how many?',
    csv: (tables) =>
      counted(
        rows(tables)
          .filter((row) => row('icd9_code').startsWith('V'))
          .map((row) => row('subject_id'))
      ),
    fhir: async (hospital) =>
      counted((await conditions(hospital)).filter((one) => icd9(one).startsWith('V')).map((one) => hospital.patient(one.subject)))
  },
  {
    asks: 'Which causes (E codes) were coded, and how often?',
    csv: (tables) =>
      counted(
        rows(tables)
          .map(code)
          .filter((one) => one.startsWith('E'))
      ),
    fhir: async (hospital) => counted((await conditions(hospital)).map(icd9).filter((one) => one.startsWith('E')))
  },
  {
    asks: 'Which billed codes does the dictionary not know?',
    csv: (tables) => {
      const known = new Set(tables.rows('D_ICD_DIAGNOSES').map((row) => row('icd9_code')))
      return counted(
        rows(tables)
          .filter((row) => !known.has(row('icd9_code')))
          .map(code)
      )
    },
    fhir: async (hospital) => counted((await conditions(hospital)).filter((one) => one.code.text === undefined).map(icd9))
  },
  {
    asks: 'What is the first diagnosis of each admission called?',
    csv: (tables) => {
      const titles = new Map(tables.rows('D_ICD_DIAGNOSES').map((row) => [row('icd9_code'), row('long_title')]))
      return rows(tables).flatMap((row) =>
        row('seq_num') === '1' ? [`${row('hadm_id')}: ${titles.get(row('icd9_code')) ?? 'without a name'}`] : []
      )
    },
    fhir: async (hospital) => {
      const names = new Map((await conditions(hospital)).map((one) => [`Condition/${one.id}`, one.code.text]))
      return hospital.admissions.map((one) => {
        const main = one.diagnosis.find((item: Resource) => item.rank === 1)
        return `${identifier(one, 'hadm_id')}: ${names.get(main?.condition.reference) ?? 'without a name'}`
      })
    }
  }
]
