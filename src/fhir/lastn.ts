/** The most recent Observations of each code (R4 observation-operation-lastn.html). */
import { fail } from '../errors.js'
import { parametersOf } from './search-parameters.js'
import { parseSearch, type SearchOptions, type SearchQuery } from './search-query.js'

/** An Observation, newest first in a list. time: when it was made, null when it does not say; codes: see codesOf(). */
export interface Dated {
  readonly time: number | string | null
  readonly codes: readonly string[]
}

/**
 * The search behind $lastn. parameters: search parameters of Observation, and `max`. Throws search.value without a subject or a code or category, or for
 * a max that is no positive integer, and what parseSearch throws.
 */
export function lastnQuery(parameters: ReadonlyArray<readonly [string, string]>, options: SearchOptions): SearchQuery {
  const codes = parameters.map(([name]) => name.split(/[:.]/)[0] ?? '')
  if (!codes.includes('subject') && !codes.includes('patient'))
    throw fail('search.value', { parameter: '$lastn', reason: 'subject or patient must be given' })
  if (!codes.some((code) => code === 'category' || isCode(code)))
    throw fail('search.value', { parameter: '$lastn', reason: 'category or a parameter on a code must be given' })
  const max = parameters.findLast(([name]) => name === 'max')?.[1] ?? '1'
  if (!/^[1-9]\d{0,8}$/.test(max)) throw fail('search.value', { parameter: 'max', reason: `"${max}" is not a positive integer` })
  const others = parameters.filter(([name]) => !['max', '_sort', '_count', '_cursor'].includes(name))
  const query = parseSearch('Observation', [...others, ['_sort', '-date']], options)
  const given = parameters.filter(([name]) => name === 'max')
  const applied = [...given, ...query.applied.filter(([name]) => name !== '_sort')]
  return { ...query, applied, cursor: undefined, total: undefined, count: Number.MAX_SAFE_INTEGER, lastPerCode: Number(max) }
}

/** True for `code`, `combo-code`, `code-value-concept` ...: a code element is part of the parameter. */
function isCode(parameter: string): boolean {
  if (parameter.startsWith('code-') || parameter.startsWith('combo-code')) return true
  return (
    parametersOf('Observation')
      .get(parameter)
      ?.paths.some(({ name }) => /\.code\b/.test(name)) ?? false
  )
}

/** What an Observation is grouped by: its codings by system and code; the text of a code without codings. */
export function codesOf(observation: { readonly code?: unknown }): string[] {
  const { coding, text } = (observation.code ?? {}) as { coding?: unknown; text?: unknown }
  const codings = Array.isArray(coding) ? (coding as Array<{ system?: unknown; code?: unknown }>) : []
  const keys = codings.filter((one) => typeof one?.code === 'string').map(({ system, code }) => JSON.stringify([system ?? '', code]))
  return keys.length > 0 ? keys : [JSON.stringify([text ?? null])]
}

/**
 * The first `max` of each group of equal codes, and those as recent as the last of them. Codes are equal when an Observation has both, and so on along the
 * chain.
 */
export function lastOfEach<One extends Dated>(newestFirst: readonly One[], max: number): One[] {
  const parents = new Map<string, string>()
  const find = (code: string): string => {
    let root = code
    for (let next = parents.get(root); next !== undefined; next = parents.get(root)) root = next
    if (root !== code) parents.set(code, root)
    return root
  }
  for (const { codes } of newestFirst) {
    const [first, ...others] = codes
    for (const other of others) {
      const [left, right] = [find(first!), find(other)]
      if (left !== right) parents.set(left, right)
    }
  }
  const groups = new Map<string, { count: number; last: Dated['time'] }>()
  return newestFirst.filter(({ time, codes }) => {
    const code = find(codes[0]!)
    const group = groups.get(code) ?? { count: 0, last: null }
    if (group.count >= max && (time === null || time !== group.last)) return false
    groups.set(code, { count: group.count + 1, last: time })
    return true
  })
}
