/** Physicians, who is in their care, and what waits for them. */
import type { Caller, Hospital, RowAnswer } from './hospital.js'
import { type Page, pageParameters, type RowsPage } from './progress.js'
import { question } from './questions.js'
import { find, readIfThere } from './resources.js'
import type { Row } from './rows.js'

export async function listPhysicians(hospital: Hospital, { who }: Caller, page: Page): Promise<RowsPage> {
  const found = await find(hospital.service, who, 'Practitioner', [
    ...hospital.pack.notOfOthers(hospital.pack.table('physicians')),
    ['_sort', 'identifier,_id'],
    ...pageParameters(page)
  ])
  const rows = await Promise.all(found.resources.map((stored) => hospital.rows.fromHome(who, 'physicians', stored)))
  return { rows: rows.map((row) => hospital.answer(row)), next: found.next }
}

export async function readPhysician(hospital: Hospital, { who }: Caller, key: string): Promise<RowAnswer> {
  return hospital.answer(await hospital.rows.get(who, 'physicians', key))
}

/** The admissions a physician is responsible for, the latest first, each with the row of its patient. inHouse: only those who are not discharged. */
export async function patientsOf(
  hospital: Hospital,
  { who }: Caller,
  key: string,
  { inHouse, page }: { readonly inHouse: boolean; readonly page: Page }
): Promise<RowsPage> {
  const physician = await hospital.rows.get(who, 'physicians', key)
  const found = await find(hospital.service, who, 'Encounter', [
    ['participant', `Practitioner/${hospital.rows.home(physician).id}`],
    ['participant-type', 'http://terminology.hl7.org/CodeSystem/v3-ParticipationType|ATND'],
    ...(inHouse ? [['status', 'arrived,triaged,in-progress,onleave'] as const] : []),
    ['_sort', '-date'],
    ...pageParameters(page)
  ])
  const rows: RowAnswer[] = []
  for (const stored of found.resources) {
    const admission = await hospital.rows.fromHome(who, 'admissions', stored)
    if (hospital.rows.cell(admission, 'physician_id') !== physician.key) continue
    const patient = await hospital.rows.find(who, 'patients', hospital.rows.cell(admission, 'subject_id'))
    if (patient !== undefined) rows.push(hospital.answer(patient, stay(hospital, admission)))
  }
  return { rows, next: found.next }
}

function stay(hospital: Hospital, admission: Row): Record<string, string> {
  const { columns } = hospital.pack.table('admissions')
  const shown = ['hadm_id', 'admittime', 'dischtime', 'diagnosis']
  return Object.fromEntries(
    shown.map((name) => {
      const cell = hospital.rows.cell(admission, name)
      const isNumber = columns.find((column) => column.name === name)?.type === 'integer' && /^\d{1,15}$/.test(cell)
      return [name, cell === '' ? 'null' : isNumber ? cell : JSON.stringify(cell)]
    })
  )
}

interface TaskLike {
  readonly focus?: { readonly reference?: string }
  readonly status?: string
}

/** Open questions that wait for a physician, oldest first. */
export async function inbox(hospital: Hospital, { who }: Caller, key: string, page: Page): Promise<RowsPage> {
  const { rows, service } = hospital
  const physician = await rows.get(who, 'physicians', key)
  const found = await find(service, who, 'Task', [
    ['owner', `Practitioner/${rows.home(physician).id}`],
    ['status', 'requested,received,accepted,ready,in-progress,on-hold'],
    ['code', 'https://fhir.wardbridge.dev/CodeSystem/task-code|answer-question'],
    ['_sort', 'authored-on,_id'],
    ...pageParameters(page)
  ])
  const items: RowAnswer[] = []
  for (const { body } of found.resources) {
    const row = await threadOf(hospital, who, JSON.parse(body.toString()) as TaskLike)
    if (row === undefined) continue
    const { json, ...rest } = question(hospital, row)
    const opened = /"received":/.test(row.parts.get('question')?.text ?? '')
    items.push({ ...rest, json: `${json.slice(0, -1)},"unread":${!opened}}` })
  }
  return { rows: items, next: found.next }
}

/** Task -> question -> thread. */
async function threadOf(hospital: Hospital, who: Caller['who'], { focus }: TaskLike): Promise<Row | undefined> {
  const read = async (reference: string | undefined) => {
    const id = /^Communication\/([^/]+)/.exec(reference ?? '')?.[1]
    return id === undefined ? undefined : readIfThere(hospital.service, who, 'Communication', id)
  }
  const asked = await read(focus?.reference)
  if (asked === undefined) return undefined
  const { partOf = [] } = JSON.parse(asked.body.toString()) as { partOf?: Array<{ reference?: string }> }
  const thread = await read(partOf[0]?.reference)
  return thread === undefined ? undefined : hospital.rows.fromHome(who, 'questions', thread)
}
