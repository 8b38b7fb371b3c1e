/**
 * JSON Patch (RFC 6902) on lossless JSON. FHIR JSON has no empty arrays and objects: what a patch leaves empty is left out of the result, so that the last
 * item of a list can be removed.
 */
import { fail } from '../../errors.js'
import { type JsonMember, type JsonNode, parseJson } from '../json.js'
import { arrayNode, measure, type Named, objectNode, type Patch, refuse, stringOf } from './tree.js'

interface Operation extends Named {
  readonly op: Op
  readonly path: readonly string[]
  /** Of move and copy. */
  readonly from: readonly string[]
  /** Of add, replace and test. */
  readonly value: JsonNode
}

type Op = 'add' | 'remove' | 'replace' | 'move' | 'copy' | 'test'

const OPS: readonly string[] = ['add', 'remove', 'replace', 'move', 'copy', 'test'] satisfies Op[]

/** Most operations of a patch: each may cost as much as the resource is large. */
const MOST_OPERATIONS = 2000
/** Most nodes that the copy operations of a patch may make together: each may double what is there. */
const MOST_COPIED = 1_000_000

/** Throws json.syntax, json.depth and patch.malformed. */
export function parseJsonPatch(text: string): Patch {
  const document = parseJson(text)
  if (document.kind !== 'array') throw fail('http.bad-request', { reason: 'A JSON Patch is an array of operations' })
  if (document.items.length > MOST_OPERATIONS) throw fail('http.bad-request', { reason: `More than ${MOST_OPERATIONS} operations` })
  const operations = document.items.map(parseOperation)
  return (resource) => {
    let copied = 0
    const patched = operations.reduce((target, operation) => {
      if (operation.op === 'copy') copied += measure(find(target, operation.from, operation))
      if (copied > MOST_COPIED) throw refuse('patch.failed', operation, 'the copies are too large')
      return apply(target, operation)
    }, resource)
    return withoutEmpty(patched)
  }
}

function parseOperation(node: JsonNode, n: number): Operation {
  const members = node.kind === 'object' ? node : objectNode([])
  const op = stringOf(members, 'op')
  const path = stringOf(members, 'path')
  const from = stringOf(members, 'from')
  const value = members.members.find(({ name }) => name === 'value')?.value
  const at = { number: n + 1, label: [op, path].join(' ').slice(0, 200) }
  if (op === undefined || !OPS.includes(op)) throw refuse('patch.malformed', at, `op must be one of ${OPS.join(', ')}`)
  if (path === undefined) throw refuse('patch.malformed', at, 'path is missing')
  if ((op === 'move' || op === 'copy') && from === undefined) throw refuse('patch.malformed', at, 'from is missing')
  if ((op === 'add' || op === 'replace' || op === 'test') && value === undefined) throw refuse('patch.malformed', at, 'value is missing')
  return { ...at, op: op as Op, path: parsePointer(path, at), from: parsePointer(from ?? '', at), value: value ?? node }
}

/** RFC 6901. */
function parsePointer(text: string, at: Named): string[] {
  if (text === '') return []
  if (!text.startsWith('/') || /~(?![01])/.test(text))
    throw refuse('patch.malformed', at, 'a JSON pointer starts with / and has ~ as ~0 or ~1')
  return text
    .slice(1)
    .split('/')
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'))
}

function apply(target: JsonNode, operation: Operation): JsonNode {
  const { op, path, from, value } = operation
  switch (op) {
    case 'add':
      return add(target, path, value, operation)
    case 'remove':
      return remove(target, path, operation)
    case 'replace':
      find(target, path, operation)
      measure(value, path.length)
      return path.length === 0 ? value : edit(target, path, operation, (parent, token) => put(parent, token, value, operation))
    case 'move': {
      const moved = find(target, from, operation)
      if (from.length === path.length && from.every((token, n) => token === path[n])) return target
      if (from.every((token, n) => token === path[n])) throw refuse('patch.failed', operation, 'it would move something into itself')
      return add(remove(target, from, operation), path, moved, operation)
    }
    case 'copy':
      return add(target, path, find(target, from, operation), operation)
    case 'test':
      if (!isEqual(find(target, path, operation), value)) throw refuse('patch.failed', operation, 'the value there is another one')
      return target
  }
}

function add(target: JsonNode, path: readonly string[], value: JsonNode, at: Named): JsonNode {
  measure(value, path.length)
  if (path.length === 0) return value
  return edit(target, path, at, (parent, token) => {
    if (parent.kind !== 'array') return put(parent, token, value, at)
    const index = token === '-' ? parent.items.length : indexOf(token, parent.items.length + 1, at)
    return arrayNode(parent.items.toSpliced(index, 0, value))
  })
}

