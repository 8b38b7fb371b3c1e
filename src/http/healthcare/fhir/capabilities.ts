/** capabilities: the CapabilityStatement of one FHIR store, made from the methods and its settings. */
import { capabilityStatement } from '../../../fhir/capability.js'
import { resourceTypes } from '../../../fhir/definitions.js'
import { searchParameters } from '../../../fhir/search-query.js'
import type { Handler } from '../../fhir/interaction.js'
import { patientEverything } from '../../fhir/operations/everything.js'
import { validate } from '../../fhir/operations/validate.js'
import { answer } from '../../fhir/respond.js'
import type { MethodContext } from './context.js'
import { sortedText } from './forms.js'
import { isUnknown } from './search-parameters.js'

const STARTED = new Date().toISOString()

/** codes: of the methods there are. */
export function capabilities({ settings, service, version }: MethodContext, codes: readonly string[]): Handler {
  let made: { readonly base: string; readonly text: string } | undefined
  return async ({ base }) => {
    if (made?.base !== base) made = { base, text: sortedText(JSON.stringify(statement(base))) }
    return answer(made.text)
  }

  function statement(baseUrl: string) {
    const hasHistory = settings.disableResourceVersioning !== true
    return capabilityStatement({
      baseUrl,
      version,
      date: STARTED,
      description: 'Local twin of a FHIR store of the Cloud Healthcare API',
      resourceTypes: resourceTypes(),
      interactions: [...new Set(codes), 'batch'].filter((code) => hasHistory || (code !== 'vread' && code !== 'history-instance')),
      operations: [
        { ...validate, instance: [] },
        { ...patientEverything, type: [] }
      ],
      searchParameters: (type) => searchParameters(type).filter(({ name }) => !isUnknown(type, [name, ''])),
      behaviour: {
        versioning: hasHistory ? 'versioned' : 'no-version',
        readHistory: hasHistory,
        updateCreate: settings.enableUpdateCreate === true,
        conditionalCreate: true,
        conditionalRead: 'full-support',
        conditionalUpdate: true,
        conditionalDelete: 'single',
        referencePolicy: ['literal', 'logical', ...(service.capabilities().enforcesReferences ? (['enforced'] as const) : [])]
      },
      formats: ['application/fhir+json', 'json'],
      compartments: [],
      patchFormats: ['application/json-patch+json']
    })
  }
}
