/** Admissions: rows of the table admissions, with the bed a patient lies in. */

import { fail, WardbridgeError } from '../errors.js'
import type { Versions } from '../fhir/etags.js'
import { bedOf, freeBeds, unitNamed, withBed } from './beds.js'
import { type Sent, wrong } from './cells.js'
import { changes, sharedEntries } from './change.js'
import { patientEntries } from './contributions.js'
import { type Caller, checkVersion, type Hospital, type RowAnswer, untilSettled } from './hospital.js'
import { HOSPITAL } from './numbers.js'
import { type Entry, find, write } from './resources.js'
import type { Row } from './rows.js'

/** Members of an admission that are no columns: ids of Locations. In a request `unit` may also be a name or the value of an identifier. */
export const PLACES = ['unit', 'bed', 'bed_name'] as const

export async function createAdmission(hospital: Hospital, caller: Caller, body: string): Promise<RowAnswer> {
  const sent = hospital.read('admissions', body, PLACES)
  const row = await hospital.create(caller, 'admissions', sent, (key) => save(hospital, caller, { key, sent, before: undefined }))
  return answer(hospital, caller.who, row)
}

export async function readAdmission(hospital: Hospital, { who }: Caller, key: string): Promise<RowAnswer> {
  return answer(hospital, who, await hospital.rows.get(who, 'admissions', key))
}

/** Columns that are not sent stay as they are. */
export async function updateAdmission(
  hospital: Hospital,
  caller: Caller,
  key: string,
  body: string,
  ifMatch: Versions | undefined
): Promise<RowAnswer> {
  const sent = hospital.read('admissions', body, PLACES)
  return untilSettled(async () => {
    const before = await hospital.rows.get(caller.who, 'admissions', key)
    checkVersion(before, ifMatch)
    await save(hospital, caller, { key: before.key, sent, before })
    return answer(hospital, caller.who, await hospital.rows.get(caller.who, 'admissions', key))
  })
}

async function answer(hospital: Hospital, who: Caller['who'], row: Row): Promise<RowAnswer> {
  const bed = await bedOf(hospital.service, who, hospital.rows.home(row).text)
  const json = (value: string | undefined) => JSON.stringify(value ?? null)
  return hospital.answer(row, { unit: json(bed?.unit), bed: json(bed?.id), bed_name: json(bed?.name) })
}

interface Change {
  readonly key: string
  readonly sent: Sent
  readonly before: Row | undefined
}

async function save(hospital: Hospital, caller: Caller, { key, sent, before }: Change): Promise<void> {
  const { who, base } = caller
  const { rows, pack } = hospital
  const table = pack.table('admissions')
  const columns = [...sent].filter(([name]) => !(PLACES as readonly string[]).includes(name))
  const draft = pack.cells(table, new Map(columns), before?.cells)
  const cell = (name: string) => draft[pack.column(table, name)] ?? ''
  if (before !== undefined) hospital.unchanged(before, draft, 'subject_id')
  pack.check(table, draft)
  checkTimes(cell)
  const patient = await hospital.named(who, 'subject_id', 'patients', cell('subject_id'))
  const physician = cell('physician_id') === '' ? undefined : await rows.find(who, 'physicians', cell('physician_id'))
  const cells = before === undefined ? draft.with(pack.column(table, 'hadm_id'), key) : await hospital.numbered(before, draft)
  const links = physician === undefined ? [patient] : [patient, physician]
  const shared = await sharedEntries(rows, who, 'admissions', cells)
  const given = await patientEntries(rows, who, patient, before, cells)

  const entriesWith = (bed: { from: string | undefined; to: string | undefined }): Entry[] => {
    const edit = (text: string) => withBed(text, { ...bed, at: timeOf(text, bed.to === undefined) })
    return [...shared, ...changes(hospital.pack.table('admissions'), before, cells, { links, edit: { encounter: edit } }), ...given]
  }
  const current = before === undefined ? undefined : await bedOf(hospital.service, who, rows.home(before).text)
  const wish = await wishedBeds(hospital, caller, sent, current, cell('dischtime') !== '' || cell('deathtime') !== '')
  const settle = async (bed: { from: string | undefined; to: string | undefined }) => {
    const entries = await alone(hospital, patient, before, entriesWith(bed))
    await write(hospital.service, who, base, entries).catch((error) => {
      // Somebody admitted the patient since it was looked for.
      throw error instanceof WardbridgeError && ['conditional.id', 'conditional.many'].includes(error.code) ? fail('rest.overlap') : error
    })
  }
  await inFirstFree(wish, settle)
}

