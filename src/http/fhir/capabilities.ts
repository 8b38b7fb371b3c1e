/** capabilities (R4 http.html#capabilities): GET /fhir/metadata, public. Made from the registry and the search parameters that work. */
import { capabilityStatement } from '../../fhir/capability.js'
import { resourceTypes } from '../../fhir/definitions.js'
import { searchParameters } from '../../fhir/search-query.js'
import type { Interaction } from './interaction.js'
import { INTERACTIONS, OPERATIONS } from './registry.js'
import { answer } from './respond.js'

/** Stands for the base URL in the text that is made once. No quote or backslash: it must survive JSON. */
const BASE = '{{base}}'

/** version: of the software. since: when this statement came into force, as dateTime. */
export function capabilities(version: string, since: string): Interaction {
  let pieces: readonly string[] | undefined
  return {
    code: 'capabilities',
    routes: [{ method: 'GET', url: '/metadata', body: 'nothing', summary: 'What this server can do (CapabilityStatement)' }],
    handler:
      () =>
      async ({ base }) => {
        pieces ??= JSON.stringify(statement(version, since)).split(BASE)
        return answer(pieces.join(JSON.stringify(base).slice(1, -1)))
      }
  }
}

function statement(version: string, since: string) {
  return capabilityStatement({
    baseUrl: BASE,
    version,
    date: since,
    description: 'Wardbridge FHIR R4 server',
    resourceTypes: resourceTypes(),
    interactions: [...new Set(INTERACTIONS.map(({ code }) => code))],
    operations: OPERATIONS,
    searchParameters,
    behaviour: {
      versioning: 'versioned-update',
      readHistory: true,
      updateCreate: true,
      conditionalCreate: true,
      conditionalRead: 'full-support',
      conditionalUpdate: true,
      conditionalDelete: 'single'
    },
    formats: ['application/fhir+json', 'json'],
    patchFormats: ['application/json-patch+json', 'application/fhir+json'],
    security: { cors: false, description: 'Every interaction but this one needs a bearer token (Authorization: Bearer TOKEN).' }
  })
}
