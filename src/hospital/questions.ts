/** Questions of patients and their answers: rows of the table questions. Who may answer is the service's to say. */

import { fail } from '../errors.js'
import type { Versions } from '../fhir/etags.js'
import { type JsonNode, parseJson, stringifyJson } from '../fhir/json.js'
import type { Principal } from '../service/contract.js'
import { wrong } from './cells.js'
import { changes } from './change.js'
import { responsible } from './contributions.js'
import { type Caller, checkVersion, type Hospital, type RowAnswer, untilSettled } from './hospital.js'
import { showing } from './media.js'
import { linksOf, type Page, pageParameters, type RowsPage } from './progress.js'
import { find, readIfThere, write } from './resources.js'
import type { Row } from './rows.js'

/** Columns that only an answer fills. */
const ANSWER = ['answer', 'answered_at', 'answered_by']

export async function ask(hospital: Hospital, caller: Caller, patientKey: string, body: string): Promise<RowAnswer> {
  const { who, base } = caller
  const { rows, pack } = hospital
  const table = pack.table('questions')
  const patient = await rows.get(who, 'patients', patientKey)
  const sent = new Map(hospital.read('questions', body))
  for (const column of ANSWER) if (sent.get(column)) throw wrong(column, 'is given by a reply')
  const subject = rows.cell(patient, 'subject_id') || patientKey
  if (sent.get('subject_id') && sent.get('subject_id') !== subject) throw wrong('subject_id', 'is not the patient of the address')
  sent.set('subject_id', subject)
  if (!sent.has('created_at')) sent.set('created_at', pack.now())
  if (!sent.has('hadm_id')) sent.set('hadm_id', (await openAdmission(hospital, who, patient)) ?? '')
  const draft = pack.cells(table, sent)
  pack.check(table, draft)
  const [, admission] = await linksOf(hospital, who, 'questions', draft)
  if (!sent.has('diagnosis')) sent.set('diagnosis', admission === undefined ? '' : rows.cell(admission, 'diagnosis'))
  const physician = await physicianFor(hospital, who, patient, admission)
  const links = [patient, admission, physician].flatMap((row) => row ?? [])
  const now = responsible(physician?.key ?? (admission === undefined ? '' : rows.cell(admission, 'physician_id')))
  const edit = { question: await showing(hospital, who, patient, sent) }
  const row = await hospital.create(caller, 'questions', sent, async (key) => {
    const cells = pack.cells(table, new Map([...sent, ['id', key]]))
    await write(hospital.service, who, base, changes(hospital.pack.table('questions'), undefined, cells, { links, merged: { now }, edit }))
  })
  return question(hospital, row)
}

/** The number of the admission a patient is in, when it is the only one. */
async function openAdmission(hospital: Hospital, who: Principal, patient: Row): Promise<string | undefined> {
  const { resources } = await find(hospital.service, who, 'Encounter', [
    ['subject', `Patient/${hospital.rows.home(patient).id}`],
    ['class', 'http://terminology.hl7.org/CodeSystem/v3-ActCode|IMP'],
    ['part-of:missing', 'true'],
    ['status', 'in-progress'],
    ['_count', '2']
  ])
  const [only, other] = resources
  if (only === undefined || other !== undefined) return undefined
  return (await hospital.rows.fromHome(who, 'admissions', only)).key
}

/** Who has to answer: the physician of the admission; without one, the patient's general practitioner. */
async function physicianFor(hospital: Hospital, who: Principal, patient: Row, admission: Row | undefined): Promise<Row | undefined> {
  const attending = admission === undefined ? '' : hospital.rows.cell(admission, 'physician_id')
  if (attending !== '') return hospital.rows.find(who, 'physicians', attending)
  const { generalPractitioner = [] } = JSON.parse(hospital.rows.home(patient).text) as {
    generalPractitioner?: Array<{ reference?: string }>
  }
  for (const { reference = '' } of generalPractitioner) {
    const id = /^Practitioner\/([^/]+)$/.exec(await practitionerBehind(hospital, who, reference))?.[1]
    const stored = id === undefined ? undefined : await readIfThere(hospital.service, who, 'Practitioner', id)
    if (stored !== undefined) return hospital.rows.fromHome(who, 'physicians', stored)
  }
  return undefined
}

