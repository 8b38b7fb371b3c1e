/**
 * Searches among contained resources (R4 search.html#contained). A contained resource is nothing of its own in a store: containers of a type are found by
 * an index path, and whether one resource inside meets all criteria together is seen in the body.
 */
import { fail } from '../errors.js'
import { emptyNode, type Node, reach, walk } from './accessors.js'
import { patientsOf } from './compartment.js'
import { parseJson } from './json.js'
import { dateMeets } from './search-compare.js'
import type { ChainCriterion, Criterion, SearchClause } from './search-criterion.js'
import type { CustomParameters } from './search-custom.js'
import { type Matcher, matcher } from './search-elements.js'
import { containedIn, indexPaths } from './search-index.js'
import { resourceWords } from './text-content.js'
import { matchesText } from './text-query.js'

export interface ContainedSearch {
  /** Resources that are not contained are searched, too. */
  readonly both: boolean
  /** What is given for a match: the resource that holds it, or it alone. */
  readonly give: 'container' | 'contained'
}

/** A contained resource, cut out of the text of its container. */
export interface ContainedText {
  /** '' when it has none. */
  readonly id: string
  readonly text: string
}

/** The positions in `contained` of what meets a search. */
export type ContainedFinder = (container: object) => readonly number[]

/** A criterion that cannot be met by a contained resource alone, as words; undefined: there is none. */
export function beyondContained(criteria: readonly Criterion[]): string | undefined {
  for (const criterion of criteria) {
    if (criterion.kind === 'chain') return `a chain (${criterion.parameter})`
    if (criterion.kind === 'has') return '_has or _list'
    if (criterion.kind === 'compartment') return 'a compartment'
    const inside = criterion.kind === 'group' ? beyondContained(criterion.criteria) : undefined
    if (inside !== undefined) return inside
  }
  return undefined
}

/**
 * Finds the contained resources of a type that meet all criteria, none of which is beyondContained(). `_id` is the id inside the container. A contained
 * resource has no lastUpdated (dom-4). now: milliseconds since 1970. custom: the store's own parameters.
 */
export function containedFinder(type: string, criteria: readonly Criterion[], now: number, custom?: CustomParameters): ContainedFinder {
  const tests = criteria.map((criterion) => testOf(criterion, now, custom))
  const meets = (one: unknown) => {
    if (typeof one !== 'object' || one === null || (one as { resourceType?: unknown }).resourceType !== type) return false
    return tests.every((test) => test(one as { resourceType: string }))
  }
  return (container) => containedIn(container).flatMap((one, position) => (meets(one) ? [position] : []))
}

/** The contained resources at some positions, each as it was written. */
export function containedTexts(container: string, positions: readonly number[]): ContainedText[] {
  const root = parseJson(container)
  const list = root.kind === 'object' ? root.members.find(({ name }) => name === 'contained')?.value : undefined
  return positions.flatMap((position) => {
    const node = list?.kind === 'array' ? list.items[position] : undefined
    if (node?.kind !== 'object') return []
    const id = node.members.find(({ name }) => name === 'id')?.value
    return [{ id: id?.kind === 'string' ? id.value : '', text: container.slice(node.start, node.end) }]
  })
}

/**
 * Chains are evaluated inside contained resources, too (R4 search.html#contained): true for a resource that refers to a contained one that meets the
 * criterion. Undefined when the criteria of all targets are beyondContained().
 */
export function containedChain({ paths, to }: ChainCriterion, now: number, custom?: CustomParameters): Matcher | undefined {
  const targets = to.filter(({ criterion }) => beyondContained([criterion]) === undefined)
  if (targets.length === 0) return undefined
  const finders = targets.map(({ type, criterion }) => ({ type, find: containedFinder(type, [criterion], now, custom) }))
  const trees = new Map<string, Node<Set<string>>>()
  return (resource) => {
    const met = finders.flatMap(({ type, find }) => find(resource).map((position) => ({ type, id: idOf(containedIn(resource)[position]) })))
    if (met.length === 0) return false
    const { resourceType } = resource
    const tree = trees.get(resourceType) ?? localReferences(resourceType, paths)
    trees.set(resourceType, tree)
    const referred = new Set<string>()
    walk(tree, resource, referred)
    return met.some(({ type, id }) => referred.has(`${type}#${id}`) || referred.has(`#${id}`))
  }
}

