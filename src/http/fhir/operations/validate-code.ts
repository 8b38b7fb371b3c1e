/** $validate-code on ValueSet and CodeSystem (R4 valueset-operation-validate-code.html, codesystem-operation-validate-code.html). */
import type { CodeSystemResource } from '../../../fhir/terminology/resources.js'
import type { Operation } from '../interaction.js'
import { type OperationInput, operationInput } from '../operation-input.js'
import { answer } from '../respond.js'
import { bad, canonical, codings, flag, optional, refuse, resource, subject, valueSetOf } from './terminology-input.js'

export const validateCodeInValueSet: Operation = {
  name: 'validate-code',
  definition: 'http://hl7.org/fhir/OperationDefinition/ValueSet-validate-code',
  summary: 'Whether a code is in a value set',
  type: ['ValueSet'],
  instance: ['ValueSet'],
  affectsState: false,
  handler: (context) => async (request) => {
    const input = operationInput(request)
    refuse(input, ['date'])
    const valueSet = await valueSetOf(context, request, input)
    const asked = codings(input, 'system', 'systemVersion')
    if (input.names.includes('code') && asked[0]?.system === undefined && !input.names.includes('context'))
      throw bad('A code needs the parameter system or context')
    const question = { kind: 'validate-in-value-set', valueSet, codings: asked, options: options(input) } as const
    return answer(await context.service.terminology(request.principal, question))
  }
}

export const validateCodeInCodeSystem: Operation = {
  name: 'validate-code',
  definition: 'http://hl7.org/fhir/OperationDefinition/CodeSystem-validate-code',
  summary: 'Whether a code is one of a code system',
  type: ['CodeSystem'],
  instance: ['CodeSystem'],
  affectsState: false,
  handler: (context) => async (request) => {
    const input = operationInput(request)
    refuse(input, ['date'])
    const asked = codings(input, undefined, 'version')
    const given = {
      canonical: canonical(input, 'url', 'version'),
      resource: resource<CodeSystemResource>(input, 'codeSystem', 'CodeSystem')
    }
    const system = (await subject(context, request, 'CodeSystem', given)) ?? asked[0]?.system
    if (system === undefined) throw bad('Give the parameter url or codeSystem')
    const question = { kind: 'validate-in-code-system', system, codings: asked, options: options(input) } as const
    return answer(await context.service.terminology(request.principal, question))
  }
}

function options(input: OperationInput) {
  return { ...optional('abstract', flag(input, 'abstract')), ...optional('displayLanguage', input.text('displayLanguage')) }
}
