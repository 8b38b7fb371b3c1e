/** create (R4 http.html#create): the server gives the id. If-None-Exist makes it conditional: 200 with what is there already. */
import { parseCriteria } from '../../fhir/search-condition.js'
import type { Interaction } from './interaction.js'
import { written } from './respond.js'

export const create: Interaction = {
  code: 'create',
  routes: [{ method: 'POST', url: '/:type', body: 'resource', summary: 'Create a resource under an id of the server' }],
  handler:
    ({ service }) =>
    async (request) => {
      const { principal, base, body, params, headers } = request
      const criteria = headers['if-none-exist']
      if (criteria === undefined) return written(request, await service.create(principal, params.type, body))
      const ifNoneExist = parseCriteria(params.type, criteria, base)
      return written(request, await service.create(principal, params.type, body, { ifNoneExist }), { located: true })
    }
}
