/**
 * Search parameters of a store beside those of R4: SearchParameter resources of status `active` that somebody uploaded. Expressions that fall into
 * the compiled part of FHIRPath (search-expression.ts) become accessors; all others are evaluated by whoever keeps them (the store, in a thread that
 * can be killed). Nothing uploaded becomes source code.
 */
import { fail, type WardbridgeError } from '../errors.js'
import { emptyNode, type Node, type Place, reach, walk } from './accessors.js'
import { isResourceType, resourceTypes, typeDefinition } from './definitions.js'
import { componentFault, componentsOf } from './search-composite.js'
import { type Branch, parseExpression, type Step } from './search-expression.js'
import { expressionFault, type TypedValue } from './search-fhirpath.js'
import type { IndexSink } from './search-index.js'
import {
  type CompositeParameter,
  type CompositeRow,
  composite,
  definedByR4,
  type IndexKind,
  KINDS,
  type SearchParameter,
  standardCompositesOf,
  standardParametersOf
} from './search-parameters.js'
import { converter } from './search-values.js'

/** What an active SearchParameter asks for. */
export interface CustomRequest {
  /** Id of the resource. */
  readonly id: string
  readonly url: string
  readonly code: string
  readonly kind: IndexKind | 'composite'
  /** Resource types, abstract ones resolved. */
  readonly types: readonly string[]
  readonly expression: string
  /** Of references: the types they may point to; empty: any. */
  readonly targets: readonly string[]
  /** Of composites: parameters of R4 and where they look in the elements of the expression. */
  readonly component?: CompositeRow['component']
}

/** The same as the store keeps it; structured-clonable. */
export interface CustomDefinition extends CustomRequest {
  /** waiting: existing resources are not indexed yet; failed: it is not used, because another one has its code, or because its expression was given up. */
  readonly state: 'waiting' | 'active' | 'failed'
  readonly reason?: 'taken' | 'slow'
  /** Numbers of its index paths in the store, one for each of `types`; none when it failed, and for composites, which use those of their parts. */
  readonly paths: readonly number[]
}

/** Values of an expression in a parsed resource; undefined when it had to be given up: the parameter is not used any more then. */
export type Evaluate = (expression: string, resource: object) => readonly TypedValue[] | undefined

interface Members {
  readonly [name: string]: unknown
}

// ----------------------------------------------------------------------------------------------------------------- reading

/**
 * Reads a parsed SearchParameter. `request` is undefined for one that asks for nothing: not active, or R4's own. `errors`: why an active one cannot be
 * used, each resource.invalid with the expression of the element.
 */
export function readSearchParameter(resource: object): { readonly request?: CustomRequest; readonly errors: readonly WardbridgeError[] } {
  const { id, url, status, code, type, base, expression, target, component } = resource as Members
  if (status !== 'active' || isStandard(resource)) return { errors: [] }
  const errors: WardbridgeError[] = []
  const wrong = (element: string, reason: string) =>
    errors.push(fail('resource.invalid', { reason: `SearchParameter.${element}: ${reason}` }, { expression: `SearchParameter.${element}` }))

  const types = Array.isArray(base) ? [...new Set(base.flatMap(typesOf))] : []
  if (types.length === 0) wrong('base', 'must name a resource type')
  else if (Array.isArray(base) && base.some((one) => typesOf(one).length === 0)) wrong('base', 'has something that is no resource type')
  const parts = type === 'composite' ? componentsOf(component) : undefined
  if (type !== 'composite' && !KINDS.includes(String(type)))
    wrong('type', `"${String(type).slice(0, 40)}" parameters cannot be added to this server`)
  if (typeof code !== 'string' || !/^[A-Za-z][\w-]{0,99}$/.test(code))
    wrong('code', 'must be a letter, followed by letters, digits, - or _')
  else {
    const clash = types.find((one) => standardParametersOf(one).has(code) || standardCompositesOf(one).has(code))
    if (clash !== undefined) wrong('code', `"${code}" is a search parameter of R4 for ${clash} already; choose another code`)
  }
  if (typeof expression !== 'string' || expression.trim() === '') wrong('expression', 'is needed to know what to index')
  else {
    const compiled = types.map((one) => compileBranches(expression, one))
    const none = compiled.findIndex((branches) => branches?.length === 0)
    if (none >= 0) wrong('expression', `has nothing that begins with ${types[none]}`)
    else if (type === 'composite') {
      if (compiled.includes(undefined)) wrong('expression', 'of a composite must be a path')
      else if (parts === undefined) wrong('component', 'needs two parts or more, each with definition and expression')
      else if (errors.length === 0) {
        const row = { url: String(url), code: String(code), expression, component: parts }
        const fault = types.map((one) => componentFault(row, one)).find((one) => one !== undefined)
        if (fault !== undefined) wrong('component', fault)
      }
    } else if (
      errors.length === 0 &&
      !compiled.some((branches, n) => branches === undefined || leadsTo(type as IndexKind, types[n]!, branches))
    )
      wrong('expression', `leads to no element that a ${type} parameter can search`)
    const reason = compiled.includes(undefined) ? expressionFault(expression) : undefined
    if (reason !== undefined) wrong('expression', `cannot be used: ${reason}`)
  }
  if (errors.length > 0) return { errors }
  const targets = Array.isArray(target) ? target.flatMap(typesOf) : []
  return {
    request: {
      id: String(id),
      url: String(url),
      code: String(code),
      kind: type as CustomRequest['kind'],
      types,
      expression: String(expression),
      targets,
      ...(parts === undefined ? {} : { component: parts })
    },
    errors: []
  }
}

