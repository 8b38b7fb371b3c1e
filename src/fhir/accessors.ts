/**
 * Accessors: paths into resources, compiled to one tree of member names per resource type, so that a resource is walked once and only into members that
 * some path wants. What is done with a value is up to the visitors put on the nodes.
 */
import { type ElementDefinition, isA, type Member, typeDefinition } from './definitions.js'
import type { Step } from './search-expression.js'

export type Visitor<C> = (value: unknown, context: C) => void

export interface Node<C> {
  /** Called with each value that arrives here (each item of an array). */
  readonly visitors: Array<Visitor<C>>
  readonly children: Map<string, Node<C>>
  /** Steps that let only some of the values through. */
  readonly filters: Array<{ readonly key: string; readonly test: (item: unknown, index: number) => boolean; readonly node: Node<C> }>
  /** Steps that make one value of the element's members, present or not. */
  readonly derived: Array<{ readonly make: (item: Record<string, unknown>) => unknown; readonly node: Node<C> }>
}

export interface Place<C> {
  readonly node: Node<C>
  /** Type of the values that arrive at the node. */
  readonly type: string
  /** The element the values are of, where a member was the last step. */
  readonly element?: ElementDefinition
}

export function emptyNode<C>(): Node<C> {
  return { visitors: [], children: new Map(), filters: [], derived: [] }
}

/** Takes a value (or array of values) through a tree. Content of any form is taken: what is not there is not visited. */
export function walk<C>(node: Node<C>, value: unknown, context: C): void {
  if (Array.isArray(value)) for (let i = 0; i < value.length; i++) walkItem(node, value[i], i, context)
  else walkItem(node, value, 0, context)
}

function walkItem<C>(node: Node<C>, value: unknown, index: number, context: C): void {
  for (const visit of node.visitors) visit(value, context)
  for (const filter of node.filters) if (filter.test(value, index)) walkItem(filter.node, value, index, context)
  if (typeof value !== 'object' || value === null) return
  for (const { make, node: next } of node.derived) walkItem(next, make(value as Record<string, unknown>), 0, context)
  if (node.children.size === 0) return
  for (const name in value) {
    const child = node.children.get(name)
    if (child !== undefined) walk(child, (value as Record<string, unknown>)[name], context)
  }
}

/** The nodes that a path from a type leads to, made where they are missing; a choice element leads to one node per type. */
export function reach<C>(root: Node<C>, type: string, steps: readonly Step[]): ReadonlyArray<Place<C>> {
  let places: ReadonlyArray<Place<C>> = [{ node: root, type }]
  for (const [position, step] of steps.entries()) {
    if (step.kind === 'member') {
      places = steps[position + 1]?.kind === 'exists' ? existence(places, step.name) : places.flatMap((place) => members(place, step.name))
    } else if (step.kind === 'type') places = places.filter((place) => isA(place.type, step.type))
    else if (step.kind === 'where')
      places = filtered(places, `${step.member}='${step.equals}'`, (item) => memberOf(item, step.member) === step.equals)
    else if (step.kind === 'item') places = filtered(places, `[${step.index}]`, (_, index) => index === step.index)
  }
  return places
}

/** The values that a path finds in a resource, in the order they stand there. */
export function valuesAt(resource: { resourceType: string }, steps: readonly Step[]): unknown[] {
  const root = emptyNode<unknown[]>()
  for (const { node } of reach(root, resource.resourceType, steps)) node.visitors.push((value, found) => found.push(value))
  const found: unknown[] = []
  walk(root, resource, found)
  return found
}

function members<C>({ node, type }: Place<C>, element: string): Array<Place<C>> {
  return elementMembers(type, element).map(([name, member]) => {
    let child = node.children.get(name)
    if (child === undefined) {
      child = emptyNode()
      node.children.set(name, child)
    }
    return { node: child, type: member.type, element: member.element }
  })
}

/** JSON member names of an element; several for a choice. */
function elementMembers(type: string, element: string): Array<[string, Member]> {
  const all = typeDefinition(type)?.members ?? new Map<string, Member>()
  return [...all].filter(([, member]) => member.element.name === element || member.element.name === `${element}[x]`)
}

/** `a.exists() and a != false`: true or false for every parent, whether it has the element or not. */
function existence<C>(places: ReadonlyArray<Place<C>>, element: string): Array<Place<C>> {
  return places.map(({ node, type }) => {
    const names = elementMembers(type, element).map(([name]) => name)
    const next = emptyNode<C>()
    node.derived.push({ make: (item) => names.some((name) => item[name] !== undefined && item[name] !== false), node: next })
    return { node: next, type: 'boolean' }
  })
}

function filtered<C>(places: ReadonlyArray<Place<C>>, key: string, test: (item: unknown, index: number) => boolean): Array<Place<C>> {
  return places.map(({ node, type }) => {
    const same = node.filters.find((filter) => filter.key === key)
    if (same !== undefined) return { node: same.node, type }
    const next = emptyNode<C>()
    node.filters.push({ key, test, node: next })
    return { node: next, type }
  })
}

function memberOf(item: unknown, name: string): unknown {
  return typeof item === 'object' && item !== null ? (item as Record<string, unknown>)[name] : undefined
}
