/** ValueSet/$expand (R4 valueset-operation-expand.html). */
import type { Operation } from '../interaction.js'
import { operationInput } from '../operation-input.js'
import { answer } from '../respond.js'
import { flag, optional, refuse, valueSetOf, whole } from './terminology-input.js'

export const expand: Operation = {
  name: 'expand',
  definition: 'http://hl7.org/fhir/OperationDefinition/ValueSet-expand',
  summary: 'The codes of a value set',
  type: ['ValueSet'],
  instance: ['ValueSet'],
  affectsState: false,
  handler: (context) => async (request) => {
    const input = operationInput(request)
    refuse(input, ['date'])
    const valueSet = await valueSetOf(context, request, input)
    const options = {
      ...optional('filter', input.text('filter')),
      ...optional('offset', whole(input, 'offset')),
      ...optional('count', whole(input, 'count')),
      ...optional('includeDesignations', flag(input, 'includeDesignations')),
      ...optional('includeDefinition', flag(input, 'includeDefinition')),
      ...optional('activeOnly', flag(input, 'activeOnly')),
      ...optional('excludeNotForUI', flag(input, 'excludeNotForUI')),
      ...optional('displayLanguage', input.text('displayLanguage')),
      designation: input.texts('designation'),
      excludeSystem: input.texts('exclude-system'),
      preferred: input.texts('system-version'),
      checked: input.texts('check-system-version'),
      forced: input.texts('force-system-version')
    }
    return answer(await context.service.terminology(request.principal, { kind: 'expand', valueSet, options }))
  }
}
