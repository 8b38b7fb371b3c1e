/** ConceptMap/$translate (R4 conceptmap-operation-translate.html). */
import type { Coding, ConceptMapResource } from '../../../fhir/terminology/resources.js'
import type { TranslateOptions } from '../../../fhir/terminology/translate.js'
import type { Operation } from '../interaction.js'
import { operationInput } from '../operation-input.js'
import { answer } from '../respond.js'
import { bad, canonical, checkedCoding, codings, flag, optional, resource, subject } from './terminology-input.js'

export const translate: Operation = {
  name: 'translate',
  definition: 'http://hl7.org/fhir/OperationDefinition/ConceptMap-translate',
  summary: 'What a code is in another code system',
  type: ['ConceptMap'],
  instance: ['ConceptMap'],
  affectsState: false,
  handler: (context) => async (request) => {
    const input = operationInput(request)
    const asked = codings(input, 'system', 'version')
    if (input.names.includes('code') && asked[0]?.system === undefined) throw bad('A code needs the parameter system')
    const given = {
      canonical: canonical(input, 'url', 'conceptMapVersion'),
      resource: resource<ConceptMapResource>(input, 'conceptMap', 'ConceptMap')
    }
    const map = await subject(context, request, 'ConceptMap', given)
    const options: TranslateOptions = {
      codings: asked,
      ...optional('targetSystem', input.text('targetsystem')),
      ...optional('reverse', flag(input, 'reverse')),
      dependencies: input.values('dependency').map(dependency)
    }
    const question = { kind: 'translate', map, source: input.text('source'), target: input.text('target'), options } as const
    return answer(await context.service.terminology(request.principal, question))
  }
}

interface Part {
  readonly name?: string
  readonly valueUri?: string
  readonly valueCodeableConcept?: { readonly coding?: readonly Coding[]; readonly text?: string }
}

function dependency(value: unknown): NonNullable<TranslateOptions['dependencies']>[number] {
  if (!Array.isArray(value)) throw bad('A dependency has the parts element and concept')
  const find = (name: string) => (value as readonly Part[]).find((one) => one?.name === name)
  const element = find('element')?.valueUri
  if (element === undefined) throw bad('A dependency needs its element')
  const { coding = [], text } = find('concept')?.valueCodeableConcept ?? {}
  if (typeof element !== 'string' || !Array.isArray(coding)) throw bad('A dependency has the parts element and concept')
  return { element, codings: coding.map(checkedCoding), ...optional('text', text) }
}
