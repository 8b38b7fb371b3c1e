/** Wards, services, requests to leave the unit, and the groups that admissions are billed by. */
import { type Hospital, identifier, local, type Resource } from '../client.js'
import { counted, first, minutes, perGroup, type Question, sum } from '../question.js'

const GROUPERS: Readonly<Record<string, string>> = { 'mimic-iii-drg-apr': 'APR', 'mimic-iii-drg-ms': 'MS', 'mimic-iii-drg-hcfa': 'HCFA' }

const hadm = (encounter: Resource) => identifier(encounter, 'hadm_id') ?? ''
const all = (encounter: Resource, name: string): Resource[] =>
  encounter.extension?.filter((one: Resource) => one.url.endsWith(`/${name}`)) ?? []
const part = (one: Resource, name: string): Resource => one.extension?.find((item: Resource) => item.url === name)

const wards = async (hospital: Hospital) =>
  new Map((await hospital.client.list('Location')).map((one) => [`Location/${one.id}`, identifier(one, 'ward') ?? '']))

export const movements: Question[] = [
  {
    asks: 'Through which wards did each admission go, from when to when?',
    csv: (tables) =>
      tables
        .rows('TRANSFERS')
        .filter((row) => row('curr_wardid') !== '')
        .map((row) => {
          const place = [row('curr_wardid'), row('curr_careunit')].filter((name) => name !== '').join('-')
          return `${row('hadm_id')} ${row('intime')} to ${row('outtime')}: ${place}`
        }),
    fhir: async (hospital) => {
      const names = await wards(hospital)
      return hospital.admissions.flatMap((one) =>
        (one.location ?? []).map(
          ({ location, period }: Resource) =>
            `${hadm(one)} ${local(period.start)} to ${local(period.end)}: ${names.get(location.reference)}`
        )
      )
    }
  },
  {
    asks: 'How many hours did each admission spend on intensive care wards?',
    csv: (tables) =>
      perGroup(
        tables.rows('TRANSFERS').filter((row) => row('curr_careunit') !== ''),
        (row) => row('hadm_id'),
        (rows) => sum(rows.map((row) => minutes(row('intime'), row('outtime')) / 60))
      ),
    fhir: async (hospital) => {
      const names = await wards(hospital)
      return hospital.admissions.flatMap((one) => {
        const intensive = (one.location ?? []).filter(({ location }: Resource) => names.get(location.reference)?.includes('-'))
        const spent = intensive.map(({ period }: Resource) => minutes(local(period.start), local(period.end)) / 60)
        return intensive.length > 0 ? [`${hadm(one)}: ${sum(spent)}`] : []
      })
    }
  },
  {
    asks: 'Which service admitted the patient, in each admission?',
    csv: (tables) =>
      perGroup(
        tables.rows('SERVICES'),
        (row) => row('hadm_id'),
        (rows) => first(rows, (row) => row('transfertime'))('curr_service')
      ),
    fhir: (hospital) => hospital.admissions.map((one) => `${hadm(one)}: ${one.serviceType?.text}`)
  },
  {
    asks: 'Which admissions changed service, when, from which to which?',
    csv: (tables) =>
      tables
        .rows('SERVICES')
        .filter((row) => row('prev_service') !== '')
        .map((row) => `${row('hadm_id')} ${row('transfertime')}: ${row('prev_service')} > ${row('curr_service')}`),
    fhir: (hospital) =>
      hospital.admissions.flatMap((one) =>
        all(one, 'service-change').flatMap((change) => {
          const before = part(change, 'previous')?.valueCoding.code
          const words = `${before} > ${part(change, 'service')?.valueCoding.code}`
          return before ? [`${hadm(one)} ${local(part(change, 'time').valueDateTime)}: ${words}`] : []
        })
      )
  },
  {
    asks: 'By which groups was each admission billed, each in its own system?',
    csv: (tables) => tables.rows('DRGCODES').map((row) => `${row('hadm_id')} ${row('drg_type').trim()} ${row('drg_code')}`),
    fhir: (hospital) =>
      hospital.admissions.flatMap((one) =>
        all(one, 'diagnosis-related-group').map((group) => {
          const [coding] = part(group, 'code').valueCodeableConcept.coding
          return `${hadm(one)} ${GROUPERS[coding.system.split('/').at(-1)]} ${coding.code}`
        })
      )
  },
  {
    asks: 'How severe and how likely to end in death was each admission, by APR?',
    csv: (tables) =>
      tables
        .rows('DRGCODES')
        .filter((row) => row('drg_severity') !== '')
        .map((row) => `${row('hadm_id')} ${row('drg_code')}: ${row('drg_severity')}, ${row('drg_mortality')}`),
    fhir: (hospital) =>
      hospital.admissions.flatMap((one) =>
        all(one, 'diagnosis-related-group').flatMap((group) => {
          const severity = part(group, 'severity')?.valueInteger
          const { code } = part(group, 'code').valueCodeableConcept.coding[0]
          return severity === undefined ? [] : [`${hadm(one)} ${code}: ${severity}, ${part(group, 'mortality')?.valueInteger}`]
        })
      )
  },
  {
    asks: 'How many minutes passed from a request to leave the unit to its outcome, and which was it?',
    csv: (tables) =>
      tables
        .rows('CALLOUT')
        .map(
          (row) =>
            `${row('hadm_id')} ${row('createtime')}: ${minutes(row('createtime'), row('outcometime'))} ${row('callout_outcome') === 'Cancelled' ? 'cancelled' : 'completed'}`
        ),
    fhir: async (hospital) =>
      (await hospital.client.list('Task')).map((one) => {
        const [from, to] = [local(one.authoredOn), local(one.executionPeriod.end)]
        return `${hospital.hadm(one.encounter)} ${from}: ${minutes(from, to)} ${one.status}`
      })
  },
  {
    asks: 'How many requests to leave the unit asked for telemetry, how many for precautions against MRSA?',
    csv: (tables) =>
      counted(
        tables
          .rows('CALLOUT')
          .flatMap((row) => ['tele', 'mrsa'].flatMap((what) => (row(`request_${what}`) === '1' ? [`request-${what}`] : [])))
      ),
    fhir: async (hospital) =>
      counted(
        (await hospital.client.list('Task')).flatMap((one) =>
          one.input.flatMap(({ type, valueBoolean }: Resource) => {
            const { code } = type.coding[0]
            return valueBoolean === true && ['request-tele', 'request-mrsa'].includes(code) ? [code] : []
          })
        )
      )
  }
]
