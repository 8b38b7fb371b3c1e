/** create (R4 http.html#create): the server gives the id. */
import { fail } from '../../errors.js'
import type { Interaction } from './interaction.js'
import { written } from './respond.js'

export const create: Interaction = {
  code: 'create',
  routes: [{ method: 'POST', url: '/:type', body: 'resource', summary: 'Create a resource under an id of the server' }],
  handler:
    ({ service }) =>
    async (request) => {
      // Left unheeded, the header would let the duplicate in that it is there to prevent.
      if (request.headers['if-none-exist'] !== undefined) throw fail('not-supported', { what: 'Conditional create (If-None-Exist)' })
      return written(request, await service.create(request.principal, request.params.type, request.body))
    }
}
