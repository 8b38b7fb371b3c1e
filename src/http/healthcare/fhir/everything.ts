/** Patient-everything: the patient, their compartment and what it refers to, in pages. */
import { everythingQuery } from '../../../fhir/everything.js'
import type { FhirRequest, FhirResponse } from '../../fhir/interaction.js'
import { answer, PRIVATE } from '../../fhir/respond.js'
import type { MethodContext } from './context.js'
import { toMillis } from './forms.js'
import { PAGE_TOKEN, searchset } from './searchset.js'

const TAKEN: readonly string[] = ['start', 'end', '_since', '_type', '_count']
const DEFAULT_COUNT = '100'

export async function everything({ service }: MethodContext, { principal, base, params, parameters }: FhirRequest): Promise<FhirResponse> {
  const { id } = params
  // 404 and 410 as a read would have them.
  await service.read(principal, 'Patient', id)
  const text = (name: string) => parameters.findLast((one) => one[0] === name && one[1] !== '')?.[1]
  const since = text('_since')
  const token = text(PAGE_TOKEN)
  const { query, hasMatch, hasIncluded } = everythingQuery(
    { type: 'Patient', id },
    {
      start: text('start'),
      end: text('end'),
      since: since === undefined ? undefined : toMillis(since),
      types: text('_type')?.split(',') ?? [],
      count: text('_count') ?? DEFAULT_COUNT,
      cursor: token
    },
    base
  )
  const { resources, included, cut, next } = await service.search(principal, query)
  const page = { resources: resources.filter(hasMatch), included: included.filter(hasIncluded), cut, total: undefined }
  const applied = parameters.filter(([name, value]) => TAKEN.includes(name) && value !== '')
  return answer(searchset({ base, place: `/Patient/${id}/$everything`, applied, token, next }, page), PRIVATE)
}