/** Throws rest.column for times out of order. */
function checkTimes(cell: (name: string) => string): void {
  const start = cell('admittime')
  for (const name of ['dischtime', 'deathtime']) {
    if (start !== '' && cell(name) !== '' && cell(name) < start) throw wrong(name, 'is before admittime')
  }
}

interface Wish {
  readonly from: string | undefined
  /** Beds that will do, the first free one is taken; undefined: none is wanted. */
  readonly candidates: readonly string[] | undefined
  readonly unit: string
}

/** What becomes of the bed: it is left by discharge and death, kept when nothing is said, changed for one in another unit or for one that is named. */
async function wishedBeds(
  { service }: Hospital,
  { who }: Caller,
  sent: Sent,
  current: { readonly id: string; readonly unit: string | undefined } | undefined,
  leaves: boolean
): Promise<Wish> {
  const stays: Wish = { from: undefined, candidates: undefined, unit: '' }
  if (leaves) return { ...stays, from: current?.id }
  const bed = sent.get('bed')?.replace(/^Location\//, '')
  const wanted = sent.get('unit')
  if (bed && bed !== current?.id) return { from: current?.id, candidates: [bed], unit: bed }
  if (wanted === '') return { ...stays, from: current?.id }
  if (wanted === undefined) return bed === '' ? { ...stays, from: current?.id } : stays
  const unit = await unitNamed(service, who, wanted)
  if (current !== undefined && (unit === current.unit || unit === current.id)) return stays
  return { from: current?.id, candidates: await freeBeds(service, who, unit), unit: wanted }
}

/** Tries one bed after the other: somebody else may take it in the same moment. Throws rest.no-bed. */
async function inFirstFree(
  { from, candidates, unit }: Wish,
  settle: (bed: { from: string | undefined; to: string | undefined }) => Promise<void>
): Promise<void> {
  if (candidates === undefined) return settle({ from, to: undefined })
  for (const to of candidates) {
    try {
      return await settle({ from, to })
    } catch (error) {
      if (!(error instanceof WardbridgeError && error.code === 'claim.taken')) throw error
    }
  }
  throw fail('rest.no-bed', { unit }, { expression: 'unit' })
}

interface EncounterTimes {
  readonly period?: { readonly start?: string; readonly end?: string }
}

/** When a bed is taken or left: with the admission or the discharge, where these are what the row says; else now. */
function timeOf(encounter: string, leaving: boolean): string {
  const { period } = JSON.parse(encounter) as EncounterTimes
  const now = new Date().toISOString()
  if (leaving) return period?.end ?? now
  return JSON.parse(encounter).location === undefined && period?.start !== undefined ? period.start : now
}

/**
 * Makes the Encounter's write depend on there being no other admission of the patient at that time, in the commit itself. Throws rest.overlap when there is
 * one.
 */
async function alone(hospital: Hospital, patient: Row, before: Row | undefined, entries: readonly Entry[]): Promise<readonly Entry[]> {
  const index = entries.findIndex(({ method, type }) => method === 'PUT' && type === 'Encounter')
  const encounter = entries[index]
  if (encounter === undefined || encounter.method !== 'PUT') return entries
  const { period } = JSON.parse(encounter.text) as EncounterTimes
  const parameters: Array<readonly [string, string]> = [
    ['subject', `Patient/${hospital.rows.home(patient).id}`],
    ['class', 'http://terminology.hl7.org/CodeSystem/v3-ActCode|IMP'],
    ['part-of:missing', 'true'],
    ['status', [...ADMITTED].join(',')],
    ...(period?.start === undefined ? [] : [['date', `gt${period.start}`] as const]),
    ...(period?.end === undefined ? [] : [['date', `lt${period.end}`] as const])
  ]
  const { resources } = await find(hospital.service, HOSPITAL, 'Encounter', [...parameters, ['_count', '2']])
  if (resources.some(({ id }) => id !== encounter.id)) throw fail('rest.overlap')
  // An admission that is moved to another time is not among those found: its version guards it alone.
  if (resources.length === 0 && before !== undefined) return entries
  return entries.with(index, {
    ...encounter,
    alone: new URLSearchParams(parameters.map(([name, value]): [string, string] => [name, value])).toString()
  })
}

/** Encounter.status of stays that took place, or may have. */
const ADMITTED: readonly string[] = ['arrived', 'triaged', 'in-progress', 'onleave', 'finished', 'unknown']
