/**
 * Criteria of a search as parameters of the Cloud Healthcare API. A criterion becomes one alternative or several, of which any may be met: parameters of one
 * request are ANDed and an OR over different parameters cannot be said, so that alternatives are searched one after the other.
 *
 * What the API has no parameter for gives an alternative without parameters: everything must be fetched and looked at.
 */
import {
  type ChainCriterion,
  type CompartmentCriterion,
  type CompositeCriterion,
  type Criterion,
  type GroupCriterion,
  type HasCriterion,
  isClause,
  type SearchClause
} from '../../fhir/search-criterion.js'
import { type IndexKind, indexPaths, pathNumber } from '../../fhir/search-index.js'
import { compartmentParameters, type SearchParameter, standardParametersOf } from '../../fhir/search-parameters.js'
import { textsOf } from './value-text.js'

export type Param = readonly [name: string, value: string]

export interface Alternative {
  /** ANDed. None: all resources of the type. */
  readonly params: readonly Param[]
  /** False: the API finds all that is meant and maybe more, so that each resource is to be tested. */
  readonly exact: boolean
  /** What the alternative stands for; a chain or _has is not in it. */
  readonly test: Criterion
}

/** Characters of one value, so that addresses stay far below 16 KiB. */
const MOST_TEXT = 3000
/** Alternatives of one criterion: of more everything is looked at. */
const MOST_ALTERNATIVES = 64
/** Modifiers that the API has, beside :not and [type]. */
const MODIFIERS: readonly string[] = ['exact', 'contains', 'text', 'above', 'below']
/** Composites that the API has kept. */
const COMPOSITES: readonly string[] = [
  'relationship',
  'component-code-value-concept',
  'component-code-value-quantity',
  'combo-code-value-concept',
  'combo-code-value-quantity'
]

export const ALWAYS: Criterion = { kind: 'group', operator: 'and', criteria: [] }

/** The ways in which resources of a type meet a criterion; none: they cannot. Chains and _has must be passable(). */
export function alternatives(criterion: Criterion, type: string): Alternative[] {
  if (isClause(criterion)) return clauseAlternatives(criterion, type)
  switch (criterion.kind) {
    case 'group':
      return groupAlternatives(criterion, type)
    case 'type':
      return criterion.types.includes(type) ? [{ params: [], exact: true, test: ALWAYS }] : []
    case 'compartment':
      return compartmentAlternatives(criterion, type)
    case 'composite':
      return compositeAlternatives(criterion, type)
    case 'chain':
    case 'has': {
      const param = passed(criterion, type)
      if (param === undefined) throw new Error(`${criterion.kind} was not resolved`)
      return [{ params: [param], exact: true, test: ALWAYS }]
    }
    case 'text':
      return scan(criterion)
  }
}

/** True when nothing but a look at every resource of the type shows what meets the criterion. */
export function needsScan(all: readonly Alternative[]): boolean {
  return all.some(({ params, exact }) => params.length === 0 && !exact)
}

/** A chain or _has as one parameter of the API; undefined when it is none. */
export function passed(criterion: ChainCriterion | HasCriterion, type: string): Param | undefined {
  if (criterion.kind === 'has') {
    const name = nameOf(criterion.from, 'reference', criterion.paths, criterion.parameter)
    const inner = single(criterion.criterion, criterion.from)
    return name === undefined || inner === undefined ? undefined : [`_has:${criterion.from}:${name}:${inner[0]}`, inner[1]]
  }
  const name = nameOf(type, 'reference', criterion.paths, criterion.parameter)
  const inner = criterion.to.map((one) => single(one.criterion, one.type))
  const [first] = inner
  if (name === undefined || first === undefined || inner.some((one) => one?.[0] !== first[0] || one[1] !== first[1])) return undefined
  const to = criterion.to.length === 1 ? `:${criterion.to[0]!.type}` : ''
  return [`${name}${to}.${first[0]}`, first[1]]
}

/** The one parameter that says all of a criterion. */
function single(criterion: Criterion, type: string): Param | undefined {
  if (isChained(criterion)) return passed(criterion, type)
  if (!isClause(criterion) && criterion.kind === 'group' && criterion.criteria.some(holdsChain)) return undefined
  const [only, more] = alternatives(criterion, type)
  return only?.exact && only.params.length === 1 && more === undefined ? only.params[0] : undefined
}

export function isChained(criterion: Criterion): criterion is ChainCriterion | HasCriterion {
  return criterion.kind === 'chain' || criterion.kind === 'has'
}

/** True when a chain or _has is somewhere in a criterion. */
export function holdsChain(criterion: Criterion): boolean {
  if (isClause(criterion)) return false
  return isChained(criterion) || (criterion.kind === 'group' && criterion.criteria.some(holdsChain))
}

