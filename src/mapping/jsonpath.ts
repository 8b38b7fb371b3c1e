/** Reading members of losslessly parsed JSON. */
import type { JsonNode } from '../fhir/json.js'

/** The member of an object, or undefined. */
export function at(node: JsonNode | undefined, name: string): JsonNode | undefined {
  return node?.kind === 'object' ? node.members.find((member) => member.name === name)?.value : undefined
}

/** The text of a scalar: string value, number as written, true or false. */
export function scalar(node: JsonNode | undefined): string | undefined {
  if (node?.kind === 'string') return node.value
  if (node?.kind === 'number') return node.text
  return node?.kind === 'literal' && node.value !== null ? String(node.value) : undefined
}

/** scalar(at(node, name)). */
export function textAt(node: JsonNode | undefined, name: string): string | undefined {
  return scalar(at(node, name))
}

/** The extension with a URL among the extensions of an element. */
export function extension(node: JsonNode | undefined, url: string): JsonNode | undefined {
  const list = at(node, 'extension')
  return list?.kind === 'array' ? list.items.find((item) => textAt(item, 'url') === url) : undefined
}
