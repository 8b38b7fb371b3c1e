/**
 * FHIRPath Patch (R4 fhirpatch.html). The library `fhirpath` finds the elements, on a plain copy; what it finds is led back to names and places in the
 * lossless tree, and changed there. An expression may cost any time: call it in a thread that can be ended.
 */
import { createRequire } from 'node:module'
import type { Model } from 'fhirpath'
import type { TypeDefinition } from '../definitions.js'
import { stringifyJson } from '../json.js'
import { choiceNames, definitionOf, type Element, editObject, elementsOf, jsonName, type Step, withElements } from './elements.js'
import { type FhirPathOperation, type PatchValue, parseOperations } from './parameters.js'
import { measure, type Named, type ObjectNode, objectNode, type Patch, refuse } from './tree.js'

const require = createRequire(import.meta.url)

/** What fhirpath gives for a part of the resource when it leaves its own types alone. */
interface FoundNode {
  readonly parentResNode: FoundNode | null
  readonly propName: string | null
  readonly index: number | null
}

/** Throws json.syntax, json.depth, http.bad-request and patch.malformed. */
export function parseFhirPathPatch(text: string): Patch {
  const operations = parseOperations(text)
  return (resource) =>
    operations.reduce((target, operation) => {
      if (target.kind !== 'object') return target
      const patched = apply(target, operation)
      measure(patched)
      return patched
    }, resource)
}

function apply(resource: ObjectNode, operation: FhirPathOperation): ObjectNode {
  const places = locate(resource, operation)
  switch (operation.type) {
    case 'add':
      return add(resource, only(places, operation), operation)
    case 'delete':
      // Nothing to delete is no error.
      return places.length === 0
        ? resource
        : editAt(resource, only(places, operation), operation, (elements, n) => elements.toSpliced(n, 1))
    case 'replace':
      return replace(resource, only(places, operation), operation)
    case 'insert': {
      const { index = 0, value } = operation
      return editList(resource, places, operation, (elements, type) => {
        if (index > elements.length)
          throw refuse('patch.failed', operation, `index ${index} is beyond the end of the list (${elements.length})`)
        return elements.toSpliced(index, 0, makeElement(value!, type, operation))
      })
    }
    case 'move': {
      const { source = 0, destination = 0 } = operation
      return editList(resource, places, operation, (elements) => {
        if (Math.max(source, destination) >= elements.length)
          throw refuse('patch.failed', operation, `source and destination must be below ${elements.length}, the length of the list`)
        return elements.toSpliced(source, 1).toSpliced(destination, 0, elements[source]!)
      })
    }
  }
}

/** The places that the path of an operation selects, each as steps from the resource. */
function locate(resource: ObjectNode, operation: FhirPathOperation): Step[][] {
  const { evaluate } = require('fhirpath') as typeof import('fhirpath')
  const model = require('fhirpath/fhir-context/r4') as Model
  const plain: unknown = JSON.parse(stringifyJson(resource))
  let found: unknown[]
  try {
    found = evaluate(plain, quoted(operation.path), { resource: plain, rootResource: plain }, model, {
      resolveInternalTypes: false
    }) as unknown[]
  } catch (error) {
    throw refuse('patch.malformed', operation, `the path cannot be evaluated: ${String((error as Error).message).slice(0, 300)}`)
  }
  return found.map((node) => {
    if (typeof node !== 'object' || node === null || !('parentResNode' in node))
      throw refuse('patch.failed', operation, 'the path gives a value that is not an element of the resource')
    return stepsTo(node as FoundNode)
  })
}

/** The grammar of FHIRPath takes `div` for the operator; after a dot only the element of a Narrative can be meant. */
function quoted(path: string): string {
  return path.replace(/'(?:[^'\\]|\\.)*'|`[^`]*`|(\.\s*)div\b(?!\s*\()/g, (all, dot?: string) =>
    dot === undefined ? all : `${dot}\`div\``
  )
}

function stepsTo({ parentResNode: parent, propName, index }: FoundNode): Step[] {
  return parent === null ? [] : [...stepsTo(parent), { name: propName ?? '', index: index ?? undefined }]
}

function only(places: readonly Step[][], operation: Named): Step[] {
  const [place, ...more] = places
  if (place === undefined) throw refuse('patch.failed', operation, 'there is no element at the path')
  if (more.length > 0) throw refuse('patch.failed', operation, `there are ${places.length} elements at the path, it must select one`)
  return place
}

