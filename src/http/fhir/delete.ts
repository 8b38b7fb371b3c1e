/**
 * delete (R4 http.html#delete): 204 whether or not there was something to delete; 200 when an OperationOutcome is preferred. Without an id in the
 * address it is conditional (#3.1.0.7.1): search criteria select one resource.
 */
import { parseConditions, parsePrefer } from './headers.js'
import type { Interaction } from './interaction.js'
import { answer, informed, versionHeaders } from './respond.js'

export const remove: Interaction = {
  code: 'delete',
  routes: [
    { method: 'DELETE', url: '/:type/:id', body: 'nothing', summary: 'Delete a resource; its earlier versions stay' },
    { method: 'DELETE', url: '/:type', body: 'nothing', summary: 'Delete the one resource that matches the search criteria' }
  ],
  handler:
    ({ service }) =>
    async ({ principal, base, params: { type, id }, parameters, headers }) => {
      const options = parseConditions(headers)
      const result = id
        ? await service.delete(principal, type, id, options)
        : await service.deleteMatch(principal, { type, parameters, baseUrl: base }, options)
      const version = result === undefined ? {} : versionHeaders(result)
      if (parsePrefer(headers['prefer']).return !== 'OperationOutcome') return { status: 204, headers: version }
      return answer(
        informed(result === undefined ? 'Nothing to delete' : `${type}/${result.id} deleted, version ${result.versionId}`),
        version
      )
    }
}
