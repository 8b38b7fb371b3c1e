/** search of one type (R4 search.html), by GET or by POST of a form. Both kinds of parameters count when a POST has both. */

import { parseParameters } from '../../fhir/parameters.js'
import { parseSearch } from '../../fhir/search-query.js'
import { parsePrefer } from './headers.js'
import type { Interaction } from './interaction.js'
import { answer, PRIVATE } from './respond.js'
import { searchBundle } from './search-bundle.js'

export const searchType: Interaction = {
  code: 'search-type',
  routes: [
    { method: 'GET', url: '/:type', body: 'nothing', summary: 'Search resources of a type' },
    { method: 'POST', url: '/:type/_search', body: 'form', summary: 'Search with parameters in a form, out of the address' }
  ],
  handler:
    ({ service }) =>
    async ({ principal, base, params, parameters, headers, body }) => {
      const { handling } = parsePrefer(headers['prefer'])
      const query = parseSearch(params.type, [...parameters, ...parseParameters(body)], { handling, baseUrl: base })
      return answer(searchBundle(base, query, await service.search(principal, query)), PRIVATE)
    }
}
