/** vread (R4 http.html#vread): one version, also an old one or one before a deletion. */
import type { Interaction } from './interaction.js'
import { sendJson, versionHeaders } from './respond.js'

export const vread: Interaction = {
  code: 'vread',
  routes: [{ method: 'GET', url: '/:type/:id/_history/:vid', body: 'nothing', summary: 'Read one version of a resource' }],
  handler:
    ({ service }) =>
    async (request, reply) => {
      const { type, id, vid } = request.params
      const resource = await service.vread(request.principal, type, id, vid)
      versionHeaders(reply, resource)
      return sendJson(request, reply, resource.body)
    }
}
