/** One parameter of a search that looks at the resource itself: modifier and values as a SearchClause (R4 search.html#modifiers, #prefix). */
import { fail } from '../errors.js'
import { isResourceType } from './definitions.js'
import type { CriterionPath, Modifier, SearchClause, SearchValue } from './search-criterion.js'
import { elementTypes } from './search-elements.js'
import { type IndexKind, pathNumber } from './search-index.js'
import { type ParameterPath, parametersOf } from './search-parameters.js'
import {
  dateValue,
  identifierValue,
  nearValue,
  numberValue,
  quantityValue,
  referenceValue,
  splitEscaped,
  stringValue,
  tokenValue,
  unescaped
} from './search-text.js'

/** Most values a search may have in all its parameters together. */
export const MAX_VALUES = 5000

/** A bare id is looked for under the absolute addresses of as many types. */
const MOST_TARGETS = 20

export interface CriteriaContext {
  /** The types searched. */
  readonly types: readonly string[]
  /** The address of this server's FHIR API; absolute references below it are taken as relative ones. */
  readonly baseUrl: string | undefined
}

/** A parameter as all the types searched have it. */
export interface CommonParameter {
  readonly code: string
  readonly kind: IndexKind
  readonly paths: readonly CriterionPath[]
  /** Types that a reference may point to; empty: any. */
  readonly targets: readonly string[]
}

const MODIFIERS: Readonly<Record<IndexKind, readonly Modifier[]>> = {
  token: ['not', 'missing', 'text', 'in', 'not-in', 'above', 'below', 'of-type'],
  string: ['exact', 'contains', 'missing'],
  reference: ['missing', 'identifier'],
  date: ['missing'],
  number: ['missing'],
  quantity: ['missing'],
  uri: ['missing', 'above', 'below']
}

/** A parameter that all the types searched know, as the same kind; undefined when they do not. */
export function commonParameter(code: string, types: readonly string[]): CommonParameter | undefined {
  const all = types.map((type) => parametersOf(type).get(code))
  const [first] = all
  if (first === undefined || all.some((one) => one?.kind !== first.kind)) return undefined
  const { kind } = first
  const targets = all.map((one) => one!.targets)
  return {
    code,
    kind,
    paths: pathsOf(
      kind,
      all.flatMap((one) => one!.paths)
    ),
    targets: targets.some((list) => list.length === 0) ? [] : [...new Set(targets.flat())]
  }
}

/** Each path once. */
export function pathsOf(kind: IndexKind, paths: readonly ParameterPath[]): CriterionPath[] {
  const byNumber = new Map<number, CriterionPath>()
  for (const { name, targets } of paths) {
    const path = pathNumber(kind, name)!
    byNumber.set(path, targets === undefined ? { path } : { path, targets })
  }
  return [...byNumber.values()]
}

/** Throws search.unsupported-modifier and search.value. */
export function clause(parameter: CommonParameter, modifier: string | undefined, value: string, baseUrl: string | undefined): SearchClause {
  const { code, kind, paths } = parameter
  if (modifier === 'missing') return { parameter: code, kind, paths, modifier, values: [missingValue(code, value)] }
  const targetType = kind === 'reference' && modifier !== undefined && isResourceType(modifier) ? modifier : undefined
  if (modifier !== undefined && targetType === undefined && !applies(modifier, parameter)) throw unsupported(modifier, code)
  const known = targetType === undefined ? (modifier as Modifier | undefined) : undefined
  const values = splitValues(code, value).map((part) => parseValue(parameter, known, part, targetType, baseUrl))
  return { parameter: code, kind, paths, modifier: known, values }
}

/** `_id` and `_lastUpdated` are columns of the store, not index paths. */
export function storeClause(code: '_id' | '_lastUpdated', modifier: string | undefined, value: string): SearchClause {
  const allowed = code === '_id' ? ['missing', 'not'] : ['missing']
  if (modifier !== undefined && !allowed.includes(modifier)) throw unsupported(modifier, code)
  const common = { parameter: code, paths: [], modifier: modifier as Modifier | undefined }
  const kind = code === '_id' ? 'id' : 'lastUpdated'
  if (modifier === 'missing') return { ...common, kind, values: [missingValue(code, value)] }
  const parts = splitValues(code, value)
  if (kind === 'lastUpdated') return { ...common, kind, values: parts.map((part) => dateValue(code, part)) }
  return { ...common, kind, values: parts.map((part) => ({ kind: 'token', system: undefined, code: unescaped(part) })) }
}

/** `near` of Location. */
export function nearClause(value: string): SearchClause {
  const values = splitValues('near', value).map((part) => nearValue('near', part))
  return { parameter: 'near', kind: 'quantity', paths: [], modifier: undefined, values }
}

export function splitValues(parameter: string, value: string): string[] {
  const parts = splitEscaped(value, ',')
  if (parts.length > MAX_VALUES) throw fail('search.value', { parameter, reason: `more than ${MAX_VALUES} values` })
  if (parts.includes('')) throw fail('search.value', { parameter, reason: 'a value between commas is empty' })
  return parts
}

/** One value, without commas that separate. */
export function parseValue(
  { code, kind, targets }: Pick<CommonParameter, 'code' | 'kind' | 'targets'>,
  modifier: Modifier | undefined,
  text: string,
  targetType: string | undefined,
  baseUrl: string | undefined
): SearchValue {
  if (modifier === 'in' || modifier === 'not-in') {
    const url = unescaped(text)
    return {
      kind: 'valueSet',
      url,
      ...(baseUrl !== undefined && url.startsWith(`${baseUrl}/`) ? { local: url.slice(baseUrl.length + 1) } : {})
    }
  }
  if (modifier === 'text') return stringValue(code, text)
  if (modifier === 'of-type') return identifierValue(code, text)
  if (modifier === 'identifier') return tokenValue(code, text)
  switch (kind) {
    case 'token':
      return tokenValue(code, text)
    case 'string':
      return stringValue(code, text)
    case 'reference': {
      const value = referenceValue(code, text, targetType, baseUrl)
      return value.base !== undefined && value.type === '' && targets.length <= MOST_TARGETS ? { ...value, types: targets } : value
    }
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

export function unsupported(modifier: string, parameter: string): Error {
  return fail('search.unsupported-modifier', { modifier, parameter })
}

function missingValue(code: string, value: string): SearchValue {
  if (value === 'true' || value === 'false') return { kind: 'token', system: undefined, code: value }
  throw fail('search.value', { parameter: `${code}:missing`, reason: `"${value}" is not true or false` })
}

/** Codings have texts and hierarchies; identifiers have types; plain values have neither. */
function applies(modifier: string, { kind, paths }: CommonParameter): boolean {
  if (!(MODIFIERS[kind] as readonly string[]).includes(modifier)) return false
  if (kind !== 'token' || modifier === 'not') return true
  const types = modifier === 'of-type' ? ['Identifier'] : modifier === 'text' ? [...CODED, 'Identifier'] : [...CODED, 'code']
  return paths.some(({ path }) => {
    const known = elementTypes(path)
    // Of the store's own parameters only the entries are known, not the elements.
    return known === undefined ? modifier !== 'text' && modifier !== 'of-type' : known.some((type) => types.includes(type))
  })
}

const CODED: readonly string[] = ['Coding', 'CodeableConcept']
