/** Search criteria that select one resource: of conditional interactions (R4 http.html#ccreate, #cond-update, #cdelete) and conditional references (#trules). */
import { fail } from '../errors.js'
import { parseParameters } from './parameters.js'
import type { CustomParameters } from './search-custom.js'
import { parseSearch, type SearchQuery } from './search-query.js'
import { ResultParameters } from './search-result.js'

/** What a client selects one resource by. */
export interface Criteria {
  readonly type: string
  /** Search parameters in their order, decoded. */
  readonly parameters: ReadonlyArray<readonly [string, string]>
  /** Service base URL as the client sees it: absolute references below it are taken as relative ones. */
  readonly baseUrl?: string
}

/** Criteria as If-None-Exist has them: `identifier=urn:a|1`; also with what stands before them in an address (`?`, `Patient?`). Throws http.bad-request. */
export function parseCriteria(type: string, text: string, baseUrl?: string): Criteria {
  const before = /^(?:[^=&?]*\/)?(\w*)\?/.exec(text)
  if (before !== null && before[1] !== '' && before[1] !== type)
    throw fail('conditional.criteria', { reason: `name ${before[1]}, not ${type}` })
  return { type, parameters: parseParameters(text.slice(before?.[0].length ?? 0)), ...(baseUrl === undefined ? {} : { baseUrl }) }
}

/**
 * The search for criteria, of which every parameter must be known and have a value, and at least one must select: criteria that were understood in part
 * would match too much; _format and _pretty do not count. custom: parameters of the store beside those of R4. most: resources that
 * may match; one more is asked for, to know that there are more. Throws conditional.criteria and what parseSearch throws.
 */
export function criteriaQuery({ type, parameters, baseUrl }: Criteria, custom?: CustomParameters, most = 1): SearchQuery {
  const selecting = parameters.filter(([name]) => name !== '_format' && name !== '_pretty')
  const result = new ResultParameters([type])
  const shaping = selecting.find(([name, value]) => value !== '' && result.take(name, value) !== undefined)
  if (shaping !== undefined) throw fail('conditional.criteria', { reason: `hold ${shaping[0].slice(0, 64)}, which selects nothing` })
  const query = parseSearch(type, selecting, {
    handling: 'strict',
    ...(baseUrl === undefined ? {} : { baseUrl }),
    ...(custom === undefined ? {} : { custom })
  })
  if (query.ignored.length > 0) throw fail('conditional.criteria', { reason: `hold ${query.ignored[0]!} without a value` })
  if (query.criteria.length === 0) throw fail('conditional.criteria', { reason: 'are missing' })
  return { ...query, count: most + 1, cursor: undefined, total: 'none' }
}
