/** Progress entries and test results: rows of the table progress. */

import { fail } from '../errors.js'
import type { Versions } from '../fhir/etags.js'
import type { Principal } from '../service/contract.js'
import { type Sent, wrong } from './cells.js'
import { changes } from './change.js'
import { type Caller, checkVersion, type Hospital, type RowAnswer, untilSettled } from './hospital.js'
import { showing } from './media.js'
import { find, write } from './resources.js'
import type { Row } from './rows.js'

export interface Page {
  readonly limit: number
  readonly cursor: string | undefined
}

export interface RowsPage {
  readonly rows: readonly RowAnswer[]
  /** Cursor of the next page; undefined on the last one. */
  readonly next: string | undefined
}

export async function createProgress(hospital: Hospital, caller: Caller, body: string): Promise<RowAnswer> {
  const { who, base } = caller
  const table = hospital.pack.table('progress')
  const sent = hospital.read('progress', body)
  const timed: Sent = sent.has('timestamp') ? sent : new Map([...sent, ['timestamp', hospital.pack.now()]])
  const draft = hospital.pack.cells(table, timed)
  hospital.pack.check(table, draft)
  const links = await linksOf(hospital, who, 'progress', draft)
  const edit = { progress: await showing(hospital, who, links[0], timed) }
  const row = await hospital.create(caller, 'progress', sent, async (key) => {
    const cells = hospital.pack.cells(table, new Map([...timed, ['progress_id', key]]))
    await write(hospital.service, who, base, changes(hospital.pack.table('progress'), undefined, cells, { links, edit }))
  })
  return hospital.answer(row)
}

/** The patient and the admission that a row names. Throws rest.unknown, rest.column for an admission of somebody else. */
export async function linksOf(
  hospital: Hospital,
  who: Principal,
  name: 'progress' | 'questions',
  cells: readonly string[]
): Promise<Row[]> {
  const table = hospital.pack.table(name)
  const cell = (column: string) => cells[hospital.pack.column(table, column)] ?? ''
  const patient = await hospital.named(who, 'subject_id', 'patients', cell('subject_id'))
  if (cell('hadm_id') === '') return [patient]
  const admission = await hospital.named(who, 'hadm_id', 'admissions', cell('hadm_id'))
  if (hospital.rows.cell(admission, 'subject_id') !== cell('subject_id')) throw wrong('hadm_id', 'is an admission of another patient')
  return [patient, admission]
}

export async function readProgress(hospital: Hospital, { who }: Caller, key: string): Promise<RowAnswer> {
  return hospital.answer(await hospital.rows.get(who, 'progress', key))
}

export async function updateProgress(
  hospital: Hospital,
  { who, base }: Caller,
  key: string,
  body: string,
  ifMatch: Versions | undefined
): Promise<RowAnswer> {
  const table = hospital.pack.table('progress')
  const sent = hospital.read('progress', body)
  return untilSettled(async () => {
    const before = await hospital.rows.get(who, 'progress', key)
    checkVersion(before, ifMatch)
    const cells = await hospital.numbered(before, hospital.pack.cells(table, sent, before.cells))
    hospital.unchanged(before, cells, 'subject_id')
    const links = await linksOf(hospital, who, 'progress', cells)
    const edit = { progress: await showing(hospital, who, links[0], sent) }
    await write(hospital.service, who, base, changes(hospital.pack.table('progress'), before, cells, { links, edit }))
    return hospital.answer(await hospital.rows.get(who, 'progress', key))
  })
}

/** Entries of a patient, the latest first. hadm_id: of this admission only. Throws rest.parameter, rest.not-found. */
export async function listProgress(
  hospital: Hospital,
  { who }: Caller,
  { subject, admission, page }: { readonly subject: string; readonly admission: string | undefined; readonly page: Page }
): Promise<RowsPage> {
  if (subject === '') throw fail('rest.parameter', { parameter: 'subject_id', reason: 'says whose entries are wanted' })
  const patient = await hospital.rows.get(who, 'patients', subject)
  const stay = admission === undefined ? undefined : await hospital.rows.get(who, 'admissions', admission)
  const found = await find(hospital.service, who, 'Observation', [
    ['subject', `Patient/${hospital.rows.home(patient).id}`],
    ...(stay === undefined ? [] : [['encounter', `Encounter/${hospital.rows.home(stay).id}`] as const]),
    ...hospital.pack.notOfOthers(hospital.pack.table('progress')),
    ['_sort', '-date'],
    ...pageParameters(page)
  ])
  const rows = await Promise.all(found.resources.map((stored) => hospital.rows.fromHome(who, 'progress', stored)))
  return { rows: rows.map((row) => hospital.answer(row)), next: found.next }
}

export function pageParameters({ limit, cursor }: Page): Array<readonly [string, string]> {
  return [['_count', String(limit)], ...(cursor === undefined ? [] : [['_cursor', cursor] as const])]
}
