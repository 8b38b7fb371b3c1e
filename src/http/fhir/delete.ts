/**
 * delete (R4 http.html#delete): 204 whether or not there was something to delete; 200 when an OperationOutcome is preferred. Without an id in the
 * address it is conditional (#3.1.0.7.1): search criteria select what is deleted, all or nothing.
 */
import { parseConditions, parsePrefer } from './headers.js'
import type { Interaction } from './interaction.js'
import { answer, deletedText, informed, versionHeaders } from './respond.js'

export const remove: Interaction = {
  code: 'delete',
  routes: [
    { method: 'DELETE', url: '/:type/:id', body: 'nothing', summary: 'Delete a resource; its earlier versions stay' },
    { method: 'DELETE', url: '/:type', body: 'nothing', summary: 'Delete the resources that match the search criteria' }
  ],
  handler:
    ({ service }) =>
    async ({ principal, base, params: { type, id }, parameters, headers }) => {
      const options = parseConditions(headers)
      const results = id
        ? [await service.delete(principal, type, id, options)].filter((one) => one !== undefined)
        : await service.deleteMatches(principal, { type, parameters, baseUrl: base }, options)
      const [only] = results
      const version = results.length === 1 ? versionHeaders(only!) : {}
      if (parsePrefer(headers['prefer']).return !== 'OperationOutcome') return { status: 204, headers: version }
      return answer(informed(deletedText(results)), version)
    }
}
