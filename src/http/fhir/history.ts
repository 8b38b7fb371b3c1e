/** history (R4 http.html#history) of a resource, of a type and of everything, newest first. */
import type { HistoryQuery } from '../../store/repository.js'
import { parsePrefer } from './headers.js'
import { historyBundle } from './history-bundle.js'
import { type HistoryRequest, parseHistory } from './history-parameters.js'
import type { FhirContext, FhirRequest, FhirResponse, Interaction } from './interaction.js'
import { answer, PRIVATE } from './respond.js'

export const historyInstance: Interaction = {
  code: 'history-instance',
  routes: [{ method: 'GET', url: '/:type/:id/_history', body: 'nothing', summary: 'All versions of a resource, also after its deletion' }],
  handler: (context) => async (request) => {
    const { type, id } = request.params
    return history(context, request, { type, id })
  }
}

export const historyType: Interaction = {
  code: 'history-type',
  routes: [{ method: 'GET', url: '/:type/_history', body: 'nothing', summary: 'All versions of all resources of a type' }],
  handler: (context) => async (request) => history(context, request, { type: request.params.type })
}

export const historySystem: Interaction = {
  code: 'history-system',
  routes: [{ method: 'GET', url: '/_history', body: 'nothing', summary: 'All versions of all resources' }],
  handler: (context) => async (request) => history(context, request, {})
}

async function history(
  { service }: FhirContext,
  { principal, base, parameters, headers }: FhirRequest,
  of: Pick<HistoryQuery, 'type' | 'id'>
): Promise<FhirResponse> {
  const asked: HistoryRequest = parseHistory(parameters, parsePrefer(headers['prefer']).handling)
  const page = await service.history(principal, { ...of, ...asked.query })
  const address = [base, of.type, of.id, '_history'].filter((part) => part !== undefined).join('/')
  return answer(historyBundle({ base, address, applied: asked.applied, cursor: asked.query.cursor, subset: asked.subset }, page), PRIVATE)
}