/** True for R4's own parameters, and for what says that it is one of them with narrower rules (`derivedFrom`, the code being the same). */
export function isStandard(resource: object): boolean {
  const { url, derivedFrom, code, base } = resource as Members
  if (typeof url === 'string' && definedByR4(url)) return true
  if (typeof derivedFrom !== 'string' || typeof code !== 'string' || !Array.isArray(base)) return false
  const from = derivedFrom.split('|', 1)[0]!
  const types = base.flatMap(typesOf)
  return (
    types.length > 0 && types.every((type) => (standardParametersOf(type).get(code) ?? standardCompositesOf(type).get(code))?.url === from)
  )
}

/** Resource types that a code of SearchParameter.base stands for. */
function typesOf(base: unknown): readonly string[] {
  if (base === 'Resource') return resourceTypes()
  if (base === 'DomainResource') return resourceTypes().filter((type) => typeDefinition(type)?.members.has('text'))
  return typeof base === 'string' && isResourceType(base) ? [base] : []
}

/** The branches for a type; undefined when the expression is outside the compiled part. Items are: R4 has them only where a list stands alone. */
function compileBranches(expression: string, type: string): readonly Branch[] | undefined {
  try {
    const branches = parseExpression(expression, type)
    return branches.some(({ steps }) => steps.some(({ kind }) => kind === 'item')) ? undefined : branches
  } catch {
    return undefined
  }
}

/** True when the branches lead to an element that a parameter of the kind can index. */
function leadsTo(kind: IndexKind, type: string, branches: readonly Branch[]): boolean {
  return branches.some(({ steps }) => endsOf(emptyNode(), type, steps).some((end) => converter(kind, end.type, end.element) !== undefined))
}

/** Where a path ends. An extension stands for its value. */
function endsOf(root: Node<IndexSink>, type: string, steps: readonly Step[]): ReadonlyArray<Place<IndexSink>> {
  const value: Step = { kind: 'member', name: 'value' }
  return reach(root, type, steps).flatMap((end) => (end.type === 'Extension' ? reach(end.node, 'Extension', [value]) : [end]))
}

// ---------------------------------------------------------------------------------------------------------------- using

interface CustomPath {
  readonly number: number
  readonly definition: CustomDefinition & { readonly kind: IndexKind }
}

const PREFIX = 'custom:'

/** Index paths of a store's own parameters are named by their number there: see pathNumber(). */
export function customPathNumber(name: string): number | undefined {
  return name.startsWith(PREFIX) ? Number(name.slice(PREFIX.length)) : undefined
}

/** The parameters of one store, as of one moment. */
export class CustomParameters {
  readonly definitions: readonly CustomDefinition[]
  readonly #evaluate: Evaluate | undefined
  readonly #paths = new Map<string, CustomPath[]>()
  readonly #trees = new Map<string, Node<IndexSink>>()
  readonly #merged = new Map<string, ReadonlyMap<string, SearchParameter>>()
  readonly #composites = new Map<string, ReadonlyMap<string, CompositeParameter>>()
  /** Definitions whose expression was given up, with the type of the resource it was given up on. */
  readonly givenUp = new Map<CustomDefinition, string>()

