/** $lastn: the most recent Observations of each code, by a search of Observations. */
import { lastnQuery } from '../../../fhir/lastn.js'
import { parsePrefer } from '../headers.js'
import type { Operation } from '../interaction.js'
import { operationInput } from '../operation-input.js'
import { answer, PRIVATE } from '../respond.js'
import { searchBundle } from '../search-bundle.js'

export const lastn: Operation = {
  name: 'lastn',
  definition: 'http://hl7.org/fhir/OperationDefinition/Observation-lastn',
  summary: 'The most recent observations of each code',
  type: ['Observation'],
  affectsState: false,
  handler:
    ({ service }) =>
    async (request) => {
      const { principal, base, headers } = request
      const input = operationInput(request)
      const parameters = input.names.flatMap((name) => input.texts(name).map((value) => [name, value] as const))
      const query = lastnQuery(parameters, {
        handling: parsePrefer(headers['prefer']).handling,
        baseUrl: base,
        custom: service.searchParameters()
      })
      return answer(searchBundle(base, '/Observation/$lastn', query, await service.search(principal, query)), PRIVATE)
    }
}
