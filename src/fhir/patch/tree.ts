/** What both kinds of patch have in common: nodes of lossless JSON that are replaced, never changed, so that untouched parts keep every character. */
import { type ErrorCode, fail, type WardbridgeError } from '../../errors.js'
import { type JsonMember, type JsonNode, MAX_DEPTH } from '../json.js'

/** Gives the patched resource; the one it was given stays as it is. Throws patch.malformed and patch.failed. */
export type Patch = (resource: JsonNode) => JsonNode

export type ObjectNode = Extract<JsonNode, { readonly kind: 'object' }>

export const NULL: JsonNode = { kind: 'literal', value: null, start: 0, end: 0 }

export function objectNode(members: JsonMember[]): ObjectNode {
  return { kind: 'object', members, start: 0, end: 0 }
}

export function arrayNode(items: JsonNode[]): JsonNode {
  return { kind: 'array', items, start: 0, end: 0 }
}

export function memberOf(object: ObjectNode, name: string): JsonNode | undefined {
  return object.members.find((member) => member.name === name)?.value
}

/** The text of a string member; undefined when it is missing or no string. */
export function stringOf(object: ObjectNode, name: string): string | undefined {
  const value = memberOf(object, name)
  return value?.kind === 'string' ? value.value : undefined
}

/** One operation of a patch, for messages: `number` counts from 1. */
export interface Named {
  readonly number: number
  /** What it is and where: `replace /name/0`. */
  readonly label: string
  /** FHIRPath of the operation in the patch, where that is a resource. */
  readonly expression?: string
}

export function refuse(code: Extract<ErrorCode, 'patch.malformed' | 'patch.failed'>, at: Named, reason: string): WardbridgeError {
  return fail(code, { number: at.number, operation: at.label, reason }, at.expression === undefined ? {} : { expression: at.expression })
}

/** Counts the nodes below `node`, itself included. Throws json.depth when they reach deeper than `depth` levels leave. */
export function measure(node: JsonNode, depth = 0): number {
  if (depth > MAX_DEPTH) throw fail('json.depth', { limit: MAX_DEPTH })
  const children = node.kind === 'object' ? node.members.map(({ value }) => value) : node.kind === 'array' ? node.items : []
  return children.reduce((sum, child) => sum + measure(child, depth + 1), 1)
}