/** The parameter of a type that looks at exactly these paths. wanted: its name, if it is that. */
export function nameOf(
  type: string,
  kind: IndexKind,
  paths: ReadonlyArray<{ readonly path: number; readonly targets?: readonly string[] }>,
  wanted?: string
): string | undefined {
  const key = keyOf(ownPaths(type, paths))
  const fits = (parameter: SearchParameter | undefined) => parameter?.kind === kind && keyOf(pathsOf(parameter)) === key
  const parameters = standardParametersOf(type)
  if (wanted !== undefined && fits(parameters.get(wanted))) return wanted
  return [...parameters.values()].find(fits)?.code
}

function ownPaths<P extends { readonly path: number }>(type: string, paths: readonly P[]): P[] {
  return paths.filter(({ path }) => indexPaths()[path]?.type === type)
}

function pathsOf({ kind, paths }: SearchParameter): Array<{ path: number; targets?: readonly string[] }> {
  return paths.map(({ name, targets }) => ({ path: pathNumber(kind, name)!, ...(targets === undefined ? {} : { targets }) }))
}

function keyOf(paths: ReadonlyArray<{ readonly path: number; readonly targets?: readonly string[] }>): string {
  return JSON.stringify([...new Set(paths.map(({ path, targets }) => `${path} ${targets?.join() ?? ''}`))].sort())
}

function scan(test: Criterion): Alternative[] {
  return [{ params: [], exact: false, test }]
}

function constant(met: boolean): Alternative[] {
  return met ? [{ params: [], exact: true, test: ALWAYS }] : []
}

function clauseAlternatives(clause: SearchClause, type: string): Alternative[] {
  const { kind, modifier, values, parameter } = clause
  if (kind === 'id') return idAlternatives(clause, type)
  if (kind === 'lastUpdated') return modifier === 'missing' ? constant(!asksMissing(clause)) : named('_lastUpdated', clause)
  if (values.some((value) => value.kind === 'near')) return scan(clause)
  const paths = ownPaths(type, clause.paths)
  if (paths.length === 0) return constant(modifier === 'not' || (modifier === 'missing' && asksMissing(clause)))
  const name = nameOf(type, kind, paths, parameter)
  if (name !== undefined) return named(name, clause)
  if (modifier !== undefined) return scan(clause)
  // Several parameters at once (compartments): each is an alternative.
  const wanted = new Set(paths.map(({ path }) => path))
  const inside = [...standardParametersOf(type).values()].filter(
    (one) => one.kind === kind && pathsOf(one).every(({ path }) => wanted.has(path))
  )
  const covered = new Set(inside.flatMap(pathsOf).map(({ path }) => path))
  if (inside.length === 0 || [...wanted].some((path) => !covered.has(path))) return scan(clause)
  return inside.flatMap((one) => named(one.code, { ...clause, parameter: one.code, paths: pathsOf(one) }))
}

function asksMissing({ values: [value] }: SearchClause): boolean {
  return value?.kind === 'token' && value.code === 'true'
}

function idAlternatives(clause: SearchClause, type: string): Alternative[] {
  if (clause.modifier === 'missing') return constant(!asksMissing(clause))
  if (clause.modifier !== undefined) return scan(clause)
  const mine = clause.values.filter((value) => value.kind === 'token' && (!value.system || value.system === type))
  if (mine.some((value) => value.kind === 'token' && value.code === '')) return constant(true)
  const values = mine.map((value) => (value.kind === 'token' ? { ...value, system: undefined } : value))
  return mine.length === 0 ? [] : named('_id', { ...clause, values })
}

/** A clause under the name of its parameter; values are cut into several alternatives where they are too long for one. */
function named(name: string, clause: SearchClause): Alternative[] {
  const { modifier, values } = clause
  if (modifier === 'missing') return [{ params: [[`${name}:missing`, String(asksMissing(clause))]], exact: true, test: clause }]
  if (modifier !== undefined && modifier !== 'not' && !MODIFIERS.includes(modifier)) return scan(clause)
  const texts = values.map((value) => ({ value, texts: textsOf(value, clause) }))
  if (texts.some((one) => one.texts === undefined)) return scan(clause)
  if (modifier === 'not')
    return negated(
      name,
      clause,
      texts.flatMap((one) => one.texts!)
    )
  const key = modifier === undefined ? name : `${name}:${modifier}`
  const parts: Array<{ text: string[]; values: SearchClause['values'][number][]; exact: boolean; length: number }> = []
  for (const { value, texts: all } of texts) {
    for (const { text, exact } of all!) {
      const last = parts.at(-1)
      const one = value.kind === 'codes' ? { ...value, codes: value.codes.filter((_, n) => all![n]!.text === text) } : value
      if (last === undefined || last.length + text.length > MOST_TEXT)
        parts.push({ text: [text], values: [one], exact, length: text.length })
      else {
        last.text.push(text)
        last.values.push(one)
        last.exact &&= exact
        last.length += text.length + 1
      }
    }
  }
  if (parts.length > MOST_ALTERNATIVES) return scan(clause)
  return parts.map((one) => ({ params: [[key, one.text.join()]], exact: one.exact, test: { ...clause, values: one.values } }))
}

