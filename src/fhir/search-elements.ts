/**
 * Whether a resource meets a clause or composite, found by looking at its elements. The store asks where its indexes cannot say it: which values stand in
 * one element, texts beside codes, types of identifiers, Ranges, what is missing.
 */
import { emptyNode, type Node, type Place, reach, walk } from './accessors.js'
import { fold } from './fold.js'
import { leadsTo, parseReference } from './references.js'
import { dateMeets, numberMeets, type Span } from './search-compare.js'
import type { CompositeCriterion, CriterionPath, SearchClause, SearchValue } from './search-criterion.js'
import type { CustomParameters } from './search-custom.js'
import { type IndexKind, type IndexSink, indexPaths } from './search-index.js'
import { converter } from './search-values.js'
import { lowerAscii } from './token-case.js'
import { inUnit } from './units.js'
import { above, isBelow } from './uri-hierarchy.js'

type Members = Readonly<Record<string, unknown>>
export type Matcher = (resource: { resourceType: string }) => boolean

/** What a walk finds. */
interface Hit {
  hit: boolean
}

/** True when an element's value meets the clause, its negation left aside. */
type ElementTest = (value: unknown) => boolean

/** True when index entries alone do not say whether a resource meets the clause. */
export function looksAtElements({ kind, paths, modifier, values }: SearchClause): boolean {
  if (modifier === 'text' || modifier === 'unequal' || values.some((value) => value.kind === 'near')) return true
  return (kind === 'number' || kind === 'quantity') && paths.some(({ path }) => elementTypes(path)?.includes('Range'))
}

/** The types of the elements a path leads to; undefined for paths of the store's own parameters. */
export function elementTypes(path: number): readonly string[] | undefined {
  let types = typesOfPaths.get(path)
  if (types === undefined) {
    const { type, steps } = indexPaths()[path] ?? {}
    if (type === undefined || steps === undefined) return undefined
    types = reach(emptyNode(), type, steps).map((place) => place.type)
    typesOfPaths.set(path, types)
  }
  return types
}

const typesOfPaths = new Map<number, readonly string[]>()

/** now: milliseconds since 1970, for `ap`. custom: the store's own parameters. Clauses must have paths (not _id, not _lastUpdated). */
export function matcher(criterion: SearchClause | CompositeCriterion, now: number, custom?: CustomParameters): Matcher {
  if ('parts' in criterion) return compositeMatcher(criterion, now)
  const wanted = !isNegative(criterion)
  const own = new Set(criterion.paths.map(({ path }) => path).filter((path) => indexPaths()[path] === undefined))
  const entry = { hit: false }
  const sink = entrySink(criterion, undefined, now, entry)
  const trees = new Map<string, Node<Hit>>()
  return (resource) => {
    const { resourceType } = resource
    let tree = trees.get(resourceType)
    if (tree === undefined) {
      tree = treeOf(criterion, resourceType, 0, resourceType, now)
      trees.set(resourceType, tree)
    }
    const context = { hit: false }
    walk(tree, resource, context)
    if (!context.hit && own.size > 0) {
      entry.hit = false
      custom?.index(resource, sink, own)
      context.hit = entry.hit
    }
    return context.hit === wanted
  }
}

function isNegative({ modifier, values: [value] }: SearchClause): boolean {
  return modifier === 'not' || (modifier === 'missing' && value?.kind === 'token' && value.code === 'true')
}

function compositeMatcher({ type, steps, parts }: CompositeCriterion, now: number): Matcher {
  const root = emptyNode<Hit>()
  const whole = parts.filter((part) => part.whole).map(({ clause }) => matcher(clause, now))
  for (const { node, type: elementType } of reach(root, type, steps)) {
    const trees = parts.filter((part) => !part.whole).map(({ clause }) => treeOf(clause, type, steps.length, elementType, now))
    node.visitors.push((element, context) => {
      context.hit ||= trees.every((tree) => {
        const part = { hit: false }
        walk(tree, element, part)
        return part.hit
      })
    })
  }
  return (resource) => {
    if (resource.resourceType !== type || !whole.every((test) => test(resource))) return false
    const context = { hit: false }
    walk(root, resource, context)
    return context.hit
  }
}

