/** What a profile allows of primitive values and quantities: maxLength, minValue[x], maxValue[x] (R4 elementdefinition.html). */
import { dateRange, timeRange } from '../dates.js'
import type { Check } from './element-checks.js'
import type { ElementRow } from './structures.js'
import { isObject } from './values.js'

/** From and to of what a value stands for: a date all of its day, a number itself twice. */
type Span = readonly [from: number, to: number]

/** The limits that a row sets. */
export function limitChecks(row: ElementRow): Check[] {
  const checks: Check[] = []
  const { maxLength } = row
  if (typeof maxLength === 'number') {
    checks.push(({ value }, trace) => {
      if (typeof value === 'string' && value.length > maxLength && [...value].length > maxLength)
        trace.report('max-length', 'value', `may have ${maxLength} characters at most`)
    })
  }
  for (const [name, limit] of Object.entries(row)) {
    const side = /^(min|max)Value[A-Z]/.exec(name)?.[1]
    if (side === undefined) continue
    const text = `must be ${JSON.stringify(limit)} ${side === 'min' ? 'or more' : 'or less'}`
    checks.push(({ value }, trace) => {
      const [own, other] = [spanOf(value, limit), spanOf(limit, limit)]
      if (own === undefined || other === undefined) return
      if (side === 'min' ? own[1] < other[0] : own[0] > other[1]) trace.report(`${side}-value`, 'value', text)
    })
  }
  return checks
}

/** Undefined where it cannot be compared with the limit: another unit, or a limit relative to now. */
function spanOf(value: unknown, limit: unknown): Span | undefined {
  if (typeof value === 'number') return typeof limit === 'number' ? [value, value] : undefined
  if (typeof value === 'string' && typeof limit === 'string') {
    const range = dateRange(value) ?? timeRange(value)
    return range && [range.from, range.to - 1]
  }
  if (!isObject(value) || !isObject(limit) || typeof value['value'] !== 'number') return undefined
  const comparable = value['comparator'] === undefined && value['system'] === limit['system'] && value['code'] === limit['code']
  return comparable ? [value['value'], value['value']] : undefined
}
