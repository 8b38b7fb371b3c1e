/** search of one type (R4 search.html), by GET or by POST of a form. Both kinds of parameters count when a POST has both. */
import { parseSearch } from '../../fhir/search-query.js'
import { parsePrefer } from './headers.js'
import type { Interaction } from './interaction.js'
import { parseParameters } from './parameters.js'
import { sendJson } from './respond.js'
import { searchBundle } from './search-bundle.js'

export const searchType: Interaction = {
  code: 'search-type',
  routes: [
    { method: 'GET', url: '/:type', body: 'nothing', summary: 'Search resources of a type' },
    { method: 'POST', url: '/:type/_search', body: 'form', summary: 'Search with parameters in a form, out of the address' }
  ],
  handler:
    ({ service, base }) =>
    async (request, reply) => {
      const root = base(request)
      const parameters = [...request.parameters, ...parseParameters(request.body ?? '')]
      const { handling } = parsePrefer(request.headers['prefer'])
      const query = parseSearch(request.params.type, parameters, { handling, baseUrl: root })
      const page = await service.search(request.principal, query)
      reply.header('cache-control', 'private, no-cache')
      return sendJson(request, reply, searchBundle(root, query, page))
    }
}