  /** numberOf: the number that index sinks know a path of the store by. evaluate: needed where resources are indexed. */
  constructor(definitions: readonly CustomDefinition[], numberOf: (path: number) => number, evaluate?: Evaluate) {
    this.definitions = definitions
    this.#evaluate = evaluate
    for (const definition of definitions) {
      if (!isIndexed(definition)) continue
      for (const [n, type] of definition.types.entries()) {
        const path = definition.paths[n]
        if (path === undefined) continue
        const known = this.#paths.get(type)
        const entry = { number: numberOf(path), definition }
        if (known === undefined) this.#paths.set(type, [entry])
        else known.push(entry)
      }
    }
  }

  /** R4's parameters of a type with those of the store that are ready. */
  parametersOf(type: string): ReadonlyMap<string, SearchParameter> {
    const standard = standardParametersOf(type)
    const own = this.#paths.get(type)
    if (own === undefined) return standard
    let merged = this.#merged.get(type)
    if (merged === undefined) {
      const ready = own.filter(({ definition }) => definition.state === 'active')
      merged = new Map([...standard, ...ready.map((path) => [path.definition.code, searchParameter(path)] as const)])
      this.#merged.set(type, merged)
    }
    return merged
  }

  /** R4's composite parameters of a type with those of the store. */
  compositesOf(type: string): ReadonlyMap<string, CompositeParameter> {
    let merged = this.#composites.get(type)
    if (merged === undefined) {
      const own = this.definitions.filter(({ kind, state, types }) => kind === 'composite' && state === 'active' && types.includes(type))
      merged =
        own.length === 0
          ? standardCompositesOf(type)
          : new Map([...standardCompositesOf(type), ...own.map((one) => [one.code, composite(one, type)] as const)])
      this.#composites.set(type, merged)
    }
    return merged
  }

  /** Gives the index entries of the parameters that are ready or waiting; of these paths only, where they are given. */
  index(resource: { resourceType: string }, sink: IndexSink, only?: ReadonlySet<number>): void {
    const { resourceType } = resource
    const paths = this.#paths.get(resourceType)
    if (paths === undefined) return
    for (const path of paths) {
      if (only !== undefined && !only.has(path.number)) continue
      const tree = this.#tree(path, resourceType)
      if (tree !== undefined) walk(tree, resource, sink)
      else this.#evaluated(path, resource, sink)
    }
  }

  #tree(path: CustomPath, type: string): Node<IndexSink> | undefined {
    const key = `${path.number}`
    let tree = this.#trees.get(key)
    if (tree === undefined) {
      const branches = compileBranches(path.definition.expression, type)
      if (branches === undefined) return undefined
      tree = emptyNode<IndexSink>()
      for (const branch of branches) addBranch(tree, type, path, branch)
      this.#trees.set(key, tree)
    }
    return tree
  }

  #evaluated({ number, definition }: CustomPath, resource: { resourceType: string }, sink: IndexSink): void {
    if (this.#evaluate === undefined || this.givenUp.has(definition)) return
    const values = this.#evaluate(definition.expression, resource)
    if (values === undefined) this.givenUp.set(definition, resource.resourceType)
    for (const typed of values ?? []) {
      const { type, value } = typed.type === 'Extension' ? extensionValue(typed.value) : typed
      converter(definition.kind, type)?.(number, value, sink)
    }
  }
}

function isIndexed(definition: CustomDefinition): definition is CustomPath['definition'] {
  return definition.kind !== 'composite'
}

function searchParameter({ number, definition: { code, url, kind, targets } }: CustomPath): SearchParameter {
  return { code, url, kind, targets, paths: [{ name: `${PREFIX}${number}`, steps: [], targets: undefined }] }
}

/** `where(resolve() is T)` is asked of the reference when it is indexed. */
function addBranch(root: Node<IndexSink>, type: string, { number, definition }: CustomPath, { steps, targets }: Branch): void {
  for (const { node, type: valueType, element } of endsOf(root, type, steps)) {
    const convert = converter(definition.kind, valueType, element)
    if (convert === undefined) continue
    node.visitors.push((value, sink) => {
      if (targets === undefined || targets.some((target) => refersTo(value, target))) convert(number, value, sink)
    })
  }
}

function refersTo(value: unknown, type: string): boolean {
  const reference = (value as Members | null)?.['reference']
  return typeof reference === 'string' && new RegExp(`(^|/)${type}/[^/]+(/_history/[^/]+)?$`).test(reference)
}

function extensionValue(extension: unknown): TypedValue {
  for (const [name, value] of Object.entries((extension ?? {}) as Members)) {
    if (!name.startsWith('value')) continue
    const rest = name.slice('value'.length)
    const primitive = rest.charAt(0).toLowerCase() + rest.slice(1)
    return { type: typeDefinition(rest) === undefined ? primitive : rest, value }
  }
  return { type: '', value: undefined }
}
