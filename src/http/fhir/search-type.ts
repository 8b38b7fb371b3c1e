/** search of one type (R4 search.html), by GET or by POST of a form. */
import type { Interaction } from './interaction.js'
import { search } from './search.js'

export const searchType: Interaction = {
  code: 'search-type',
  routes: [
    { method: 'GET', url: '/:type', body: 'nothing', summary: 'Search resources of a type' },
    { method: 'POST', url: '/:type/_search', body: 'form', summary: 'Search with parameters in a form, out of the address' }
  ],
  handler: (context) => (request) => search(context, request, { type: request.params.type })
}
