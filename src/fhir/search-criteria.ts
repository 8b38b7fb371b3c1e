/** What a search parameter selects by: its name, modifier and value as a clause of a SearchQuery (R4 search.html#modifiers, #prefix). */
import { fail } from '../errors.js'
import { isResourceType } from './definitions.js'
import { type Criterion, isClause, type SearchClause, type SearchValue } from './search-criterion.js'
import { type IndexKind, pathNumber } from './search-index.js'
import { type ParameterPath, parametersOf, type SearchParameter } from './search-parameters.js'
import { dateValue, numberValue, quantityValue, referenceValue, splitEscaped, stringValue, tokenValue, unescaped } from './search-text.js'

const MODIFIERS: Readonly<Record<IndexKind, readonly string[]>> = {
  token: ['not', 'missing'],
  string: ['exact', 'contains', 'missing'],
  reference: ['missing'],
  date: ['missing'],
  number: ['missing'],
  quantity: ['missing'],
  uri: ['missing']
}

/** Most values a search may have in all its parameters together. */
export const MAX_VALUES = 5000

export interface CriteriaContext {
  /** The types searched. */
  readonly types: readonly string[]
  /** The address of this server's FHIR API; absolute references below it are taken as relative ones. */
  readonly baseUrl: string | undefined
}

/**
 * One parameter that selects, as name (with modifiers) and value, percent-decoded. undefined: not known for the types searched.
 * Throws search.unsupported-modifier and search.value.
 */
export function criterion(name: string, value: string, { types, baseUrl }: CriteriaContext): Criterion | undefined {
  const [code = '', modifier, more] = name.split(':')
  const parameter = parametersOf(types[0] ?? '').get(code)
  const kept = code === '_id' || code === '_lastUpdated'
  if (!kept && parameter === undefined) return undefined
  if (more !== undefined || modifier === '')
    throw fail('search.unsupported-modifier', { modifier: name.slice(code.length + 1), parameter: code })
  return parameter === undefined ? storeClause(code as '_id', modifier, value) : clause(parameter, modifier, value, baseUrl)
}

/** How many values a criterion holds, with those inside it. */
export function valuesIn(criterion: Criterion): number {
  if (isClause(criterion)) return criterion.values.length
  if (criterion.kind === 'has') return valuesIn(criterion.criterion)
  const inner = criterion.kind === 'chain' ? criterion.to.map(({ criterion }) => criterion) : criterion.criteria
  return inner.reduce((sum, one) => sum + valuesIn(one), 0)
}

/** _id and _lastUpdated are columns of the store, not index paths. */
function storeClause(code: '_id' | '_lastUpdated', modifier: string | undefined, value: string): SearchClause {
  if (modifier !== undefined) throw fail('search.unsupported-modifier', { modifier, parameter: code })
  const parts = splitValues(code, value)
  const common = { parameter: code, paths: [], modifier: undefined }
  if (code === '_lastUpdated') return { ...common, kind: 'lastUpdated', values: parts.map((part) => dateValue(code, part)) }
  return { ...common, kind: 'id', values: parts.map((part) => ({ kind: 'token', system: undefined, code: unescaped(part) })) }
}

/** One parameter of a search as a clause. Throws search.unsupported-modifier and search.value. */
function clause(parameter: SearchParameter, modifier: string | undefined, value: string, baseUrl: string | undefined): SearchClause {
  const { code, kind } = parameter
  const paths = parameter.paths.map((path) => clausePath(kind, path))
  if (modifier === 'missing') {
    if (value !== 'true' && value !== 'false')
      throw fail('search.value', { parameter: `${code}:missing`, reason: `"${value}" is not true or false` })
    return { parameter: code, kind, paths, modifier, values: [{ kind: 'token', system: undefined, code: value }] }
  }
  const targetType = kind === 'reference' && modifier !== undefined && isResourceType(modifier) ? modifier : undefined
  if (modifier !== undefined && targetType === undefined && !MODIFIERS[kind].includes(modifier)) {
    throw fail('search.unsupported-modifier', { modifier, parameter: code })
  }
  const values = splitValues(code, value).map((part) => parseValue(parameter, part, targetType, baseUrl))
  return { parameter: code, kind, paths, modifier: targetType === undefined ? (modifier as SearchClause['modifier']) : undefined, values }
}

function clausePath(kind: IndexKind, { name, targets }: ParameterPath): SearchClause['paths'][number] {
  const path = pathNumber(kind, name) as number
  return targets === undefined ? { path } : { path, targets }
}

function splitValues(parameter: string, value: string): string[] {
  const parts = splitEscaped(value, ',')
  if (parts.length > MAX_VALUES) throw fail('search.value', { parameter, reason: `more than ${MAX_VALUES} values` })
  if (parts.includes('')) throw fail('search.value', { parameter, reason: 'a value between commas is empty' })
  return parts
}

function parseValue(
  { code, kind }: SearchParameter,
  text: string,
  targetType: string | undefined,
  baseUrl: string | undefined
): SearchValue {
  switch (kind) {
    case 'token':
      return tokenValue(code, text)
    case 'string':
      return stringValue(code, text)
    case 'reference':
      return referenceValue(code, text, targetType, baseUrl)
    case 'date':
      return dateValue(code, text)
    case 'number':
      return numberValue(code, text)
    case 'quantity':
      return quantityValue(code, text)
    case 'uri':
      return { kind: 'uri', value: unescaped(text) }
  }
}
