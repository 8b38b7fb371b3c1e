/**
 * search in a compartment (R4 http.html#vsearch, compartmentdefinition.html): `Patient/1/Observation`, all types by `Patient/1/*`.
 * A resource that is not there has an empty compartment.
 */
import { fail } from '../../errors.js'
import { isResourceType } from '../../fhir/definitions.js'
import { isCompartment } from '../../fhir/search-parameters.js'
import type { Interaction } from './interaction.js'
import { search } from './search.js'

export const searchCompartment: Interaction = {
  code: 'search-type',
  routes: [
    { method: 'GET', url: '/:type/:id/:target', body: 'nothing', summary: 'Search in a compartment' },
    { method: 'POST', url: '/:type/:id/:target/_search', body: 'form', summary: 'Search in a compartment with parameters in a form' }
  ],
  handler: (context) => async (request) => {
    const { type, id, target = '' } = request.params
    if (!isCompartment(type)) throw fail('http.not-found', { method: 'GET', path: `/${type}/${id}/${target}` })
    if (target !== '*' && !isResourceType(target)) throw fail('resource.unknown-type', { type: target })
    return search(context, request, { type: target === '*' ? undefined : target, compartment: { type, id } })
  }
}