function add(resource: ObjectNode, steps: readonly Step[], operation: FhirPathOperation): ObjectNode {
  const { name = '', value } = operation
  return editObject(resource, definitionOf(resource, undefined), steps, (object, definition) => {
    const { json, isList, type } = newMember(definition, name, value!, operation)
    const elements = elementsOf(object, json)
    const rivals = isList ? [] : [json, ...choiceNames(definition, stem(definition, json))]
    if (rivals.some((rival) => elementsOf(object, rival).length > 0))
      throw refuse('patch.failed', operation, `${name} is there already and cannot repeat`)
    return withElements(object, json, [...elements, makeElement(value!, type, operation)], isList)
  })
}

function replace(resource: ObjectNode, steps: readonly Step[], operation: FhirPathOperation): ObjectNode {
  const value = operation.value!
  return editAt(resource, steps, operation, (elements, n, definition, json) => {
    // A choice element takes the name of the type it has from now on.
    const choice = stem(definition, json)
    const { json: newName, type } = newMember(definition, choice === json ? json : choice, value, operation)
    return { elements: elements.with(n, makeElement(value, type, operation)), newName }
  })
}

type Change = (
  elements: Element[],
  index: number,
  definition: TypeDefinition | undefined,
  json: string
) => Element[] | { readonly elements: Element[]; readonly newName: string }

/** Changes the elements among which the last step of a place is. */
function editAt(resource: ObjectNode, steps: readonly Step[], operation: Named, change: Change): ObjectNode {
  const last = steps.at(-1)
  if (last === undefined) throw refuse('patch.failed', operation, 'the resource as a whole cannot be changed by a patch')
  return editObject(resource, definitionOf(resource, undefined), steps.slice(0, -1), (object, definition) => {
    const json = jsonName(object, definition, last.name)
    const changed = change(elementsOf(object, json), last.index ?? 0, definition, json)
    const { elements, newName } = Array.isArray(changed) ? { elements: changed, newName: json } : changed
    return withElements(object, json, elements, last.index !== undefined, newName)
  })
}

/** Changes the list that all places are in. */
function editList(
  resource: ObjectNode,
  places: readonly Step[][],
  operation: Named,
  change: (elements: Element[], type: string | undefined) => Element[]
): ObjectNode {
  const [first, ...others] = places
  if (first === undefined) throw refuse('patch.failed', operation, 'there is no list at the path')
  const listOf = (steps: readonly Step[]) => JSON.stringify([steps.slice(0, -1), steps.at(-1)?.name])
  if (first.at(-1)?.index === undefined) throw refuse('patch.failed', operation, 'the path selects no list')
  if (others.some((place) => listOf(place) !== listOf(first))) throw refuse('patch.failed', operation, 'the path selects several lists')
  return editAt(resource, first, operation, (elements, _n, definition, json) => change(elements, definition?.members.get(json)?.type))
}

/** The name of a choice element without its type (`valueQuantity` -> `value`), or the name as it is. */
function stem(definition: TypeDefinition | undefined, json: string): string {
  const own = definition?.members.get(json)?.element.name
  return own?.endsWith('[x]') ? own.slice(0, -3) : json
}

/** The JSON member that takes a value under `name`. */
function newMember(
  definition: TypeDefinition | undefined,
  name: string,
  value: PatchValue,
  operation: Named
): { readonly json: string; readonly isList: boolean; readonly type: string | undefined } {
  if (definition === undefined) return { json: name, isList: false, type: undefined }
  const choice = name.replace(/\[x\]$/, '')
  const json = definition.members.has(name) || value.kind !== 'value' ? name : choice + value.type
  const member = definition.members.get(json)
  if (member === undefined) {
    const reason =
      choiceNames(definition, choice).length > 0 ? `${name} cannot have this type` : `${definition.name} has no element ${name}`
    throw refuse('patch.failed', operation, reason)
  }
  return { json, isList: member.element.max > 1, type: member.type }
}

function makeElement(value: PatchValue, type: string | undefined, operation: Named): Element {
  if (value.kind !== 'parts') return value.element
  const definition = definitionOf(undefined, type)
  const object = value.parts.reduce((made, part) => {
    const { json, isList, type: inner } = newMember(definition, part.name, part.value, operation)
    const elements = elementsOf(made, json)
    if (elements.length > 0 && !isList) throw refuse('patch.malformed', operation, `the part ${part.name} cannot repeat`)
    return withElements(made, json, [...elements, makeElement(part.value, inner, operation)], isList)
  }, objectNode([]))
  return { value: object }
}
