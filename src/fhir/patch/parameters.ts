/** The operations of a FHIRPath Patch (R4 fhirpatch.html), read from its Parameters resource without losing a digit of their values. */
import { fail } from '../../errors.js'
import { type JsonNode, parseJson } from '../json.js'
import type { Element } from './elements.js'
import { memberOf, type Named, type ObjectNode, refuse, stringOf } from './tree.js'

export interface FhirPathOperation extends Named {
  readonly type: OperationType
  /** FHIRPath expression. */
  readonly path: string
  readonly name: string | undefined
  readonly value: PatchValue | undefined
  readonly index: number | undefined
  readonly source: number | undefined
  readonly destination: number | undefined
}

type OperationType = 'add' | 'insert' | 'delete' | 'replace' | 'move'

/** What is written: a value with the type in its name (`valueQuantity`), a resource, or named parts of an element that has no type of its own. */
export type PatchValue =
  | { readonly kind: 'value'; readonly type: string; readonly element: Element }
  | { readonly kind: 'resource'; readonly element: Element }
  | { readonly kind: 'parts'; readonly parts: ReadonlyArray<{ readonly name: string; readonly value: PatchValue }> }

const NEEDS: Readonly<Record<OperationType, readonly string[]>> = {
  add: ['path', 'name', 'value'],
  insert: ['path', 'index', 'value'],
  delete: ['path'],
  replace: ['path', 'value'],
  move: ['path', 'source', 'destination']
}

/** Throws json.syntax, json.depth, http.bad-request and patch.malformed. */
export function parseOperations(text: string): FhirPathOperation[] {
  const document = parseJson(text)
  if (document.kind !== 'object' || stringOf(document, 'resourceType') !== 'Parameters')
    throw fail('http.bad-request', { reason: 'A FHIRPath Patch is a Parameters resource' })
  return list(memberOf(document, 'parameter')).map(parseOperation)
}

function parseOperation(parameter: ObjectNode, n: number): FhirPathOperation {
  const place = { number: n + 1, expression: `Parameters.parameter[${n}]` }
  const parts = new Map<string, ObjectNode>()
  for (const part of list(memberOf(parameter, 'part'))) {
    const name = stringOf(part, 'name') ?? ''
    if (parts.has(name)) throw refuse('patch.malformed', { ...place, label: '?' }, `the part "${name}" is given twice`)
    parts.set(name, part)
  }
  const text = (name: string) => {
    const value = primitive(parts.get(name))
    return value?.kind === 'string' ? value.value : undefined
  }
  const number = (name: string) => {
    const value = primitive(parts.get(name))
    return value?.kind === 'number' && /^\d{1,9}$/.test(value.text) ? Number(value.text) : undefined
  }
  const type = text('type') ?? ''
  const at = { ...place, label: [type, text('path')].join(' ').slice(0, 200) }
  if (stringOf(parameter, 'name') !== 'operation') throw refuse('patch.malformed', at, 'the name of the parameter must be "operation"')
  if (!Object.hasOwn(NEEDS, type)) throw refuse('patch.malformed', at, `the type must be one of ${Object.keys(NEEDS).join(', ')}`)
  const operation = {
    ...at,
    type: type as OperationType,
    path: text('path') ?? '',
    name: text('name'),
    value: parts.has('value') ? readValue(parts.get('value')!, at) : undefined,
    index: number('index'),
    source: number('source'),
    destination: number('destination')
  }
  for (const name of NEEDS[operation.type]) {
    const given = operation[name as keyof typeof operation]
    if (given === undefined || given === '') throw refuse('patch.malformed', at, `the part "${name}" is missing or not of its type`)
  }
  return operation
}

function readValue(part: ObjectNode, at: Named): PatchValue {
  const resource = memberOf(part, 'resource')
  if (resource !== undefined) return { kind: 'resource', element: { value: resource } }
  const name = part.members.map((member) => member.name.replace(/^_/, '')).find((member) => /^value[A-Z]/.test(member))
  if (name !== undefined) {
    const value = memberOf(part, name)
    const extra = memberOf(part, `_${name}`)
    return {
      kind: 'value',
      type: name.slice('value'.length),
      element: { ...(value === undefined ? {} : { value }), ...(extra === undefined ? {} : { extra }) }
    }
  }
  const parts = list(memberOf(part, 'part')).map((one) => ({ name: stringOf(one, 'name') ?? '', value: readValue(one, at) }))
  if (parts.length === 0) throw refuse('patch.malformed', at, 'the value has neither value[x] nor parts')
  return { kind: 'parts', parts }
}

function primitive(part: ObjectNode | undefined): JsonNode | undefined {
  return part?.members.find(({ name }) => /^value[A-Z]/.test(name))?.value
}

function list(node: JsonNode | undefined): ObjectNode[] {
  if (node === undefined) return []
  if (node.kind !== 'array' || !node.items.every((item) => item.kind === 'object'))
    throw fail('http.bad-request', { reason: 'parameter and part must be arrays of objects' })
  return node.items
}
