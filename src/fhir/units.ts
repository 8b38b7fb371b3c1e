/** Quantities compared across UCUM units (R4 search.html#quantity): the search value is brought into the unit of the resource, never the other way. */
import { createRequire } from 'node:module'
import type { Prefix, SearchValue } from './search-criterion.js'

export type QuantityValue = Extract<SearchValue, { kind: 'quantity' }>

/** The part of @lhncbc/ucum-lhc that is used. */
interface Ucum {
  convertUnitTo(from: string, value: number, to: string): { readonly status: string; readonly toVal: number | null }
}

export const UCUM = 'http://unitsofmeasure.org'

/** Conversions that are remembered; units repeat, search values less so. */
const REMEMBERED = 10_000
/** Longer codes are no units anybody uses, and the parser takes its time with them. */
const LONGEST = 60
/** Binary fractions of a conversion are off in the last digits: 5.4 mg must be 0.0054 g to the digit. */
const DIGITS = 13

const converted = new Map<string, QuantityValue | undefined>()
let ucum: Ucum | undefined

/**
 * A search value in another UCUM unit, its implied precision carried along; prefixes turn round where the scale does ([pH]).
 * undefined: the value or the other unit is none of UCUM, they measure different things, or they are written alike.
 */
export function inUnit(wanted: QuantityValue, system: string, code: string): QuantityValue | undefined {
  if (wanted.system !== UCUM || system !== UCUM || wanted.code === undefined || wanted.code === code) return undefined
  if (code === '' || code.length > LONGEST || wanted.code.length > LONGEST) return undefined
  const key = JSON.stringify([wanted.prefix, wanted.value, wanted.low, wanted.high, wanted.code, code])
  if (converted.has(key)) return converted.get(key)
  if (converted.size >= REMEMBERED) converted.clear()
  const result = convert(wanted, wanted.code, code)
  converted.set(key, result)
  return result
}

function convert(wanted: QuantityValue, from: string, to: string): QuantityValue | undefined {
  const [value, low, high] = [wanted.value, wanted.low, wanted.high].map((number) => scaled(number, from, to))
  if (value === undefined || low === undefined || high === undefined) return undefined
  if (low <= high) return { ...wanted, value, low, high, code: to }
  return { ...wanted, prefix: TURNED[wanted.prefix] ?? wanted.prefix, value, low: high, high: low, code: to }
}

const TURNED: Readonly<Partial<Record<Prefix, Prefix>>> = { gt: 'lt', lt: 'gt', ge: 'le', le: 'ge', sa: 'eb', eb: 'sa' }

function scaled(value: number, from: string, to: string): number | undefined {
  // The parser knows nothing to convert in 0 (or in a code that is no unit, which it may throw at).
  try {
    const { status, toVal } = library().convertUnitTo(from, value, to)
    return status === 'succeeded' && typeof toVal === 'number' && Number.isFinite(toVal) ? Number(toVal.toPrecision(DIGITS)) : undefined
  } catch {
    return undefined
  }
}

/** Loaded at the first question: it takes some 100 ms and some megabytes. */
function library(): Ucum {
  if (ucum === undefined) {
    const require = createRequire(import.meta.url)
    const { UcumLhcUtils } = require('@lhncbc/ucum-lhc') as { UcumLhcUtils: { getInstance(): Ucum } }
    ucum = UcumLhcUtils.getInstance()
  }
  return ucum
}
