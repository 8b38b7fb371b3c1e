/** Search values compared with the values of a resource (R4 search.html#prefix): plain functions, where an index gives no answer. */
import type { Prefix, SearchValue } from './search-criterion.js'

export type DateValue = Extract<SearchValue, { kind: 'date' }>
export type NumberValue = Extract<SearchValue, { kind: 'number' | 'quantity' }>

/** A span of numbers; both ends belong to it. */
export interface Span {
  readonly low: number
  readonly high: number
}

/** from, to: the range of the resource, milliseconds, from inclusive, to exclusive. now: for `ap`. */
export function dateMeets(value: DateValue, from: number, to: number, now: number): boolean {
  const { prefix } = value
  if (prefix === 'ap') {
    const [near, far] = approximateDate(value, now)
    return from < far && to > near
  }
  if (prefix === 'po') return from < value.to && to > value.from
  if (prefix === 'sa') return from >= value.to
  if (prefix === 'eb') return to <= value.from
  const contained = from >= value.from && to <= value.to
  if (prefix === 'eq' || prefix === 'ne') return contained === (prefix === 'eq')
  const beyond = prefix === 'gt' || prefix === 'ge' ? to > value.to : from < value.from
  return beyond || (contained && (prefix === 'ge' || prefix === 'le'))
}

/** R4: approximately is within 10 % of the distance between now and the date. */
export function approximateDate({ from, to }: DateValue, now: number): readonly [number, number] {
  const margin = 0.1 * Math.abs(now - (from > now ? from : Math.min(to, now)))
  return [from - margin, to + margin]
}

/**
 * A number of the resource, or a Range of numbers. With a comparing prefix the search value counts as exact, else with its implied precision.
 * `Range`: gt and lt ask whether a part of it lies beyond the value, sa and eb whether all of it does, ap whether they overlap.
 */
export function numberMeets({ prefix, value, low, high }: NumberValue, span: Span): boolean {
  switch (prefix) {
    case 'gt':
      return span.high > value
    case 'ge':
      return span.high >= value
    case 'lt':
      return span.low < value
    case 'le':
      return span.low <= value
    case 'sa':
      return span.low > value
    case 'eb':
      return span.high < value
    case 'ap': {
      const margin = approximateMargin(value)
      return span.high >= low - margin && span.low < high + margin
    }
    case 'po':
      return span.high >= low && span.low < high
    case 'eq':
      return span.low >= low && span.high < high
    case 'ne':
      return !(span.low >= low && span.high < high)
  }
}

/** R4: approximately is within 10 % of the value. */
export function approximateMargin(value: number): number {
  return 0.1 * Math.abs(value)
}

export const COMPARING: Readonly<Partial<Record<Prefix, '>' | '>=' | '<' | '<='>>> = {
  gt: '>',
  sa: '>',
  ge: '>=',
  lt: '<',
  eb: '<',
  le: '<='
}
