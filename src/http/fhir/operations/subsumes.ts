/** CodeSystem/$subsumes (R4 codesystem-operation-subsumes.html). */
import { fail } from '../../../errors.js'
import type { Operation } from '../interaction.js'
import { operationInput } from '../operation-input.js'
import { answer } from '../respond.js'
import { bad, canonical, checkedCoding, subject } from './terminology-input.js'

export const subsumes: Operation = {
  name: 'subsumes',
  definition: 'http://hl7.org/fhir/OperationDefinition/CodeSystem-subsumes',
  summary: 'How two codes of a system stand to each other',
  type: ['CodeSystem'],
  instance: ['CodeSystem'],
  affectsState: false,
  handler: (context) => async (request) => {
    const input = operationInput(request)
    const [a, b] = ['A', 'B'].map((letter) => {
      const code = input.text(`code${letter}`)
      const coding = input.value(`coding${letter}`)
      if ((code === undefined) === (coding === undefined)) throw bad(`Give either code${letter} or coding${letter}`)
      return code === undefined ? checkedCoding(coding) : { code }
    })
    const given = { canonical: canonical(input, 'system', 'version'), resource: undefined }
    const named = await subject<never>(context, request, 'CodeSystem', given)
    const systems = new Set([a!.system, b!.system].filter((system) => system !== undefined))
    if (systems.size > 1) throw fail('terminology.not-supported', { reason: 'How codes of two systems stand to each other is not known' })
    const system = named ?? [...systems][0]
    if (system === undefined) throw bad('Give the parameter system')
    const question = { kind: 'subsumes', system, codeA: a!.code ?? '', codeB: b!.code ?? '' } as const
    return answer(await context.service.terminology(request.principal, question))
  }
}
