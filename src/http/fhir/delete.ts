/** delete (R4 http.html#delete): 204 whether or not there was something to delete; 200 when an OperationOutcome is preferred. */
import { parseIfMatch, parsePrefer } from './headers.js'
import type { Interaction } from './interaction.js'
import { informed, sendJson, versionHeaders } from './respond.js'

export const remove: Interaction = {
  code: 'delete',
  routes: [{ method: 'DELETE', url: '/:type/:id', body: 'nothing', summary: 'Delete a resource; its earlier versions stay' }],
  handler:
    ({ service }) =>
    async (request, reply) => {
      const { type, id } = request.params
      const ifMatch = parseIfMatch(request.headers['if-match'])
      const result = await service.delete(request.principal, type, id, ifMatch === undefined ? {} : { ifMatch })
      if (result !== undefined) versionHeaders(reply, result)
      if (parsePrefer(request.headers['prefer']).return !== 'OperationOutcome') return reply.code(204).send()
      return sendJson(
        request,
        reply,
        informed(result === undefined ? 'Nothing to delete' : `${type}/${id} deleted, version ${result.versionId}`)
      )
    }
}