async function practitionerBehind(hospital: Hospital, who: Principal, reference: string): Promise<string> {
  const role = /^PractitionerRole\/([^/]+)$/.exec(reference)?.[1]
  const stored = role === undefined ? undefined : await readIfThere(hospital.service, who, 'PractitionerRole', role)
  if (stored === undefined) return reference
  return (JSON.parse(stored.body.toString()) as { practitioner?: { reference?: string } }).practitioner?.reference ?? ''
}

/** A question of a patient. Throws rest.not-found for one of somebody else, too. */
async function ofPatient(hospital: Hospital, who: Principal, patientKey: string, key: string): Promise<Row> {
  const patient = await hospital.rows.get(who, 'patients', patientKey)
  const row = await hospital.rows.get(who, 'questions', key)
  const isTheirs = (JSON.parse(hospital.rows.home(row).text) as { subject?: { reference?: string } }).subject?.reference
  if (isTheirs !== `Patient/${hospital.rows.home(patient).id}`) throw fail('rest.not-found', { table: 'questions', key })
  return row
}

export async function readQuestion(hospital: Hospital, { who }: Caller, patientKey: string, key: string): Promise<RowAnswer> {
  return question(hospital, await ofPatient(hospital, who, patientKey, key))
}

/** The row, with when it was opened and how long it has waited, in seconds. */
export function question(hospital: Hospital, row: Row): RowAnswer {
  const part = (as: string) => JSON.parse(row.parts.get(as)?.text ?? '{}') as { received?: string; sent?: string; authoredOn?: string }
  const opened = part('question').received
  const from = Date.parse(part('thread').sent ?? part('answer-task').authoredOn ?? '')
  const until = row.parts.has('answer') ? Date.parse(part('answer').sent ?? '') : Date.now()
  // Of dates that were shifted into the future nothing has been waited yet.
  const waited = Math.max(0, Math.round((until - from) / 1000))
  return hospital.answer(row, {
    opened_at: JSON.stringify(opened === undefined ? null : hospital.pack.localTime(opened)),
    waiting_seconds: Number.isFinite(waited) ? String(waited) : 'null'
  })
}

/** A patient's questions, the latest first. */
export async function listQuestions(hospital: Hospital, { who }: Caller, patientKey: string, page: Page): Promise<RowsPage> {
  const patient = await hospital.rows.get(who, 'patients', patientKey)
  const found = await find(hospital.service, who, 'Communication', [
    ['subject', `Patient/${hospital.rows.home(patient).id}`],
    ['category', 'https://fhir.wardbridge.dev/CodeSystem/communication-category|thread'],
    ['_sort', '-sent'],
    ...pageParameters(page)
  ])
  const rows = await Promise.all(found.resources.map((stored) => hospital.rows.fromHome(who, 'questions', stored)))
  return { rows: rows.map((row) => question(hospital, row)), next: found.next }
}

/** The physicians table's number of who asks, where they are one. */
async function ownNumber(hospital: Hospital, who: Principal): Promise<string | undefined> {
  const id = /^Practitioner\/([^/]+)$/.exec(who.fhirUser ?? '')?.[1]
  const stored = id === undefined ? undefined : await readIfThere(hospital.service, who, 'Practitioner', id)
  return stored === undefined ? undefined : (await hospital.rows.fromHome(who, 'physicians', stored)).key
}

