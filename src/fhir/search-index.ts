/**
 * What a resource is found by: index entries, filled by accessors compiled from the R4 SearchParameter definitions. The store implements IndexSink
 * and calls indexResource; it never looks at a resource itself.
 *
 * Indexed are *paths*, not parameters: each union branch of a parameter's expression, per resource type, is one path (`Observation.code`), indexed once
 * however many parameters (code, combo-code) use it. A parameter is a list of paths.
 *
 * The accessors of a type are one tree of member names: a resource is walked once, and only into members that some path wants.
 */
import { hash } from 'node:crypto'
import { emptyNode, type Node, reach, walk } from './accessors.js'
import { isResourceType, resourceTypes } from './definitions.js'
import { type CustomParameters, customPathNumber } from './search-custom.js'
import type { Step } from './search-expression.js'
import { type IndexKind, patientCompartment, standardParametersOf } from './search-parameters.js'
import { converter, patientOf } from './search-values.js'

export { fold } from './fold.js'
export type { IndexKind } from './search-parameters.js'

export interface IndexPath {
  /** Position in indexPaths(): the number given to the sink. Not stable between releases: the store keeps `name`. */
  readonly number: number
  readonly kind: IndexKind
  /** Stable name, unique per kind: `Observation.code`. */
  readonly name: string
  /** Resource type, and the way from it to the elements. */
  readonly type: string
  readonly steps: readonly Step[]
}

export interface IndexSink {
  /** system: for elements of type code that of their required value set; '' when the source gives none. */
  token(path: number, system: string, code: string): void
  /** folded: see fold(); exact: the text as it stands. */
  string(path: number, folded: string, exact: string): void
  /** A literal reference. type, id and, where it says one, version of the target; for an absolute URL that is not ours or a canonical: type '' and the URL in id. */
  reference(path: number, type: string, id: string, version?: string): void
  /** Range covered, milliseconds since 1970 UTC, from inclusive, to exclusive; open ends are -Infinity / Infinity. */
  date(path: number, from: number, to: number): void
  number(path: number, value: number): void
  quantity(path: number, value: number, system: string, code: string, unit: string): void
  uri(path: number, value: string): void
  /** An element of the path is there, whether it gives entries or not; called after them. */
  present?(path: number, value: unknown): void
  /** The resource belongs to the compartment of this Patient (id). */
  patient(id: string): void
}

let paths: readonly IndexPath[] | undefined
const numbers = new Map<string, number>()
const trees = new Map<string, Node<IndexSink>>()

/** The path of tokens that say which types a resource contains: what containers are found by. No search parameter looks there. */
export const CONTAINED = 'Resource.contained'

/** Every path of every resource type, by name and kind. */
export function indexPaths(): readonly IndexPath[] {
  if (paths === undefined) {
    const found = new Map<string, Omit<IndexPath, 'number'>>()
    found.set(`${CONTAINED} token`, { kind: 'token', name: CONTAINED, type: 'Resource', steps: [] })
    for (const type of resourceTypes()) {
      for (const { kind, paths } of standardParametersOf(type).values())
        for (const { name, steps } of paths) found.set(`${name} ${kind}`, { kind, name, type, steps })
    }
    paths = [...found.keys()].sort().map((key, number) => ({ number, ...found.get(key)! }))
    for (const { number, kind, name } of paths) numbers.set(`${name} ${kind}`, number)
  }
  return paths
}

/** The number of every path by `name kind`. */
export function pathNumbers(): ReadonlyMap<string, number> {
  indexPaths()
  return numbers
}

/** The number of a path; undefined when there is none of that kind. */
export function pathNumber(kind: IndexKind, name: string): number | undefined {
  const own = customPathNumber(name)
  if (own !== undefined) return own
  return pathNumbers().get(`${name} ${kind}`)
}

/** Raised by one whenever the same resource gives other index entries than before: a store that was indexed otherwise is indexed anew. */
const INDEX_RULES = 4

/** Names what this release indexes, and how: equal for equal rules and paths. */
export function indexVersion(): string {
  version ??= `${INDEX_RULES}-${hash(
    'sha256',
    indexPaths()
      .map(({ kind, name }) => `${kind} ${name}`)
      .join('\n')
  ).slice(0, 12)}`
  return version
}

let version: string | undefined

/** Gives every index entry of a parsed resource to the sink; custom: parameters of the store beside those of R4. Duplicates are possible. Never throws on odd content: what cannot be read is not indexed. */
export function indexResource(resource: { resourceType: string }, sink: IndexSink, custom?: CustomParameters): void {
  const { resourceType } = resource
  let tree = trees.get(resourceType)
  if (tree === undefined) {
    if (!isResourceType(resourceType)) return
    tree = compile(resourceType)
    trees.set(resourceType, tree)
  }
  if (resourceType === 'Patient') {
    const { id } = resource as { id?: unknown }
    if (typeof id === 'string') sink.patient(id)
  }
  walk(tree, resource, sink)
  if ('contained' in resource) containedTypes(resource, sink)
  custom?.index(resource, sink)
}

/** The contained resources of a parsed resource. Content of any form is taken. */
export function containedIn(container: object): readonly unknown[] {
  const { contained } = container as { contained?: unknown }
  return Array.isArray(contained) ? contained : []
}

function containedTypes(resource: object, sink: IndexSink): void {
  const path = pathNumber('token', CONTAINED)!
  const types = containedIn(resource).map((one) => (one as { resourceType?: unknown } | null)?.resourceType)
  for (const type of new Set(types)) if (typeof type === 'string' && isResourceType(type)) sink.token(path, '', type)
}

function compile(type: string): Node<IndexSink> {
  const root = emptyNode<IndexSink>()
  const compartment = patientCompartment(type)
  const done = new Set<string>()
  for (const { code, kind, paths } of standardParametersOf(type).values()) {
    const inCompartment = compartment.includes(code)
    for (const { name, steps } of paths) {
      const places = reach(root, type, steps)
      if (!done.has(`${name} ${kind}`)) {
        done.add(`${name} ${kind}`)
        const path = pathNumber(kind, name) as number
        for (const { node, type, element } of places) {
          const convert = converter(kind, type, element)
          if (convert !== undefined) node.visitors.push((value, sink) => convert(path, value, sink))
          node.visitors.push((value, sink) => {
            if (value !== undefined && value !== null) sink.present?.(path, value)
          })
        }
      }
      if (inCompartment && !done.has(`${name} compartment`)) {
        done.add(`${name} compartment`)
        for (const { node } of places) node.visitors.push(patientOf)
      }
    }
  }
  return root
}
