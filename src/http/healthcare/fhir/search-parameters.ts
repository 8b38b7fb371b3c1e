/** What of R4 search the Cloud Healthcare API does not have: such parameters count as unknown, such modifiers and values are refused. */
import { fail } from '../../../errors.js'
import { compositesOf } from '../../../fhir/search-parameters.js'
import type { SearchQuery } from '../../../fhir/search-query.js'

type Parameters = ReadonlyArray<readonly [string, string]>

/** Query parameters that every Google API takes; they are no part of the search. */
const OF_THE_PLATFORM: readonly string[] = [
  ...['alt', 'prettyPrint', 'key', 'quotaUser', 'fields', 'access_token', 'oauth_token', 'callback', '$.xgafv', 'uploadType'],
  ...['upload_protocol', '_format', '_pretty']
]

const UNKNOWN: readonly string[] = ['_contained', '_containedType', '_query', '_filter', '_list', '_total', '_cursor', 'phonetic']
const UNKNOWN_OF: Readonly<Record<string, readonly string[]>> = { Location: ['near'], Bundle: ['composition', 'message'] }
const COMPOSITES: Readonly<Record<string, readonly string[]>> = {
  DocumentReference: ['relationship'],
  Observation: [
    ...['code-value-concept', 'code-value-date', 'code-value-quantity', 'code-value-string'],
    ...['combo-code-value-concept', 'combo-code-value-quantity', 'component-code-value-concept', 'component-code-value-quantity']
  ]
}
const UNKNOWN_SUMMARIES: readonly string[] = ['true', 'count']
const REFUSED_MODIFIERS: readonly string[] = ['of-type', 'identifier']
const SORTABLE: readonly string[] = ['number', 'date', 'string', 'token', 'quantity', 'id', 'lastUpdated']

export function withoutPlatform(parameters: Parameters): Parameters {
  return parameters.filter(([name]) => !OF_THE_PLATFORM.includes(name))
}

/** True for a parameter that R4 has and the API does not. */
export function isUnknown(type: string | undefined, [name, value]: readonly [string, string]): boolean {
  const [code = ''] = name.split(':', 1)
  if (UNKNOWN.includes(code) || (code === '_summary' && UNKNOWN_SUMMARIES.includes(value))) return true
  if (type === undefined) return false
  const isComposite = compositesOf(type).has(code)
  return (UNKNOWN_OF[type]?.includes(code) ?? false) || (isComposite && !(COMPOSITES[type]?.includes(code) ?? false))
}

/** Throws search.unsupported-modifier, search.value. */
export function refuse(parameters: Parameters): void {
  for (const [name, value] of parameters) {
    const modifier = /:([a-z-]+)$/.exec(name)?.[1]
    if (modifier !== undefined && REFUSED_MODIFIERS.includes(modifier) && !name.startsWith('_has:'))
      throw fail('search.unsupported-modifier', { modifier, parameter: name.slice(0, name.indexOf(':')) })
    if (/^_revinclude(?::iterate)?$/.test(name) && !/^[A-Za-z]+:[^:*]/.test(value))
      throw fail('search.value', {
        parameter: '_revinclude',
        reason: `invalid _revinclude query: ${value}; expected format is [resource_type]:[parameter]`
      })
  }
}

/** Throws search.value for a sort by what the API does not sort by. */
export function refuseSort({ sort }: Pick<SearchQuery, 'sort'>): void {
  const wrong = sort.find(({ kind }) => !SORTABLE.includes(kind))
  if (wrong !== undefined)
    throw fail('search.value', { parameter: '_sort', reason: `results are not sorted by parameters of type ${wrong.kind}` })
}

/** What may stand beside an identifier in a search that waits for no index. */
const BESIDE: readonly string[] = ['_count', '_include', '_revinclude', '_summary', '_elements', '_page_token']

/** True for a search by identifier alone: the API has a synchronous index for it, but not of these types. */
export function isSynchronous(type: string | undefined, parameters: Parameters): boolean {
  return (
    type !== undefined &&
    !['DocumentReference', 'DocumentManifest'].includes(type) &&
    parameters.some(([name]) => name === 'identifier') &&
    parameters.every(([name]) => name === 'identifier' || BESIDE.includes(name.split(':', 1)[0]!))
  )
}