function remove(target: JsonNode, path: readonly string[], at: Named): JsonNode {
  find(target, path, at)
  if (path.length === 0) throw refuse('patch.failed', at, 'the resource cannot be removed by a patch')
  return edit(target, path, at, (parent, token) => {
    if (parent.kind === 'array') return arrayNode(parent.items.toSpliced(indexOf(token, parent.items.length, at), 1))
    return parent.kind === 'object' ? objectNode(parent.members.filter(({ name }) => name !== token)) : parent
  })
}

/** Sets a member, in its place when it is there, or replaces an item. */
function put(parent: JsonNode, token: string, value: JsonNode, at: Named): JsonNode {
  if (parent.kind === 'array') return arrayNode(parent.items.with(indexOf(token, parent.items.length, at), value))
  if (parent.kind !== 'object') throw refuse('patch.failed', at, `there is nothing that could hold "${token}"`)
  const place = parent.members.findIndex(({ name }) => name === token)
  const known = parent.members[place]
  if (known === undefined) return objectNode([...parent.members, { name: token, value }])
  return objectNode(parent.members.with(place, { ...known, value }))
}

/** Replaces what holds the last token of a path that is not empty, and all that holds that. */
function edit(node: JsonNode, path: readonly string[], at: Named, change: (parent: JsonNode, token: string) => JsonNode): JsonNode {
  const [token = '', ...rest] = path
  if (rest.length === 0) return change(node, token)
  return put(node, token, edit(child(node, token, at), rest, at, change), at)
}

function find(node: JsonNode, path: readonly string[], at: Named): JsonNode {
  return path.reduce((place, token) => child(place, token, at), node)
}

function child(node: JsonNode, token: string, at: Named): JsonNode {
  const found =
    node.kind === 'array'
      ? node.items[indexOf(token, node.items.length, at)]
      : node.kind === 'object'
        ? node.members.find(({ name }) => name === token)?.value
        : undefined
  if (found === undefined) throw refuse('patch.failed', at, `there is no "${token.slice(0, 64)}"`)
  return found
}

function indexOf(token: string, length: number, at: Named): number {
  if (!/^(0|[1-9]\d{0,9})$/.test(token) || Number(token) >= length)
    throw refuse('patch.failed', at, `"${token.slice(0, 64)}" is not an index of the list`)
  return Number(token)
}

/** RFC 6902, 4.6: numbers by value, objects whatever their order. */
function isEqual(one: JsonNode, other: JsonNode): boolean {
  if (one.kind === 'object' && other.kind === 'object') {
    const values = new Map(other.members.map(({ name, value }) => [name, value]))
    return (
      one.members.length === other.members.length &&
      one.members.every(({ name, value }) => values.has(name) && isEqual(value, values.get(name)!))
    )
  }
  if (one.kind === 'array' && other.kind === 'array') {
    return one.items.length === other.items.length && one.items.every((item, n) => isEqual(item, other.items[n]!))
  }
  if (one.kind === 'number' && other.kind === 'number') return numberValue(one.text) === numberValue(other.text)
  return (one.kind === 'string' || one.kind === 'literal') && one.kind === other.kind && one.value === other.value
}

/** Digits and exponent without what does not change the value: 1.0, 10e-1 and 1 are `1e0`. */
function numberValue(text: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? []
  const digits = (whole + fraction).replace(/^0+/, '')
  const significant = digits.replace(/0+$/, '')
  return significant === '' ? '0' : `${sign}${significant}e${Number(exponent) - fraction.length + digits.length - significant.length}`
}

function withoutEmpty(node: JsonNode): JsonNode {
  if (node.kind === 'object') {
    const members = node.members.flatMap((member): JsonMember[] => {
      // Items of _given and the like belong to those of given by their place.
      const value = member.name.startsWith('_') && member.value.kind === 'array' ? member.value : withoutEmpty(member.value)
      return isEmpty(value) ? [] : [value === member.value ? member : { ...member, value }]
    })
    return members.length === node.members.length && members.every((member, n) => member === node.members[n]) ? node : objectNode(members)
  }
  if (node.kind !== 'array') return node
  const items = node.items.map(withoutEmpty).filter((item) => !isEmpty(item))
  return items.length === node.items.length && items.every((item, n) => item === node.items[n]) ? node : arrayNode(items)
}

function isEmpty(node: JsonNode): boolean {
  return (node.kind === 'object' && node.members.length === 0) || (node.kind === 'array' && node.items.length === 0)
}
