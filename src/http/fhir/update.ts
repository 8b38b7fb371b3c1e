/**
 * update (R4 http.html#update), also under an id the client chose; guarded by If-Match and If-None-Match. Without an id in the address it is conditional
 * (#cond-update): search criteria say which resource.
 */
import { parseConditions } from './headers.js'
import type { Interaction } from './interaction.js'
import { written } from './respond.js'

export const update: Interaction = {
  code: 'update',
  routes: [
    { method: 'PUT', url: '/:type/:id', body: 'resource', summary: 'Update a resource, or create it under this id' },
    { method: 'PUT', url: '/:type', body: 'resource', summary: 'Update the resource that matches the search criteria, or create one' }
  ],
  handler:
    ({ service }) =>
    async (request) => {
      const { principal, base, parameters, body } = request
      const { type, id } = request.params
      const options = parseConditions(request.headers)
      if (id) return written(request, await service.update(principal, type, id, body, options))
      return written(request, await service.updateMatch(principal, { type, parameters, baseUrl: base }, body, options), { located: true })
    }
}
