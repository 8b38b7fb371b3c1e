/**
 * Elements of FHIR JSON (R4 json.html#primitive): a primitive has its value in one member and its id and extensions in a sibling with an underscore; in
 * lists the two run side by side, with null where one of them has nothing.
 */
import type { TypeDefinition } from '../definitions.js'
import { typeDefinition } from '../definitions.js'
import type { JsonMember, JsonNode } from '../json.js'
import { arrayNode, memberOf, NULL, type ObjectNode, objectNode, stringOf } from './tree.js'

export interface Element {
  readonly value?: JsonNode
  /** id and extensions of a primitive. */
  readonly extra?: JsonNode
}

/** One step down: the element's name as FHIRPath or JSON has it, and its place in a list. */
export interface Step {
  readonly name: string
  readonly index: number | undefined
}

/** The elements under a JSON name: none, one, or those of a list. */
export function elementsOf(object: ObjectNode, name: string): Element[] {
  const value = memberOf(object, name)
  const extra = memberOf(object, `_${name}`)
  if (value?.kind !== 'array' && extra?.kind !== 'array') {
    return value === undefined && extra === undefined ? [] : [element(value, extra)]
  }
  const values = value?.kind === 'array' ? value.items : []
  const extras = extra?.kind === 'array' ? extra.items : []
  return Array.from({ length: Math.max(values.length, extras.length) }, (_, n) => element(values[n], extras[n]))
}

function element(value: JsonNode | undefined, extra: JsonNode | undefined): Element {
  return { ...(isThere(value) ? { value } : {}), ...(isThere(extra) ? { extra } : {}) }
}

function isThere(node: JsonNode | undefined): node is JsonNode {
  return node !== undefined && !(node.kind === 'literal' && node.value === null)
}

/** The object with other elements under `name`, in the same place, and under the name `newName` from then on. Without elements the members go. */
export function withElements(object: ObjectNode, name: string, elements: readonly Element[], isList: boolean, newName = name): ObjectNode {
  const known = elements.filter(({ value, extra }) => value !== undefined || extra !== undefined)
  const written = (part: 'value' | 'extra', as: string): JsonMember[] => {
    if (!known.some((one) => one[part] !== undefined)) return []
    const nodes = known.map((one) => one[part] ?? NULL)
    return [{ name: as, value: isList ? arrayNode(nodes) : nodes[0]! }]
  }
  const members = [...written('value', newName), ...written('extra', `_${newName}`)]
  const place = object.members.findIndex((member) => member.name === name || member.name === `_${name}`)
  const others = object.members.filter((member) => member.name !== name && member.name !== `_${name}`)
  return objectNode(others.toSpliced(place < 0 ? others.length : place, 0, ...members))
}

/** The JSON name of an element that is there: of a choice, the one in use (`value` -> `valueQuantity`). */
export function jsonName(object: ObjectNode, definition: TypeDefinition | undefined, name: string): string {
  const isHere = (one: string) => memberOf(object, one) !== undefined || memberOf(object, `_${one}`) !== undefined
  return isHere(name) ? name : (choiceNames(definition, name).find(isHere) ?? name)
}

/** The JSON names a choice element may have; none when `name` is no choice. */
export function choiceNames(definition: TypeDefinition | undefined, name: string): string[] {
  return [...(definition?.members ?? [])].flatMap(
    ([
      json,
      {
        element: { name: own }
      }
    ]) => (own === `${name}[x]` ? [json] : [])
  )
}

/** The definition of what an object holds: a resource says what it is. */
export function definitionOf(node: JsonNode | undefined, type: string | undefined): TypeDefinition | undefined {
  const own = node?.kind === 'object' ? stringOf(node, 'resourceType') : undefined
  return (own === undefined ? undefined : typeDefinition(own)) ?? (type === undefined ? undefined : typeDefinition(type))
}

/**
 * Replaces the object that `steps` lead to, and all that holds it; an object left without members goes. Into a primitive the way leads to its id and
 * extensions.
 */
export function editObject(
  object: ObjectNode,
  definition: TypeDefinition | undefined,
  steps: readonly Step[],
  change: (object: ObjectNode, definition: TypeDefinition | undefined) => ObjectNode
): ObjectNode {
  const [step, ...rest] = steps
  if (step === undefined) return change(object, definition)
  const name = jsonName(object, definition, step.name)
  const elements = elementsOf(object, name)
  const place = step.index ?? 0
  const here = elements[place] ?? {}
  const type = definition?.members.get(name)?.type
  const next: Element =
    here.value?.kind === 'object'
      ? filled('value', editObject(here.value, definitionOf(here.value, type), rest, change))
      : { ...element(here.value, undefined), ...filled('extra', editObject(extras(here), typeDefinition('Element'), rest, change)) }
  elements[place] = next
  return withElements(object, name, elements, step.index !== undefined)
}

function extras({ extra }: Element): ObjectNode {
  return extra?.kind === 'object' ? extra : objectNode([])
}

function filled(part: 'value' | 'extra', object: ObjectNode): Element {
  return object.members.length === 0 ? {} : { [part]: object }
}
