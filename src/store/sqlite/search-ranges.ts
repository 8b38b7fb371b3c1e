/**
 * Prefixes (R4 search.html#prefix) as conditions on index rows, and the part of an index in which matching rows lie.
 * All ranges are from inclusive to exclusive.
 */
import { approximateDate, approximateMargin, COMPARING, type DateValue, type NumberValue } from '../../fhir/search-compare.js'
import { NARROW, safe } from './index-rows.js'
import { name, type Sql, sql } from './sql.js'

/** Columns start and stop (SQL expressions) hold the range of the resource. now: milliseconds, for `ap`. */
export function dateMatches(start: Sql, stop: Sql, value: DateValue, now: number): Sql {
  const from = safe(value.from)
  const to = safe(value.to)
  switch (value.prefix) {
    case 'eq':
      return sql`(${start} >= ${from} AND ${stop} <= ${to})`
    case 'ne':
      return sql`NOT (${start} >= ${from} AND ${stop} <= ${to})`
    case 'gt':
      return sql`${stop} > ${to}`
    case 'lt':
      return sql`${start} < ${from}`
    case 'ge':
      return sql`(${stop} > ${to} OR ${start} >= ${from})`
    case 'le':
      return sql`(${start} < ${from} OR ${stop} <= ${to})`
    case 'po':
      return sql`(${start} < ${to} AND ${stop} > ${from})`
    case 'sa':
      return sql`${start} >= ${to}`
    case 'eb':
      return sql`${stop} <= ${from}`
    case 'ap': {
      const [near, far] = approximately(value, now)
      return sql`(${start} < ${far} AND ${stop} > ${near})`
    }
  }
}

/** Where matching rows lie: all start in [from, to) when they are narrow; all stop after `stopAfter`. */
export interface DateBounds {
  readonly from: number
  readonly to: number
  readonly stopAfter: number
}

const FIRST = Number.MIN_SAFE_INTEGER
const LAST = Number.MAX_SAFE_INTEGER
const EVERYWHERE: DateBounds = { from: FIRST, to: LAST, stopAfter: FIRST }

/** The bounds of rows that match one of the values (which are ORed). */
export function dateBounds(values: readonly DateValue[], now: number): DateBounds {
  const all = values.map((value) => boundsOf(value, now))
  return {
    from: Math.min(...all.map(({ from }) => from)),
    to: Math.max(...all.map(({ to }) => to)),
    stopAfter: Math.min(...all.map(({ stopAfter }) => stopAfter))
  }
}

/** The bounds of rows that lie within all of the bounds. */
export function within(bounds: readonly DateBounds[]): DateBounds {
  return {
    from: Math.max(...bounds.map(({ from }) => from)),
    to: Math.min(...bounds.map(({ to }) => to)),
    stopAfter: Math.max(...bounds.map(({ stopAfter }) => stopAfter))
  }
}

function boundsOf(value: DateValue, now: number): DateBounds {
  const from = safe(value.from)
  const to = safe(value.to)
  switch (value.prefix) {
    case 'eq':
      return { from, to, stopAfter: from }
    case 'ne':
      return EVERYWHERE
    case 'gt':
      return { from: safe(to - NARROW), to: LAST, stopAfter: to }
    case 'ge':
      return { from: safe(Math.min(from, to - NARROW)), to: LAST, stopAfter: from }
    case 'lt':
      return { ...EVERYWHERE, to: from }
    case 'le':
      return { ...EVERYWHERE, to }
    case 'po':
      return { from: safe(from - NARROW), to, stopAfter: from }
    case 'sa':
      return { from: to, to: LAST, stopAfter: to }
    case 'eb':
      return { ...EVERYWHERE, to: from }
    case 'ap': {
      const [near, far] = approximately(value, now)
      return { from: safe(near - NARROW), to: far, stopAfter: near }
    }
  }
}

function approximately(value: DateValue, now: number): readonly [number, number] {
  const [near, far] = approximateDate(value, now)
  return [safe(near), safe(far)]
}

/** The column `value` of x holds the number of the resource. With a comparing prefix the value counts as exact, else with its implied precision. */
export function numberMatches(x: Sql, { prefix, value, low, high }: NumberValue): Sql {
  const operator = COMPARING[prefix]
  if (operator !== undefined) return sql`${x}.value ${name(operator)} ${value}`
  if (prefix === 'ne') return sql`(${x}.value < ${low} OR ${x}.value >= ${high})`
  const margin = prefix === 'ap' ? approximateMargin(value) : 0
  return sql`(${x}.value >= ${low - margin} AND ${x}.value < ${high + margin})`
}