/** The paths of a clause in one resource type, without their first `skip` steps, from values of type `from`. */
function treeOf(clause: SearchClause, resourceType: string, skip: number, from: string, now: number): Node<Hit> {
  const root = emptyNode<Hit>()
  const near = clause.values.flatMap((value) => (value.kind === 'near' ? [value] : []))
  if (near.length > 0) {
    for (const { node } of reach(root, 'Location', [{ kind: 'member', name: 'position' }]))
      node.visitors.push((value, context) => {
        context.hit ||= near.some((wanted) => isNear(value, wanted))
      })
  }
  for (const path of clause.paths) {
    const known = indexPaths()[path.path]
    if (known?.type !== resourceType) continue
    const { steps, kind } = known
    for (const place of reach(root, from, steps.slice(skip))) {
      const test = elementTest(clause, kind, path, place, now)
      if (test !== undefined)
        place.node.visitors.push((value, context) => {
          context.hit ||= test(value)
        })
    }
  }
  return root
}

function elementTest(clause: SearchClause, kind: IndexKind, path: CriterionPath, place: Place<Hit>, now: number): ElementTest | undefined {
  const { modifier, values } = clause
  if (modifier === 'missing') return (value) => isPresent(value) && mayPointTo(value, path.targets)
  if (modifier === 'text') {
    const wanted = values.flatMap((value) => (value.kind === 'string' ? [value.folded] : []))
    return (value) => textsOf(value).some((text) => wanted.some((start) => fold(text).startsWith(start)))
  }
  if (modifier === 'of-type') return (value) => values.some((wanted) => wanted.kind === 'identifier' && isIdentifier(value, wanted))
  if (modifier === 'identifier')
    return (value) => isObject(value) && entriesMeet(clause, 'token', 'Identifier', path, now)(value['identifier'])
  if (place.type === 'Range') return (value) => values.some((wanted) => rangeMeets(value, wanted))
  return entriesMeet(clause, kind, place.type, path, now, place)
}

/** A test of the index entries that a value gives. */
function entriesMeet(
  clause: SearchClause,
  kind: IndexKind,
  type: string,
  { targets }: CriterionPath,
  now: number,
  place?: Place<Hit>
): ElementTest {
  const convert = converter(kind, type, place?.element)
  if (convert === undefined) return () => false
  const context = { hit: false }
  const sink = entrySink(clause, targets, now, context)
  return (value) => {
    context.hit = false
    convert(0, value, sink)
    return context.hit
  }
}

/** Takes index entries and sets `context.hit` when one of them meets the clause, its negation left aside. */
function entrySink({ values, modifier }: SearchClause, targets: readonly string[] | undefined, now: number, context: Hit): IndexSink {
  const some = <K extends SearchValue['kind']>(kind: K, test: (value: Extract<SearchValue, { kind: K }>) => boolean) => {
    const met = modifier === 'missing' || values.some((value) => value.kind === kind && test(value as Extract<SearchValue, { kind: K }>))
    context.hit ||= met === (modifier !== 'unequal')
  }
  const sets = values.flatMap((value) =>
    value.kind === 'codes' ? [new Set(value.codes.map(([system, code]) => `${system}|${code}`))] : []
  )
  return {
    token: (_, system, code) => {
      some('token', (wanted) => (wanted.system === undefined || wanted.system === system) && isCode(wanted, code))
      context.hit ||= sets.some((set) => set.has(`${system}|${code}`))
    },
    string: (_, folded, exact) =>
      some('string', (wanted) => {
        if (modifier === 'exact') return wanted.text === exact
        if (modifier === 'contains') return folded.includes(wanted.folded)
        if (wanted.match === 'whole') return folded === wanted.folded
        return wanted.match === 'end' ? folded.endsWith(wanted.folded) : folded.startsWith(wanted.folded)
      }),
    reference: (_, type, id) =>
      some('reference', (wanted) => {
        if (wanted.url !== undefined) return type === '' && wanted.url === id && leadsTo(id, targets)
        if (targets !== undefined && !(type === '' ? leadsTo(id, targets) : targets.includes(type))) return false
        if (type === '')
          return (wanted.type === '' ? (wanted.types ?? []) : [wanted.type]).some((type) => id === `${wanted.base}/${type}/${wanted.id}`)
        return wanted.id === id && (wanted.type === '' || wanted.type === type)
      }),
    date: (_, from, to) => some('date', (wanted) => dateMeets(wanted, from, to, now)),
    number: (_, value) => some('number', (wanted) => numberMeets(wanted, { low: value, high: value })),
    quantity: (_, value, system, code, unit) =>
      some('quantity', (wanted) => quantityMeets(wanted, { low: value, high: value }, system, code, unit)),
    uri: (_, value) =>
      some('uri', (wanted) => {
        if (modifier === 'below') return isBelow(value, wanted.value)
        return modifier === 'above' ? above(wanted.value).includes(value) : wanted.value === value
      }),
    patient: () => {}
  }
}