/** Each value excluded by a parameter of its own: R4 leaves open what several values of one :not mean. */
function negated(
  name: string,
  clause: SearchClause,
  texts: ReadonlyArray<{ readonly text: string; readonly exact: boolean }>
): Alternative[] {
  const length = texts.reduce((sum, { text }) => sum + text.length + name.length, 0)
  if (texts.some(({ exact }) => !exact) || length > MOST_TEXT) return scan(clause)
  return [{ params: texts.map(({ text }) => [`${name}:not`, text]), exact: true, test: clause }]
}

function groupAlternatives(group: GroupCriterion, type: string): Alternative[] {
  const { operator, criteria } = group
  if (operator === 'not') return criteria.some(holdsChain) ? [] : scan(group)
  const each = criteria.map((one) => alternatives(one, type))
  if (operator === 'and') {
    const all = product(each)
    return all ?? scan(group)
  }
  const either = merged(each.flat())
  return needsScan(either) || either.length > MOST_ALTERNATIVES ? scan(group) : either
}

/** Alternatives of several criteria that must all be met; undefined: there are too many. */
export function product(each: readonly (readonly Alternative[])[]): Alternative[] | undefined {
  let all: Alternative[] = [{ params: [], exact: true, test: ALWAYS }]
  for (const next of each) {
    if (all.length * next.length > MOST_ALTERNATIVES) return undefined
    all = all.flatMap((one) => next.map((other) => both(one, other)))
  }
  return all
}

function both(one: Alternative, other: Alternative): Alternative {
  return {
    params: [...one.params, ...other.params],
    exact: one.exact && other.exact,
    test: { kind: 'group', operator: 'and', criteria: [one.test, other.test] }
  }
}

/** Values of one parameter are ORed by commas. */
function merged(all: readonly Alternative[]): Alternative[] {
  if (all.some(({ params, exact }) => params.length === 0 && exact)) return constant(true)
  const byName = new Map<string, Alternative>()
  const rest: Alternative[] = []
  for (const one of all) {
    const [name = '', value = ''] = one.params[0] ?? []
    const before = byName.get(name)
    const plain = one.params.length === 1 && !name.endsWith(':not') && !name.endsWith(':missing')
    if (!plain || (before !== undefined && before.params[0]![1].length + value.length > MOST_TEXT)) rest.push(one)
    else if (before === undefined) byName.set(name, one)
    else
      byName.set(name, {
        params: [[name, `${before.params[0]![1]},${value}`]],
        exact: before.exact && one.exact,
        test: { kind: 'group', operator: 'or', criteria: [before.test, one.test] }
      })
  }
  return [...byName.values(), ...rest]
}

/** The reference parameters of the compartment definition, each an alternative. */
function compartmentAlternatives({ patients, alone }: CompartmentCriterion, type: string): Alternative[] {
  if (patients.length === 0) return []
  const clauses: Alternative[] = []
  if (type === 'Patient') {
    const values = patients.map((code) => ({ kind: 'token', system: undefined, code }) as const)
    clauses.push(...named('_id', { parameter: '_id', kind: 'id', paths: [], modifier: undefined, values }))
  }
  const values = patients.map((id) => ({ kind: 'reference', type: 'Patient', id }) as const)
  for (const code of compartmentParameters('Patient', type)) {
    const parameter = standardParametersOf(type).get(code)
    if (parameter?.kind !== 'reference') continue
    clauses.push(...named(code, { parameter: code, kind: 'reference', paths: pathsOf(parameter), modifier: undefined, values }))
  }
  return clauses.map((one) => ({ ...one, exact: alone !== true && one.exact }))
}

function compositeAlternatives(criterion: CompositeCriterion, type: string): Alternative[] {
  if (criterion.type !== type) return []
  const name = criterion.parameter.replace(/^combo-/, 'component-')
  const parts = criterion.parts.map(({ clause }) => {
    const [first, more] = clause.values.length === 1 && clause.modifier === undefined ? (textsOf(clause.values[0]!, clause) ?? []) : []
    return first?.exact && more === undefined ? first.text : undefined
  })
  if (!COMPOSITES.includes(name) || parts.includes(undefined)) return scan(criterion)
  return [{ params: [[name, parts.join('$')]], exact: true, test: criterion }]
}
