/** CodeSystem/$lookup (R4 codesystem-operation-lookup.html). */
import type { Operation } from '../interaction.js'
import { operationInput } from '../operation-input.js'
import { answer } from '../respond.js'
import { bad, codings, optional, refuse } from './terminology-input.js'

export const lookup: Operation = {
  name: 'lookup',
  definition: 'http://hl7.org/fhir/OperationDefinition/CodeSystem-lookup',
  summary: 'What is known of a code',
  type: ['CodeSystem'],
  affectsState: false,
  handler: (context) => async (request) => {
    const input = operationInput(request)
    refuse(input, ['date', 'codeableConcept'])
    const [asked] = codings(input, 'system', 'version')
    if (asked?.system === undefined) throw bad('A code needs a system')
    const { system, version = input.text('version'), code = '' } = asked
    const canonical = version === undefined ? system : `${system}|${version}`
    const options = { ...optional('displayLanguage', input.text('displayLanguage')), properties: input.texts('property') }
    return answer(await context.service.terminology(request.principal, { kind: 'lookup', system: canonical, code, options }))
  }
}
