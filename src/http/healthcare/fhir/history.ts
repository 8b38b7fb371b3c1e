/** history: of a resource only; `_at`, `_since`, `_count`, `_page_token`. */
import { CURSOR } from '../../../fhir/search-query.js'
import { parseHistory } from '../../fhir/history-parameters.js'
import type { FhirRequest, FhirResponse } from '../../fhir/interaction.js'
import { answer, PRIVATE } from '../../fhir/respond.js'
import type { MethodContext } from './context.js'
import { toMillis } from './forms.js'
import { historyset, PAGE_TOKEN } from './searchset.js'

const TAKEN: readonly string[] = ['_at', '_since', '_count']
const DEFAULT_COUNT = '100'

export async function history({ service }: MethodContext, { principal, base, params, parameters }: FhirRequest): Promise<FhirResponse> {
  const { type, id } = params
  const applied = parameters.filter(([name, value]) => TAKEN.includes(name) && value !== '')
  const token = parameters.findLast(([name]) => name === PAGE_TOKEN)?.[1]
  const asked = [
    ...(applied.some(([name]) => name === '_count') ? [] : [['_count', DEFAULT_COUNT] as const]),
    ...applied.map(([name, value]) => [name, toMillis(value)] as const),
    ...(token === undefined ? [] : [[CURSOR, token] as const])
  ]
  const page = await service.history(principal, { type, id, ...parseHistory(asked, 'lenient').query })
  return answer(historyset({ base, place: `/${type}/${id}/_history`, applied, token, next: page.next }, page), PRIVATE)
}
