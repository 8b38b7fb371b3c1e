/** Patient/$match (R4 patient-operation-match.html). */
import type { Match } from '../../../service/match.js'
import type { FhirRequest, Operation } from '../interaction.js'
import { operationInput } from '../operation-input.js'
import { answer, PRIVATE } from '../respond.js'
import { bad, flag, resource, whole } from './terminology-input.js'

const DEFAULT_COUNT = 20
const MOST = 100
const GRADE = 'http://hl7.org/fhir/StructureDefinition/match-grade'

export const match: Operation = {
  name: 'match',
  definition: 'http://hl7.org/fhir/OperationDefinition/Patient-match',
  summary: 'Patients that may be the one described',
  type: ['Patient'],
  affectsState: false,
  handler:
    ({ service }) =>
    async (request) => {
      const input = operationInput(request)
      const described = resource<object>(input, 'resource', 'Patient')
      if (described === undefined) throw bad('Give the parameter resource, a Patient')
      const count = Math.min(whole(input, 'count') ?? DEFAULT_COUNT, MOST)
      const onlyCertain = flag(input, 'onlyCertainMatches') ?? false
      const { matches, remarks } = await service.match(request.principal, described, { onlyCertain, count })
      return answer(bundle(request, matches, remarks), PRIVATE)
    }
}

/** Put together from stored bytes. Best first, as R4 asks. */
function bundle({ base }: FhirRequest, matches: readonly Match[], remarks: readonly string[]): Buffer {
  const entries = matches.map(({ patient, score, grade }) => [
    `{"fullUrl":${JSON.stringify(`${base}/Patient/${patient.id}`)},"resource":`,
    patient.body,
    `,"search":${JSON.stringify({ extension: [{ url: GRADE, valueCode: grade }], mode: 'match', score })}}`
  ])
  if (remarks.length > 0) entries.push([JSON.stringify({ resource: outcome(remarks), search: { mode: 'outcome' } })])
  const head = `{"resourceType":"Bundle","type":"searchset","total":${matches.length}`
  if (entries.length === 0) return Buffer.from(`${head}}`)
  const parts = entries.flatMap((entry, n) => (n === 0 ? entry : [',', ...entry]))
  return Buffer.concat([`${head},"entry":[`, ...parts, ']}'].map((part) => (typeof part === 'string' ? Buffer.from(part) : part)))
}

function outcome(remarks: readonly string[]) {
  return {
    resourceType: 'OperationOutcome',
    issue: remarks.map((text) => ({ severity: 'information', code: 'informational', details: { text } }))
  }
}
