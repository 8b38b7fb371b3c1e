/** What a search selects by: a parameter, with chains, `_has`, composites and modifiers, as a Criterion (R4 search.html). */
import { fail } from '../errors.js'
import { isResourceType } from './definitions.js'
import { chainTargets, targetsOf } from './search-chain.js'
import {
  type CriteriaContext,
  clause,
  commonParameter,
  nearClause,
  pathsOf,
  splitValues,
  storeClause,
  unsupported
} from './search-clause.js'
import { type Criterion, clausesIn } from './search-criterion.js'
import { filterCriterion } from './search-filter.js'
import { compositesOf } from './search-parameters.js'
import { splitEscaped, unescaped } from './search-text.js'
import { parseTextQuery } from './text-query.js'

export { type CriteriaContext, MAX_VALUES } from './search-clause.js'

/** Chains and `_has` inside each other, and parentheses of _filter. */
const MOST_DEPTH = 10

/**
 * One parameter that selects, as name (with modifiers) and value, percent-decoded. undefined: not known for the types searched.
 * Throws search.unsupported-modifier and search.value. depth: how many chains it stands in.
 */
export function criterion(name: string, value: string, context: CriteriaContext, depth = 0): Criterion | undefined {
  if (depth > MOST_DEPTH) throw fail('search.value', { parameter: name, reason: `more than ${MOST_DEPTH} parameters inside each other` })
  if (name.startsWith('_has:')) return has(name, value, context, depth)
  if (name === '_list') return list(value, context)
  if (name === '_filter') return filterCriterion(value, context, (...one) => criterion(...one, context, depth + 1))
  if (name === '_query') throw fail('search.value', { parameter: name, reason: 'there are no named queries here' })
  const dot = name.indexOf('.')
  if (dot > 0) return chain(name.slice(0, dot), name.slice(dot + 1), value, context, depth)

  const [code = '', modifier, more] = name.split(':')
  if (more !== undefined || modifier === '') {
    return isKnown(code, context) ? refuse(name.slice(code.length + 1), code) : undefined
  }
  if (code === '_id' || code === '_lastUpdated') return storeClause(code, modifier, value)
  if (code === '_text' || code === '_content') {
    if (modifier !== undefined) refuse(modifier, code)
    const values = splitEscaped(value, ',').map(unescaped)
    return { kind: 'text', query: parseTextQuery(code, values), whole: code === '_content' }
  }
  const parameter = commonParameter(code, context.types)
  if (parameter !== undefined) return clause(parameter, modifier, value, context.baseUrl)
  const { types } = context
  if (code === 'near' && types.every((type) => type === 'Location'))
    return modifier === undefined ? nearClause(value) : refuse(modifier, code)
  if (types.length !== 1 || !compositesOf(types[0]!).has(code)) return undefined
  return modifier === undefined ? composite(code, value, types[0]!, context) : refuse(modifier, code)
}

/** How many values a criterion holds, with those inside it. */
export function valuesIn(criterion: Criterion): number {
  return clausesIn(criterion).reduce((sum, { values }) => sum + values.length, 0)
}

/** Criteria that are needed all: groups of them are taken apart, so that each can give candidates. */
export function flatten(criterion: Criterion): Criterion[] {
  const isAnd = 'operator' in criterion && criterion.operator === 'and'
  return isAnd ? criterion.criteria.flatMap(flatten) : [criterion]
}

function refuse(modifier: string, code: string): never {
  throw unsupported(modifier, code)
}

function isKnown(code: string, { types }: CriteriaContext): boolean {
  return (
    code === '_id' ||
    code === '_lastUpdated' ||
    code === '_text' ||
    code === '_content' ||
    types.every((type) => compositesOf(type).has(code)) ||
    commonParameter(code, types) !== undefined
  )
}

/** `subject:Patient.name`, `subject.name`: what follows the dot is asked of every type that the reference may point to and that knows it. */
function chain(head: string, rest: string, value: string, context: CriteriaContext, depth: number): Criterion | undefined {
  const [code = '', type, more] = head.split(':')
  const parameter = commonParameter(code, context.types)
  if (parameter === undefined) return undefined
  if (parameter.kind !== 'reference') throw fail('search.value', { parameter: `${head}.${rest}`, reason: `${code} is no reference` })
  if (more !== undefined || (type !== undefined && !isResourceType(type))) throw unsupported(head.slice(code.length + 1), code)
  const types = type === undefined ? targetsOf(parameter) : [type]
  const to = chainTargets(types, (target) => criterion(rest, value, { ...context, types: [target] }, depth + 1))
  return to.length === 0 ? undefined : { kind: 'chain', parameter: code, paths: parameter.paths, to }
}

/** `_has:Observation:patient:code`: resources of that type, that reference parameter, and what is asked of them. */
function has(name: string, value: string, context: CriteriaContext, depth: number): Criterion | undefined {
  const [, from = '', code = '', rest = ''] = /^_has:([^:]*):([^:]*):(.+)$/s.exec(name) ?? []
  if (!isResourceType(from) || rest === '') {
    throw fail('search.value', { parameter: name, reason: 'the form is _has:Type:reference-parameter:parameter' })
  }
  const parameter = commonParameter(code, [from])
  if (parameter?.kind !== 'reference')
    throw fail('search.value', { parameter: name, reason: `${code} is no reference parameter of ${from}` })
  const inner = criterion(rest, value, { ...context, types: [from] }, depth + 1)
  if (inner === undefined) throw fail('search.value', { parameter: name, reason: `${rest} is no parameter of ${from}` })
  return { kind: 'has', parameter: code, from, paths: parameter.paths, criterion: inner }
}

/** Resources that a List names. The functional lists (`$current-problems`) are not kept. */
function list(value: string, context: CriteriaContext): Criterion {
  const ids = splitValues('_list', value).map((part) => part.replace(/^List\//, ''))
  if (ids.some((id) => !/^[A-Za-z0-9\-.]{1,64}$/.test(id)))
    throw fail('search.value', { parameter: '_list', reason: `"${value}" is no id of a List` })
  const { paths } = commonParameter('item', ['List'])!
  const inner = criterion('_id', ids.join(), { ...context, types: ['List'] })!
  return { kind: 'has', parameter: 'item', from: 'List', paths, criterion: inner }
}

/** Values `a$b`, ORed; the parts of each in one element. Where the element is the resource itself, its parts are independent criteria. */
function composite(code: string, value: string, type: string, { baseUrl }: CriteriaContext): Criterion {
  const { branches } = compositesOf(type).get(code)!
  const criteria = splitValues(code, value).flatMap((one) => {
    const texts = splitEscaped(one, '$')
    return branches.map(({ steps, parts }): Criterion => {
      if (texts.length !== parts.length)
        throw fail('search.value', { parameter: code, reason: `"${one}" has not ${parts.length} parts between $` })
      const clauses = parts.map(({ kind, code, paths, whole }, n) => {
        if (texts[n] === '') throw fail('search.value', { parameter: code, reason: `a part of "${one}" is empty` })
        const parameter = { code, kind, paths: pathsOf(kind, paths), targets: [] }
        return { clause: clause(parameter, undefined, texts[n]!, baseUrl), whole }
      })
      if (steps.length === 0) return { kind: 'group', operator: 'and', criteria: clauses.map(({ clause }) => clause) }
      return { kind: 'composite', parameter: code, type, steps, parts: clauses }
    })
  })
  return criteria.length === 1 ? criteria[0]! : { kind: 'group', operator: 'or', criteria }
}
