/** Slicing: to which slice a value belongs (R4 profiling.html#slicing). */
import { isResourceType, typeDefinition } from '../definitions.js'
import type { Scope } from './invariants.js'
import { resolve } from './resolve.js'
import { boundCodings, type Slicing, structureOf, withoutVersion } from './structures.js'
import { type Node, treeOf } from './tree.js'
import { equals, type Item, isObject, isThere, type Members, meets } from './values.js'

/** Undefined: it cannot be told, as a reference leads out of what is being validated. */
export type Belongs = (item: Item, scope: Scope) => boolean | undefined

/** Whether a resource or data type meets a profile; given by validation itself. */
export type Conforms = (value: unknown, type: string | undefined, profile: string, scope: Scope) => boolean

type Discriminator = NonNullable<Slicing['discriminator']>[number]

/** How values of an element of this name are known to be of `slice`. Of a slice that its discriminators say nothing about it cannot be told. */
export function belongsTo(name: string, slicing: Slicing | undefined, slice: Node, conforms: Conforms): Belongs {
  const discriminators = slicing?.discriminator ?? impliedDiscriminators(name)
  const tests = discriminators.map((one) => test(slice, one, conforms)).filter((one) => one !== undefined)
  if (tests.length === 0) return () => undefined
  return (item, scope) => {
    let belongs: boolean | undefined = true
    for (const one of tests) {
      const answer = one(item, scope)
      if (answer === false) return false
      belongs = answer === undefined ? undefined : belongs
    }
    return belongs
  }
}

/** Extensions are told apart by url and choices by type, where nothing else is said. */
function impliedDiscriminators(name: string): readonly Discriminator[] {
  if (name === 'extension' || name === 'modifierExtension') return [{ type: 'value', path: 'url' }]
  return name.endsWith('[x]') ? [{ type: 'type', path: '$this' }] : []
}

function test(slice: Node, { type, path }: Discriminator, conforms: Conforms): Belongs | undefined {
  const steps = parsePath(path)
  if (type === 'type') return typeTest(nodesAt(slice, steps), steps)
  if (type === 'profile') {
    // What a reference leads to: the profiles are those of the reference.
    const own = steps.at(-1) === 'resolve()' ? steps.slice(0, -1) : steps
    return profileTest(nodesAt(slice, own), steps, conforms)
  }
  if (type === 'exists') return existsTest(nodesAt(slice, steps), steps)
  const expected = expectedAt(slice, steps)
  if (expected.length === 0) return undefined
  return over(steps, (values) => values.some(({ value }) => expected.some((one) => one(value))))
}

function typeTest(nodes: readonly Node[], steps: readonly string[]): Belongs {
  const types = new Set(nodes.flatMap(({ name, row }) => row.type?.map(({ code }) => code) ?? (/^[A-Z]/.test(name) ? [name] : [])))
  return over(steps, (values) => values.some(({ value, type }) => types.has(typeName(value, type))))
}

/** A nested resource says its type itself; `Observation.component` is a BackboneElement. */
function typeName(value: unknown, type: string | undefined): string {
  if (isObject(value) && typeof value['resourceType'] === 'string') return value['resourceType']
  const definition = type === undefined ? undefined : typeDefinition(type)
  return (definition?.kind === 'backbone' ? definition.base : type) ?? ''
}

function profileTest(nodes: readonly Node[], steps: readonly string[], conforms: Conforms): Belongs {
  const profiles = nodes.flatMap(({ row }) =>
    (row.type ?? []).flatMap(({ profile = [], targetProfile = [] }) => [...profile, ...targetProfile])
  )
  return over(steps, (values, scope) => values.some(({ value, type }) => profiles.some((profile) => conforms(value, type, profile, scope))))
}

function existsTest(nodes: readonly Node[], steps: readonly string[]): Belongs | undefined {
  const [node] = nodes
  if (node?.row.max === '0') return over(steps, (values) => values.length === 0)
  return (node?.row.min ?? 0) > 0 ? over(steps, (values) => values.length > 0) : undefined
}

// ------------------------------------------------------------------------------------------------ what a slice asks for

/** What a reference leads to: a profile, or a type of R4 that asks for nothing more. */
function targetNode(canonical: string): Node[] {
  const structure = structureOf(canonical)
  if (structure !== undefined) return [treeOf(structure)]
  const name = withoutVersion(canonical).split('/').pop() ?? ''
  return isResourceType(name) ? [{ name, row: { id: name }, children: new Map(), slices: new Map() }] : []
}

/** The elements of a slice at a path: also those inside slices that must be there. */
function nodesAt(node: Node, steps: readonly string[]): Node[] {
  const [step, ...rest] = steps
  if (step === undefined) return [node]
  if (step === 'resolve()') {
    const targets = (node.row.type ?? []).flatMap(({ targetProfile = [] }) => targetProfile.flatMap(targetNode))
    return targets.flatMap((target) => nodesAt(target, rest))
  }
  const [name, slice] = step.split(':')
  const child = node.children.get(name as string) ?? node.children.get(`${name}[x]`)
  if (child === undefined) return []
  if (slice !== undefined)
    return [...child.slices.values()].filter((one) => extensionUrl(one) === slice).flatMap((one) => nodesAt(one, rest))
  const required = [...child.slices.values()].filter(({ row }) => (row.min ?? 0) > 0)
  return [child, ...required].flatMap((one) => nodesAt(one, rest))
}

