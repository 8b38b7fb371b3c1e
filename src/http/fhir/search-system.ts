/** search of several types or all (R4 http.html#search), by GET or by POST of a form: those of `_type`, by parameters that all of them have. */
import type { Interaction } from './interaction.js'
import { search } from './search.js'

export const searchSystem: Interaction = {
  code: 'search-system',
  routes: [
    { method: 'GET', url: '/', body: 'nothing', summary: 'Search resources of several types' },
    { method: 'POST', url: '/_search', body: 'form', summary: 'Search several types with parameters in a form' }
  ],
  handler: (context) => (request) => search(context, request, { type: undefined })
}
