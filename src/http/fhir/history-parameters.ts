/** The parameters of a history (R4 http.html#history): _count, _since, _at; and _summary and _elements, as every answer may be cut. */
import { fail } from '../../errors.js'
import { dateRange } from '../../fhir/dates.js'
import { CURSOR, DEFAULT_COUNT, MAX_COUNT } from '../../fhir/search-query.js'
import { parseSubset, type Subset } from '../../fhir/subset.js'
import type { HistoryQuery } from '../../store/repository.js'

export interface HistoryRequest {
  readonly query: Pick<HistoryQuery, 'count' | 'since' | 'at' | 'cursor'>
  /** The part of each resource that is wanted; undefined: all of it. */
  readonly subset: Subset | undefined
  /** What was understood, without the cursor: for links. */
  readonly applied: ReadonlyArray<readonly [string, string]>
}

const SUMMARIES: readonly string[] = ['true', 'text', 'data', 'count', 'false']

/** Throws search.value, and search.unknown-parameter when handling is strict: other parameters are left out otherwise, as those without a value are. */
export function parseHistory(parameters: ReadonlyArray<readonly [string, string]>, handling: 'strict' | 'lenient'): HistoryRequest {
  const applied: Array<readonly [string, string]> = []
  let query: HistoryRequest['query'] = { count: DEFAULT_COUNT }
  let summary: string | undefined
  let elements: readonly string[] = []
  for (const [name, value] of parameters) {
    // The order is fixed: newest first.
    if (value === '' || ['_format', '_pretty', '_sort'].includes(name)) continue
    if (applied.some(([known]) => known === name)) throw fail('search.value', { parameter: name, reason: 'it is given more than once' })
    switch (name) {
      case CURSOR:
        query = { ...query, cursor: value }
        continue
      case '_count':
        query = { ...query, count: pageSize(value) }
        break
      case '_since':
        query = { ...query, since: span(name, value).from }
        break
      case '_at':
        query = { ...query, at: span(name, value) }
        break
      case '_summary':
        if (!SUMMARIES.includes(value))
          throw fail('search.value', { parameter: name, reason: `"${value}" is not one of ${SUMMARIES.join(', ')}` })
        summary = value
        break
      case '_elements':
        elements = value.split(',')
        break
      default:
        if (handling === 'strict') throw fail('search.unknown-parameter', { parameter: name, type: 'a history' })
        continue
    }
    applied.push([name, value])
  }
  if (summary === 'count') query = { ...query, count: 0 }
  return { query, subset: parseSubset(summary, elements), applied }
}

function pageSize(value: string): number {
  if (!/^\d{1,9}$/.test(value)) throw fail('search.value', { parameter: '_count', reason: `"${value}" is not a whole number` })
  return Math.min(Number(value), MAX_COUNT)
}

/** The time that a date, dateTime or instant stands for by its precision. */
function span(parameter: string, value: string): { readonly from: number; readonly to: number } {
  // A plus sign in an address means a space, and many clients forget to escape it.
  const range = dateRange(value.replaceAll(' ', '+'))
  if (range === undefined) throw fail('search.value', { parameter, reason: `"${value}" is not a date, dateTime or instant` })
  return range
}