type Expected = (value: unknown) => boolean

/** What the values at a path must be: fixed there, or part of what is fixed above, or of a bound value set. */
function expectedAt(slice: Node, steps: readonly string[]): Expected[] {
  const found: Expected[] = []
  for (let depth = 0; depth <= steps.length; depth++) {
    for (const node of nodesAt(slice, steps.slice(0, depth))) {
      const url = steps[depth] === 'url' ? extensionUrl(node) : undefined
      if (url !== undefined) found.push((value) => value === url)
      for (const [name, wanted] of Object.entries(node.row)) {
        const fixed = /^fixed[A-Z]/.test(name)
        if (!fixed && !/^pattern[A-Z]/.test(name)) continue
        for (const { value: part } of partsAt({ value: wanted, half: undefined, type: undefined, index: -1 }, steps.slice(depth))) {
          found.push(fixed ? (value) => equals(value, part) : (value) => meets(value, part))
        }
      }
    }
  }
  return found.length > 0 ? found : nodesAt(slice, steps).flatMap(boundTest)
}

function boundTest({ row }: Node): Expected[] {
  const { strength, valueSet } = row.binding ?? {}
  const codings = strength === 'required' && valueSet !== undefined ? boundCodings(valueSet) : undefined
  if (codings === undefined) return []
  const isIn = (value: unknown): boolean => {
    if (typeof value === 'string') return [...codings.values()].some((codes) => codes.has(value))
    if (!isObject(value)) return false
    if (Array.isArray(value['coding'])) return value['coding'].some(isIn)
    return codings.get(value['system'] as string)?.has(value['code'] as string) === true
  }
  return [isIn]
}

/** The url of the extension that a slice stands for, when it names its definition or fixes the url. */
export function extensionUrl({ row, children }: Node): string | undefined {
  const fixed = (children.get('url')?.row as { fixedUri?: unknown } | undefined)?.fixedUri
  if (typeof fixed === 'string') return fixed
  return row.type?.find(({ code }) => code === 'Extension')?.profile?.[0]?.split('|', 1)[0]
}

// ---------------------------------------------------------------------------------------------------- values in a resource

/** `code.coding.system` -> steps; `extension('url')` -> `extension:url`; `$this` and `ofType(x)` are no step. */
function parsePath(path: string): string[] {
  const calls = path.replace(/extension\('([^']*)'\)/g, (_, url: string) => `extension:${encodeURIComponent(url).replaceAll('.', '%2E')}`)
  return calls
    .split('.')
    .filter((step) => step !== '$this' && !step.startsWith('ofType('))
    .map((step) => (step.startsWith('extension:') ? decodeURIComponent(step) : step))
}

function over(steps: readonly string[], test: (values: readonly Item[], scope: Scope) => boolean): Belongs {
  const plain = steps.every((step) => step !== 'resolve()')
  return (item, scope) => {
    if (plain) return test(partsAt(item, steps), scope)
    const values = resolvedAt(item, steps, scope)
    return values === undefined ? undefined : test(values, scope)
  }
}

/** As partsAt, through references; undefined when one leads to what is not here. */
function resolvedAt(item: Item, steps: readonly string[], scope: Scope): Item[] | undefined {
  const at = steps.indexOf('resolve()')
  if (at === -1) return partsAt(item, steps)
  const found: Item[] = []
  for (const { value } of partsAt(item, steps.slice(0, at))) {
    const target = resolve(value, scope)
    if (target === undefined) return undefined
    const inner = resolvedAt({ value: target, half: undefined, type: undefined, index: -1 }, steps.slice(at + 1), scope)
    if (inner === undefined) return undefined
    found.push(...inner)
  }
  return found
}

function partsAt(item: Item, steps: readonly string[]): Item[] {
  let items: Item[] = [item]
  for (const step of steps) items = items.flatMap(({ value, type }) => (isObject(value) ? membersAt(value, type, step) : []))
  return items
}

function membersAt(object: Members, type: string | undefined, step: string): Item[] {
  const [name = '', url] = step.split(/:(.*)/s)
  const owner = typeof object['resourceType'] === 'string' ? object['resourceType'] : type
  const members = owner === undefined ? undefined : typeDefinition(owner)?.members
  const found: Item[] = []
  for (const member of Object.keys(object)) {
    const known = members?.get(member)
    const isChoice =
      known === undefined ? member.startsWith(name) && /^[A-Z]/.test(member.slice(name.length)) : known.element.name === `${name}[x]`
    if (member !== name && !isChoice) continue
    const value = object[member]
    for (const [index, one] of (Array.isArray(value) ? value : [value]).entries()) {
      if (!isThere(one) || (url !== undefined && (!isObject(one) || one['url'] !== url))) continue
      found.push({ value: one, half: undefined, type: known?.type, index })
    }
  }
  return found
}
