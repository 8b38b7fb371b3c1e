/** capabilities (R4 http.html#capabilities): GET /fhir/metadata, public. Made from the registry and the search parameters that work. */
import { capabilityStatement } from '../../fhir/capability.js'
import { resourceTypes } from '../../fhir/definitions.js'
import { parameter } from '../../fhir/parameters.js'
import type { CustomParameters } from '../../fhir/search-custom.js'
import { isCompartment, withParameters } from '../../fhir/search-parameters.js'
import { searchParameters } from '../../fhir/search-query.js'
import type { Capabilities } from '../../store/repository.js'
import type { Interaction } from './interaction.js'
import { searchParameterStatus } from './operations/search-parameter-status.js'
import { INTERACTIONS, OPERATIONS } from './registry.js'
import { answer } from './respond.js'
import { searchCompartment } from './search-compartment.js'
import { terminologyCapabilities } from './terminology-capabilities.js'

/** Stands for the base URL in the text that is made once. No quote or backslash: it must survive JSON. */
const BASE = '{{base}}'

/** version: of the software. since: when this statement came into force, as dateTime. */
export function capabilities(version: string, since: string): Interaction {
  let pieces: readonly string[] = []
  let made: CustomParameters | undefined
  return {
    code: 'capabilities',
    routes: [{ method: 'GET', url: '/metadata', body: 'nothing', summary: 'What this server can do (CapabilityStatement)' }],
    handler:
      ({ service }) =>
      async ({ base, parameters }) => {
        if (parameter(parameters, 'mode') === 'terminology') {
          const systems = await service.builtInSystems()
          return answer(JSON.stringify(terminologyCapabilities(base, { version, since, systems })))
        }
        // Another object whenever what was uploaded has changed.
        const custom = service.searchParameters()
        if (custom !== made)
          pieces = JSON.stringify(withParameters(custom, () => statement(version, since, service.capabilities()))).split(BASE)
        made = custom
        return answer(pieces.join(JSON.stringify(base).slice(1, -1)))
      }
  }
}

/** Interactions that are the store's; all others are made of them. */
const OF_STORES: readonly string[] = [
  ...['read', 'vread', 'create', 'update', 'delete'],
  ...['history-instance', 'history-type', 'history-system', 'search-type']
]

function statement(version: string, since: string, store: Capabilities) {
  const works = (code: string) => !OF_STORES.includes(code) || store.interactions.includes(code)
  return capabilityStatement({
    baseUrl: BASE,
    version,
    date: since,
    description: 'Wardbridge FHIR R4 server',
    resourceTypes: resourceTypes(),
    interactions: [...new Set(INTERACTIONS.map(({ code }) => code))].filter(works),
    operations: OPERATIONS.filter((one) => store.search.custom || one !== searchParameterStatus),
    searchParameters,
    withoutParameters: store.search.contained ? [] : ['_contained', '_containedType'],
    behaviour: {
      versioning: store.versioning,
      readHistory: works('vread'),
      updateCreate: true,
      conditionalCreate: true,
      conditionalRead: 'full-support',
      conditionalUpdate: true,
      conditionalDelete: 'multiple',
      referencePolicy: ['literal', 'logical', ...(store.enforcesReferences ? (['enforced'] as const) : [])]
    },
    formats: ['application/fhir+json', 'json'],
    compartments: resourceTypes()
      .filter((type) => INTERACTIONS.includes(searchCompartment) && isCompartment(type))
      .map((type) => `http://hl7.org/fhir/CompartmentDefinition/${type.toLowerCase()}`),
    patchFormats: ['application/json-patch+json', 'application/fhir+json'],
    security: {
      cors: false,
      service: [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/restful-security-service', code: 'SMART-on-FHIR' }] }],
      description: 'Every interaction but this one needs a bearer token (Authorization: Bearer TOKEN); see .well-known/smart-configuration.'
    }
  })
}
