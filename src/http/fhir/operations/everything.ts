/**
 * $everything of a Patient or an Encounter, or of all that the caller may see: the compartment and what it refers to, in one Bundle unless `_count` asks for
 * pages.
 */
import { everythingQuery } from '../../../fhir/everything.js'
import { CURSOR } from '../../../fhir/search-query.js'
import type { Handler, Operation } from '../interaction.js'
import { operationInput } from '../operation-input.js'
import { answer, PRIVATE } from '../respond.js'
import { searchBundle } from '../search-bundle.js'

const PARAMETERS = ['start', 'end', '_since', '_type', '_count'] as const

function everything(type: 'Patient' | 'Encounter'): Operation {
  return {
    name: 'everything',
    definition: `http://hl7.org/fhir/OperationDefinition/${type}-everything`,
    summary: `Everything there is about one ${type}, or about all of them`,
    type: [type],
    instance: [type],
    affectsState: false,
    handler:
      ({ service }): Handler =>
      async (request) => {
        // Without an id the route has none.
        const { id } = request.params as { id?: string }
        const input = operationInput(request)
        // 404 and 410 as a read would have them.
        if (id !== undefined) await service.read(request.principal, type, id)
        const asked = {
          start: input.text('start'),
          end: input.text('end'),
          since: input.text('_since'),
          types: input.texts('_type').flatMap((list) => list.split(',')),
          count: input.text('_count'),
          cursor: input.text(CURSOR)
        }
        const { query, hasMatch, hasIncluded } = everythingQuery({ type, id }, asked, request.base)
        const page = await service.search(request.principal, query)
        const applied = PARAMETERS.flatMap((name) => input.texts(name).map((value) => [name, value] as const))
        return answer(
          searchBundle(
            request.base,
            id === undefined ? `/${type}/$everything` : `/${type}/${id}/$everything`,
            { ...query, applied },
            {
              ...page,
              resources: page.resources.filter(hasMatch),
              included: page.included.filter(hasIncluded)
            }
          ),
          PRIVATE
        )
      }
  }
}

export const patientEverything = everything('Patient')
export const encounterEverything = everything('Encounter')
