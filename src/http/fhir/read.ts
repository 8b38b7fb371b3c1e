/** read (R4 http.html#read), with conditional read. HEAD comes with it. */
import { isNotModified } from './headers.js'
import type { Interaction } from './interaction.js'
import { answer, versionHeaders } from './respond.js'

export const read: Interaction = {
  code: 'read',
  routes: [{ method: 'GET', url: '/:type/:id', body: 'nothing', summary: 'Read the current version of a resource' }],
  handler:
    ({ service }) =>
    async ({ principal, params: { type, id }, headers }) => {
      const resource = await service.read(principal, type, id)
      const version = versionHeaders(resource)
      return isNotModified(headers, resource) ? { status: 304, headers: version } : answer(resource.body, version)
    }
}