/** Answers a question, once. Throws thread.answered, and what the service refuses. */
export async function reply(hospital: Hospital, { who, base }: Caller, patientKey: string, key: string, body: string): Promise<RowAnswer> {
  const { rows, pack } = hospital
  const table = pack.table('questions')
  const sent = pack.cells(table, hospital.read('questions', body))
  const given = (column: string) => sent[pack.column(table, column)] ?? ''
  if (given('answer') === '') throw wrong('answer', 'must not be empty')
  return untilSettled(async () => {
    const before = await ofPatient(hospital, who, patientKey, key)
    refuseSecond(hospital, before)
    const patient = await rows.get(who, 'patients', patientKey)
    const author = given('answered_by') || (await ownNumber(hospital, who)) || ''
    const physician = author === '' ? undefined : await hospital.named(who, 'answered_by', 'physicians', author)
    const cells = [...before.cells]
    const set = (column: string, cell: string) => (cells[pack.column(table, column)] = cell)
    set('answer', given('answer'))
    set('answered_at', given('answered_at') || pack.now())
    set('answered_by', author)
    if (rows.cell(before, 'created_at') > (cells[pack.column(table, 'answered_at')] ?? ''))
      throw wrong('answered_at', 'is before created_at')
    const links = physician === undefined ? [patient] : [patient, physician]
    // The admission that the question names, also where that has no number.
    const edit = { answer: (text: string) => withMember(text, 'encounter', memberOf(before.parts.get('question')?.text, 'encounter')) }
    await write(hospital.service, who, base, changes(hospital.pack.table('questions'), before, cells, { links, edit }))
    return question(hospital, await rows.get(who, 'questions', key))
  })
}

function memberOf(text: string | undefined, name: string): JsonNode | undefined {
  const node = text === undefined ? undefined : parseJson(text)
  return node?.kind === 'object' ? node.members.find((one) => one.name === name)?.value : undefined
}

/** The text with another member; undefined: without it. */
function withMember(text: string, name: string, value: JsonNode | undefined): string {
  const node = parseJson(text)
  if (node.kind !== 'object') return text
  const members = node.members.filter((one) => one.name !== name)
  return stringifyJson({ ...node, members: value === undefined ? members : [...members, { name, value }] })
}

function refuseSecond(hospital: Hospital, row: Row): void {
  if (!row.parts.has('answer')) return
  const who = hospital.rows.cell(row, 'answered_by') || 'somebody'
  throw fail('thread.answered', { question: row.key, who, when: hospital.rows.cell(row, 'answered_at') || 'a time that is not known' })
}

/** Corrects an answer; the reason is kept with it as a note, the earlier text in its history. Throws rest.column without a reason. */
export async function correct(
  hospital: Hospital,
  { who, base }: Caller,
  patientKey: string,
  key: string,
  body: string,
  ifMatch: Versions | undefined
): Promise<RowAnswer> {
  const { rows, pack } = hospital
  const table = pack.table('questions')
  const sent = hospital.read('questions', body, ['reason'])
  const [text, reason] = [sent.get('answer') ?? '', sent.get('reason') ?? '']
  if (text === '') throw wrong('answer', 'must not be empty')
  if (reason === '') throw wrong('reason', 'must say why the answer is corrected')
  return untilSettled(async () => {
    const before = await ofPatient(hospital, who, patientKey, key)
    checkVersion(before, ifMatch)
    const answer = before.parts.get('answer')
    if (answer === undefined) throw fail('rest.not-found', { table: 'answers', key })
    const cells = before.cells.with(pack.column(table, 'answer'), text)
    const edit = { answer: (resource: string) => withNote(resource, reason) }
    const entries = changes(hospital.pack.table('questions'), before, cells, { edit })
    await write(
      hospital.service,
      who,
      base,
      entries.filter(({ type, id }) => type === answer.type && id === answer.id)
    )
    return question(hospital, await rows.get(who, 'questions', key))
  })
}

function withNote(resource: string, reason: string): string {
  const list = memberOf(resource, 'note')
  const note = parseJson(JSON.stringify({ time: new Date().toISOString(), text: reason }))
  const items = [...(list?.kind === 'array' ? list.items : []), note]
  return withMember(resource, 'note', { kind: 'array', items, start: 0, end: 0 })
}

/** Marks a question as opened, the first time. */
export async function open(hospital: Hospital, { who, base }: Caller, patientKey: string, key: string): Promise<RowAnswer> {
  return untilSettled(async () => {
    const row = await ofPatient(hospital, who, patientKey, key)
    const part = row.parts.get('question')
    if (part === undefined || memberOf(part.text, 'received') !== undefined) return question(hospital, row)
    const text = withMember(part.text, 'received', parseJson(JSON.stringify(new Date().toISOString())))
    await write(hospital.service, who, base, [{ method: 'PUT', type: part.type, id: part.id, text, version: part.versionId }])
    return question(hospital, await hospital.rows.get(who, 'questions', key))
  })
}
