/** What rows give to the resources of other rows: admissions to their patient, the responsible physician to the questions of an admission. */
import { parseJson, stringifyJson } from '../fhir/json.js'
import { joinSlot, type MergedValues, mergeContributions } from '../mapping/index.js'
import type { Principal } from '../service/contract.js'
import { type Entry, findAll } from './resources.js'
import type { Row, Rows } from './rows.js'
import { applyChange } from './three-way.js'

/** What the admissions of a patient give to it. without: number of an admission that is left out; also: the cells of one that counts, too. */
export async function fromAdmissions(
  rows: Rows,
  who: Principal,
  patient: Row,
  { without, also }: { readonly without?: string; readonly also?: readonly string[] } = {}
): Promise<MergedValues | undefined> {
  const table = rows.pack.table('admissions')
  const key = table.key[0] ?? 0
  const cells: Array<readonly string[]> = also === undefined ? [] : [also]
  for await (const stored of findAll(rows.service, who, 'Encounter', [['patient', `Patient/${rows.home(patient).id}`]])) {
    const [row] = table.rowsIn(stored.body.toString(), stored.id)
    if (row !== undefined && row.cells[key] !== without) cells.push(row.cells)
  }
  const target = [...patient.computed.values()]
  const given = cells.flatMap((row) => {
    const contributions = table.contribute(row)
    return Array.isArray(contributions) ? contributions.filter((one) => target.includes(one.target)) : []
  })
  const [merged] = mergeContributions(given).values()
  return merged
}

/** The physician that a question waits for. */
export function responsible(physician: string): MergedValues | undefined {
  return physician === '' ? undefined : new Map([[joinSlot('admissions', 'physician_id'), [physician]]])
}

/** What changes of a patient when one of its admissions does. */
export async function patientEntries(
  rows: Rows,
  who: Principal,
  patient: Row,
  before: Row | undefined,
  admission: readonly string[]
): Promise<Entry[]> {
  const table = rows.pack.table('patients')
  const key = rows.pack.table('admissions').key[0] ?? 0
  const without = admission[key] ?? ''
  const rest = { without }
  const [was, now] = [
    await fromAdmissions(rows, who, patient, before === undefined ? rest : { ...rest, also: before.cells }),
    await fromAdmissions(rows, who, patient, { ...rest, also: admission })
  ]
  const made = [was, now].map((merged) => table.apply(patient.cells, merged, () => {}))
  const [base, next] = made.map((resources) => (Array.isArray(resources) ? resources[0]?.text : undefined))
  if (base === undefined || next === undefined || base === next) return []
  const home = rows.home(patient)
  const text = stringifyJson(applyChange(parseJson(base), parseJson(next), parseJson(home.text)))
  const own = parseJson(text)
  if (stringifyJson(own) === stringifyJson(parseJson(home.text))) return []
  return [{ method: 'PUT', type: home.type, id: home.id, text, version: home.versionId }]
}
