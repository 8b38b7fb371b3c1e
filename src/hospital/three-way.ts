/**
 * What a mapping changes of a resource, done to the resource as it is now. `base` is what the row before made, `next` what the row makes now, `current` the
 * stored resource: what neither row has anything to do with - items of other tables, elements written through FHIR - stays as it is.
 */
import type { JsonMember, JsonNode } from '../fhir/json.js'

type ObjectNode = Extract<JsonNode, { kind: 'object' }>
type ArrayNode = Extract<JsonNode, { kind: 'array' }>
type Maybe = JsonNode | undefined

/** The resource to write. base: undefined where no row was there before. */
export function applyChange(base: Maybe, next: JsonNode, current: JsonNode): JsonNode {
  return merged(base, next, current) ?? next
}

function merged(base: Maybe, next: Maybe, current: Maybe): Maybe {
  if (same(base, next) || same(next, current)) return current
  if (same(base, current) || current === undefined) return next
  const like = next ?? current
  if (like.kind === 'object' && current.kind === 'object')
    return next === undefined ? undefined : objects(asObject(base), asObject(next), current)
  if (like.kind === 'array' && current.kind === 'array') return arrays(asArray(base), asArray(next), current)
  return next
}

function objects(base: ObjectNode | undefined, next: ObjectNode | undefined, current: ObjectNode): ObjectNode {
  const names = new Set([...current.members, ...(next?.members ?? [])].map(({ name }) => name))
  const members: JsonMember[] = []
  for (const name of names) {
    const value = merged(member(base, name), member(next, name), member(current, name))
    if (value !== undefined) members.push({ name, value })
  }
  return { ...current, members }
}

/**
 * Items of the rows are found again in the stored list: the same item, one that has all of it, or one with the same label. What was added by others keeps
 * its place; a list that nothing is left of goes away.
 */
function arrays(base: ArrayNode | undefined, next: ArrayNode | undefined, current: ArrayNode): ArrayNode | undefined {
  const before = base?.items ?? []
  const after = next?.items ?? []
  const stored = pairs(before, current.items, true)
  const changed = pairs(before, after, false)
  const basis = new Map([...changed].map(([from, to]) => [to, from]))
  const result: Array<{ readonly item: JsonNode; readonly from: number | undefined }> = []
  const origin = new Map([...stored].map(([from, to]) => [to, from]))
  for (const [index, item] of current.items.entries()) {
    const from = origin.get(index)
    const to = from === undefined ? undefined : changed.get(from)
    if (from === undefined) result.push({ item, from: undefined })
    else if (to !== undefined) result.push({ item: merged(before[from], after[to], item) ?? item, from: to })
  }
  for (const [index, item] of after.entries()) {
    const from = basis.get(index)
    // Taken out of the stored list by somebody, and not changed by the row: it stays out.
    if (from !== undefined && (stored.has(from) || same(before[from], item))) continue
    const there = result.findIndex((one) => one.from === undefined && (contains(one.item, item) || alike(one.item, item)))
    if (there >= 0) result[there] = { item: merged(undefined, item, result[there]!.item) ?? item, from: index }
    else result.splice(result.findIndex((one) => one.from === index - 1) + 1 || (index === 0 ? 0 : result.length), 0, { item, from: index })
  }
  return result.length === 0 ? undefined : { ...current, items: result.map(({ item }) => item) }
}

/** Index in `left` -> index in `right`, each used once: equal ones first, then those that hold the other, then those with the same label. */
function pairs(left: readonly JsonNode[], right: readonly JsonNode[], wider: boolean): Map<number, number> {
  const found = new Map<number, number>()
  const used = new Set<number>()
  const tests = [same, ...(wider ? [(one: JsonNode, other: JsonNode) => contains(other, one)] : []), alike]
  for (const test of tests) {
    for (const [from, one] of left.entries()) {
      if (found.has(from)) continue
      const to = right.findIndex((other, index) => !used.has(index) && test(one, other))
      if (to < 0) continue
      found.set(from, to)
      used.add(to)
    }
  }
  return found
}

/** Members that say which of several items one is. */
const LABELS = ['url', 'system', 'reference', 'use']

/** Two objects with the same label, or without any. */
function alike(one: JsonNode, other: JsonNode): boolean {
  if (one.kind !== 'object' || other.kind !== 'object') return false
  const label = LABELS.find((name) => member(one, name) !== undefined || member(other, name) !== undefined)
  return label === undefined || same(member(one, label), member(other, label))
}

/** Whether all of `part` stands in `whole`, too. */
function contains(whole: JsonNode, part: JsonNode): boolean {
  if (whole.kind === 'object' && part.kind === 'object') {
    return part.members.every(({ name, value }) => {
      const other = member(whole, name)
      return other !== undefined && contains(other, value)
    })
  }
  if (whole.kind === 'array' && part.kind === 'array') return part.items.every((item) => whole.items.some((other) => contains(other, item)))
  return same(whole, part)
}

/** Equal content; the order of members does not count, the digits of numbers do. */
export function same(one: Maybe, other: Maybe): boolean {
  if (one === undefined || other === undefined) return one === other
  if (one.kind === 'object' && other.kind === 'object') {
    return one.members.length === other.members.length && one.members.every(({ name, value }) => same(value, member(other, name)))
  }
  if (one.kind === 'array' && other.kind === 'array') {
    return one.items.length === other.items.length && one.items.every((item, index) => same(item, other.items[index]))
  }
  if (one.kind === 'number' && other.kind === 'number') return one.text === other.text
  if (one.kind === 'string' && other.kind === 'string') return one.value === other.value
  return one.kind === 'literal' && other.kind === 'literal' && one.value === other.value
}

function member(node: Maybe, name: string): Maybe {
  return node?.kind === 'object' ? node.members.find((one) => one.name === name)?.value : undefined
}

function asObject(node: Maybe): ObjectNode | undefined {
  return node?.kind === 'object' ? node : undefined
}

function asArray(node: Maybe): ArrayNode | undefined {
  return node?.kind === 'array' ? node : undefined
}
