/** What $meta-add and $meta-delete have in common: a Meta comes in, the resulting Meta of the resource goes out. */
import { fail } from '../../../errors.js'
import { type JsonNode, parseJson, stringifyJson } from '../../../fhir/json.js'
import type { MetaChange } from '../../../fhir/patch/meta.js'
import { parseConditions } from '../headers.js'
import type { Operation } from '../interaction.js'
import { metaAnswer } from './meta.js'

export function metaChange(change: MetaChange, summary: string): Operation {
  return {
    name: `meta-${change}`,
    definition: `http://hl7.org/fhir/OperationDefinition/Resource-meta-${change}`,
    summary,
    instance: 'all',
    affectsState: true,
    handler:
      ({ service }) =>
      async ({ principal, params: { type, id }, headers, body }) => {
        return metaAnswer(await service.changeMeta(principal, type, id, change, readMeta(body), parseConditions(headers)))
      }
  }
}

/** The text of the Meta in Parameters. Throws json.syntax, json.depth, http.bad-request. */
function readMeta(body: string): string {
  const parameters = memberOf(body === '' ? undefined : parseJson(body), 'parameter')
  const parts = parameters?.kind === 'array' ? parameters.items : []
  const metas = parts.filter((part) => {
    const name = memberOf(part, 'name')
    return name?.kind === 'string' && name.value === 'meta'
  })
  const value = memberOf(metas[0], 'valueMeta')
  if (metas.length !== 1 || value?.kind !== 'object')
    throw fail('http.bad-request', { reason: 'Send Parameters with one parameter named meta that has a valueMeta' })
  return stringifyJson(value)
}

function memberOf(node: JsonNode | undefined, name: string): JsonNode | undefined {
  return node?.kind === 'object' ? node.members.find((member) => member.name === name)?.value : undefined
}
