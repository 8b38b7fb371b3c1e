/** vread (R4 http.html#vread): one version, also an old one or one before a deletion. */
import type { Interaction } from './interaction.js'
import { answer, versionHeaders } from './respond.js'

export const vread: Interaction = {
  code: 'vread',
  routes: [{ method: 'GET', url: '/:type/:id/_history/:vid', body: 'nothing', summary: 'Read one version of a resource' }],
  handler:
    ({ service }) =>
    async ({ principal, params: { type, id, vid } }) => {
      const resource = await service.vread(principal, type, id, vid)
      return answer(resource.body, versionHeaders(resource))
    }
}
