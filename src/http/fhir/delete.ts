/** delete (R4 http.html#delete): 204 whether or not there was something to delete; 200 when an OperationOutcome is preferred. */
import { parseIfMatch, parsePrefer } from './headers.js'
import type { Interaction } from './interaction.js'
import { answer, informed, versionHeaders } from './respond.js'

export const remove: Interaction = {
  code: 'delete',
  routes: [{ method: 'DELETE', url: '/:type/:id', body: 'nothing', summary: 'Delete a resource; its earlier versions stay' }],
  handler:
    ({ service }) =>
    async ({ principal, params: { type, id }, headers }) => {
      const ifMatch = parseIfMatch(headers['if-match'])
      const result = await service.delete(principal, type, id, ifMatch === undefined ? {} : { ifMatch })
      const version = result === undefined ? {} : versionHeaders(result)
      if (parsePrefer(headers['prefer']).return !== 'OperationOutcome') return { status: 204, headers: version }
      return answer(informed(result === undefined ? 'Nothing to delete' : `${type}/${id} deleted, version ${result.versionId}`), version)
    }
}
