/** read (R4 http.html#read), with conditional read. HEAD comes with it. */
import { isNotModified } from './headers.js'
import type { Interaction } from './interaction.js'
import { sendJson, versionHeaders } from './respond.js'

export const read: Interaction = {
  code: 'read',
  routes: [{ method: 'GET', url: '/:type/:id', body: 'nothing', summary: 'Read the current version of a resource' }],
  handler:
    ({ service }) =>
    async (request, reply) => {
      const { type, id } = request.params
      const resource = await service.read(request.principal, type, id)
      versionHeaders(reply, resource)
      if (isNotModified(request.headers, resource)) return reply.code(304).send()
      return sendJson(request, reply, resource.body)
    }
}
