/** Patients: rows of the table patients. */

import { fail } from '../errors.js'
import type { Versions } from '../fhir/etags.js'
import { parseJson, stringifyJson } from '../fhir/json.js'
import { parseSearch } from '../fhir/search-query.js'
import { allow } from '../service/rights.js'
import { changes, removal } from './change.js'
import { fromAdmissions } from './contributions.js'
import { type Caller, checkVersion, type Hospital, type RowAnswer, untilSettled } from './hospital.js'
import { HOSPITAL } from './numbers.js'
import { write } from './resources.js'
import type { Row } from './rows.js'

export async function createPatient(hospital: Hospital, caller: Caller, body: string): Promise<RowAnswer> {
  const table = hospital.pack.table('patients')
  const sent = hospital.read('patients', body)
  const row = await hospital.create(caller, 'patients', sent, async (key) => {
    const cells = hospital.pack.cells(table, new Map([...sent, ['subject_id', key]]))
    await write(hospital.service, caller.who, caller.base, changes(hospital.pack.table('patients'), undefined, cells))
  })
  return hospital.answer(row)
}

export async function readPatient(hospital: Hospital, { who }: Caller, key: string): Promise<RowAnswer> {
  return hospital.answer(await hospital.rows.get(who, 'patients', key))
}

/** Columns that are not sent stay as they are. */
export async function updatePatient(
  hospital: Hospital,
  { who, base }: Caller,
  key: string,
  body: string,
  ifMatch: Versions | undefined
): Promise<RowAnswer> {
  const table = hospital.pack.table('patients')
  const sent = hospital.read('patients', body)
  return untilSettled(async () => {
    const before = await hospital.rows.get(who, 'patients', key)
    checkVersion(before, ifMatch)
    const cells = await hospital.numbered(before, hospital.pack.cells(table, sent, before.cells))
    const merged = await fromAdmissions(hospital.rows, who, before)
    await write(
      hospital.service,
      who,
      base,
      changes(hospital.pack.table('patients'), before, cells, { merged: { before: merged, now: merged } })
    )
    return hospital.answer(await hospital.rows.get(who, 'patients', key))
  })
}

/** Deletes a patient of whom nothing is known but the row; one with clinical data is refused (rest.in-use), or made inactive where the hospital archives. */
export async function deletePatient(hospital: Hospital, { who, base }: Caller, key: string, ifMatch: Versions | undefined): Promise<void> {
  await untilSettled(async () => {
    const row = await hospital.rows.get(who, 'patients', key)
    checkVersion(row, ifMatch)
    const types = await clinicalTypes(hospital, row)
    // Whether it may be done at all comes first.
    if (types.length === 0 || !hospital.archive) allow(who, 'delete', 'Patient')
    if (types.length === 0) return write(hospital.service, who, base, removal(row.parts.values()))
    if (!hospital.archive) throw fail('rest.in-use', { key, types: types.join(', ') })
    const home = hospital.rows.home(row)
    const node = parseJson(home.text)
    if (node.kind !== 'object') return
    const active = { name: 'active', value: { kind: 'literal', value: false, start: 0, end: 0 } as const }
    const at = node.members.findIndex(({ name }) => name === 'active')
    const members = at < 0 ? [...node.members, active] : node.members.with(at, active)
    await write(hospital.service, who, base, [
      { method: 'PUT', type: home.type, id: home.id, text: stringifyJson({ ...node, members }), version: home.versionId }
    ])
  })
}

/** Types that say nothing of a patient's care. */
const NOT_CLINICAL: readonly string[] = ['Patient', 'AuditEvent', 'Provenance', 'Group', 'Person']

/** Types of the resources in a patient's compartment, whether the caller may see them or not. */
async function clinicalTypes({ service, rows }: Hospital, row: Row): Promise<string[]> {
  const compartment = { type: 'Patient', id: rows.home(row).id }
  const types = new Set<string>()
  let cursor: string | undefined
  do {
    const parameters: Array<[string, string]> = [
      ['_count', '100'],
      ...(cursor === undefined ? [] : [['_cursor', cursor] as [string, string]])
    ]
    const page = await service.search(HOSPITAL, parseSearch(undefined, parameters, { handling: 'strict', compartment }))
    for (const { type } of page.resources) if (!NOT_CLINICAL.includes(type)) types.add(type)
    cursor = page.next
  } while (cursor !== undefined && types.size === 0)
  return [...types].sort()
}
