/** update (R4 http.html#update), also under an id the client chose; guarded by If-Match. */
import { fail } from '../../errors.js'
import { parseIfMatch } from './headers.js'
import type { Interaction } from './interaction.js'
import { written } from './respond.js'

export const update: Interaction = {
  code: 'update',
  routes: [{ method: 'PUT', url: '/:type/:id', body: 'resource', summary: 'Update a resource, or create it under this id' }],
  handler:
    ({ service }) =>
    async (request) => {
      const { type, id } = request.params
      if (request.headers['if-none-match'] !== undefined) throw fail('not-supported', { what: 'If-None-Match on update' })
      const ifMatch = parseIfMatch(request.headers['if-match'])
      return written(request, await service.update(request.principal, type, id, request.body, ifMatch === undefined ? {} : { ifMatch }))
    }
}