function isCode(wanted: Extract<SearchValue, { kind: 'token' }>, code: string): boolean {
  return wanted.code === '' || wanted.code === code || (wanted.anyCase === true && lowerAscii(wanted.code) === lowerAscii(code))
}

function quantityMeets(
  wanted: Extract<SearchValue, { kind: 'quantity' }>,
  span: Span,
  system: string,
  code: string,
  unit: string
): boolean {
  const converted = inUnit(wanted, system, code)
  if (converted !== undefined) return numberMeets(converted, span)
  if (wanted.code !== undefined && wanted.code !== code && (wanted.system !== undefined || wanted.code !== unit)) return false
  return (wanted.system === undefined || wanted.system === system) && numberMeets(wanted, span)
}

/** A Range as one span; an end that is not given is open. */
function rangeMeets(range: unknown, wanted: SearchValue): boolean {
  if (!isObject(range)) return false
  const [low, high] = [range['low'], range['high']].map((end) => (isObject(end) && typeof end['value'] === 'number' ? end : undefined))
  const unit = low ?? high
  if (unit === undefined) return false
  const span = {
    low: (low?.['value'] as number) ?? Number.NEGATIVE_INFINITY,
    high: (high?.['value'] as number) ?? Number.POSITIVE_INFINITY
  }
  if (wanted.kind === 'number') return numberMeets(wanted, span)
  return wanted.kind === 'quantity' && quantityMeets(wanted, span, text(unit['system']), text(unit['code']), text(unit['unit']))
}

/** The texts beside a code: CodeableConcept.text, Coding.display, Identifier.type.text. */
export function textsOf(value: unknown): string[] {
  if (!isObject(value)) return []
  const { text, display, coding, type } = value
  const codings = Array.isArray(coding) ? coding.flatMap(textsOf) : []
  return [...[text, display].filter((one) => typeof one === 'string'), ...codings, ...(isObject(type) ? textsOf(type) : [])]
}

function isIdentifier(value: unknown, wanted: Extract<SearchValue, { kind: 'identifier' }>): boolean {
  if (!isObject(value) || value['value'] !== wanted.value || !isObject(value['type'])) return false
  const { coding } = value['type']
  return Array.isArray(coding) && coding.some((one) => isObject(one) && one['system'] === wanted.system && one['code'] === wanted.code)
}

function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null
}

/** False for a reference that says it points to another type. */
function mayPointTo(value: unknown, targets: readonly string[] | undefined): boolean {
  if (targets === undefined || !isObject(value)) return true
  const { reference, type } = value
  const literal = typeof reference === 'string' ? parseReference(reference) : undefined
  const known =
    literal?.kind === 'relative'
      ? literal.type
      : literal?.kind === 'absolute'
        ? literal.target?.type
        : typeof type === 'string'
          ? type
          : undefined
  return known !== undefined && targets.includes(known)
}

const EARTH_METRES = 6_371_008.8

/** Location.position within a distance, on a sphere. */
function isNear(position: unknown, { latitude, longitude, metres }: Extract<SearchValue, { kind: 'near' }>): boolean {
  if (!isObject(position) || typeof position['latitude'] !== 'number' || typeof position['longitude'] !== 'number') return false
  const radians = (degrees: number) => (degrees * Math.PI) / 180
  const [here, there] = [radians(latitude), radians(position['latitude'])]
  const half = (angle: number) => Math.sin(angle / 2) ** 2
  const h = half(there - here) + Math.cos(here) * Math.cos(there) * half(radians(position['longitude'] - longitude))
  return 2 * EARTH_METRES * Math.asin(Math.min(1, Math.sqrt(h))) <= metres
}

function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
