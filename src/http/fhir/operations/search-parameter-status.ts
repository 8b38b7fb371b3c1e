/** SearchParameter/[id]/$status: whether an uploaded search parameter works yet. An operation of ours; R4 has none for it. */
import type { Operation } from '../interaction.js'
import { answer, PRIVATE } from '../respond.js'

export const searchParameterStatus: Operation = {
  name: 'status',
  definition: 'https://fhir.wardbridge.dev/OperationDefinition/SearchParameter-status',
  summary: 'Whether an uploaded search parameter works yet',
  instance: ['SearchParameter'],
  affectsState: false,
  handler:
    ({ service }) =>
    async ({ principal, params }) => {
      const { state, reason, done, total } = await service.searchParameterStatus(principal, params.id)
      const parameter: object[] = [{ name: 'state', valueCode: state }]
      if (reason !== undefined) parameter.push({ name: 'reason', valueString: reason })
      if (done !== undefined) parameter.push({ name: 'done', valueInteger: done }, { name: 'total', valueInteger: total })
      return answer(JSON.stringify({ resourceType: 'Parameters', parameter }), PRIVATE)
    }
}
