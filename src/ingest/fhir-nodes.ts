/** Reading JsonNodes. */
import type { JsonNode } from '../fhir/json.js'

/** The value of a member of an object; undefined when there is none. */
export function member(node: JsonNode | undefined, name: string): JsonNode | undefined {
  return node?.kind === 'object' ? node.members.find((one) => one.name === name)?.value : undefined
}

/** The text of a string node. */
export function string(node: JsonNode | undefined): string | undefined {
  return node?.kind === 'string' ? node.value : undefined
}