/** Collects references to contained resources: `#id`, of paths that lead to some types only `Type#id`. */
function localReferences(resourceType: string, paths: ChainCriterion['paths']): Node<Set<string>> {
  const root = emptyNode<Set<string>>()
  for (const { path, targets = [''] } of paths) {
    const known = indexPaths()[path]
    if (known?.type !== resourceType) continue
    for (const { node } of reach(root, resourceType, known.steps))
      node.visitors.push((value, found) => {
        const text = typeof value === 'object' && value !== null ? (value as { reference?: unknown }).reference : value
        if (typeof text === 'string' && text.startsWith('#')) for (const type of targets) found.add(type + text)
      })
  }
  return root
}

/** Milliseconds since 1970 UTC; undefined where nothing says it. */
function updatedOf(resource: unknown): number | undefined {
  const { lastUpdated } = ((resource as { meta?: unknown }).meta ?? {}) as { lastUpdated?: unknown }
  const at = typeof lastUpdated === 'string' ? Date.parse(lastUpdated) : Number.NaN
  return Number.isNaN(at) ? undefined : at
}

function idOf(resource: unknown): unknown {
  return (resource as { id?: unknown }).id
}

/**
 * Whether a resource meets a criterion, seen in the resource alone: chains and _has cannot be, and throw not-supported. now: milliseconds since 1970.
 * custom: the store's own parameters.
 */
export function testOf(criterion: Criterion, now: number, custom?: CustomParameters): Matcher {
  if ('values' in criterion) return clauseTest(criterion, now, custom)
  switch (criterion.kind) {
    case 'composite':
      return matcher(criterion, now)
    case 'compartment': {
      const wanted = new Set(criterion.patients)
      return (resource) => {
        const patients = patientsOf(resource)
        return (patients.size === 1 || !criterion.alone) && [...patients].some((id) => wanted.has(id))
      }
    }
    case 'type':
      return ({ resourceType }) => criterion.types.includes(resourceType)
    case 'text':
      return (resource) => matchesText(resourceWords(resource), criterion.query, criterion.whole)
    case 'group': {
      const tests = criterion.criteria.map((one) => testOf(one, now, custom))
      if (criterion.operator === 'and') return (resource) => tests.every((test) => test(resource))
      const some: Matcher = (resource) => tests.some((test) => test(resource))
      return criterion.operator === 'or' ? some : (resource) => !some(resource)
    }
    default:
      throw fail('not-supported', { what: `_contained with ${beyondContained([criterion])}` })
  }
}

function clauseTest(clause: SearchClause, now: number, custom: CustomParameters | undefined): Matcher {
  const { kind, modifier, values } = clause
  if (kind !== 'id' && kind !== 'lastUpdated') return matcher(clause, now, custom)
  const member = kind === 'id' ? idOf : updatedOf
  if (modifier === 'missing') {
    const [value] = values
    const wanted = value?.kind === 'token' && value.code === 'true'
    return (resource) => (member(resource) === undefined) === wanted
  }
  if (kind === 'lastUpdated')
    return (resource) => {
      const at = updatedOf(resource)
      return at !== undefined && values.some((value) => value.kind === 'date' && dateMeets(value, at, at + 1, now))
    }
  const some: Matcher = (resource) =>
    values.some(
      (value) => value.kind === 'token' && value.code === member(resource) && (!value.system || value.system === resource.resourceType)
    )
  return modifier === 'not' ? (resource) => !some(resource) : some
}
