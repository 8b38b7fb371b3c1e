/** The text of search values, per parameter type (R4 search.html#ptypes). Every function throws search.value for text it cannot read. */
import { fail } from '../errors.js'
import { dateRange } from './dates.js'
import { fold } from './fold.js'
import { parseReference } from './references.js'
import type { Prefix, SearchValue } from './search-criterion.js'

type Value<K extends SearchValue['kind']> = Extract<SearchValue, { kind: K }>

const PREFIX = /^(eq|ne|gt|lt|ge|le|sa|eb|ap)(?=[-+.\d])/
const NUMBER = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,3}))?$/
const ID = /^[A-Za-z0-9\-.]{1,64}$/

/** Splits at separators that no backslash escapes; the parts keep their escapes. */
export function splitEscaped(text: string, separator: ',' | '|' | '$'): string[] {
  const parts: string[] = []
  let from = 0
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '\\') at++
    else if (text[at] === separator) {
      parts.push(text.slice(from, at))
      from = at + 1
    }
  }
  parts.push(text.slice(from))
  return parts
}

/** `\,` `\|` `\$` `\\` stand for the character itself; any other backslash stays. */
export function unescaped(text: string): string {
  return text.includes('\\') ? text.replace(/\\([,|$\\])/g, '$1') : text
}

/** `code`, `system|code`, `|code`, `system|` */
export function tokenValue(parameter: string, text: string): Value<'token'> {
  const [first = '', second, more] = splitEscaped(text, '|')
  if (second === undefined) return { kind: 'token', system: undefined, code: unescaped(first) }
  if (more !== undefined || (first === '' && second === '')) throw bad(parameter, `"${text}" is not code, system|code, |code or system|`)
  return { kind: 'token', system: unescaped(first), code: unescaped(second) }
}

export function stringValue(parameter: string, text: string): Value<'string'> {
  const plain = unescaped(text)
  const folded = fold(plain)
  if (folded === '') throw bad(parameter, 'the text has no characters to search for')
  return { kind: 'string', folded, text: plain }
}

/** `system|code|value` of `:of-type`: the type of an identifier, and its value. */
export function identifierValue(parameter: string, text: string): Value<'identifier'> {
  const parts = splitEscaped(text, '|').map(unescaped)
  const [system = '', code = '', value = ''] = parts
  if (parts.length !== 3 || parts.includes('')) throw bad(parameter, `"${text}" is not system|code|value`)
  return { kind: 'identifier', system, code, value }
}

const METRES: Readonly<Record<string, number>> = { m: 1, km: 1000, cm: 0.01, '[mi_us]': 1609.347219, '[mi_i]': 1609.344, '[ft_i]': 0.3048 }
/** R4 leaves the distance to the server when none is given. */
const NEAR_METRES = 50_000

/** `latitude|longitude|distance|unit`; without unit kilometres, without distance 50 km. */
export function nearValue(parameter: string, text: string): Value<'near'> {
  const [latitude = '', longitude = '', distance, unit = 'km', more] = splitEscaped(text, '|')
  const metres =
    distance === undefined || distance === '' ? NEAR_METRES : decimal(distance) * (METRES[unit === '' ? 'km' : unit] ?? Number.NaN)
  const value = { latitude: decimal(latitude), longitude: decimal(longitude), metres }
  if (more !== undefined || !(Math.abs(value.latitude) <= 90 && Math.abs(value.longitude) <= 180 && metres >= 0))
    throw bad(parameter, `"${text}" is not latitude|longitude|distance|unit (${Object.keys(METRES).join(', ')})`)
  return { kind: 'near', ...value }
}

function decimal(text: string): number {
  return text !== '' && NUMBER.test(text) ? Number(text) : Number.NaN
}

/** `Type/id`, `id`, an absolute or canonical URL, a URN; targetType: of the modifier `:Type`. */
export function referenceValue(
  parameter: string,
  text: string,
  targetType: string | undefined,
  baseUrl: string | undefined
): Value<'reference'> {
  const plain = unescaped(text)
  const local = baseUrl !== undefined && plain.startsWith(`${baseUrl}/`) ? plain.slice(baseUrl.length + 1) : plain
  const base = baseUrl === undefined ? {} : { base: baseUrl }
  if (ID.test(local)) return { kind: 'reference', type: targetType ?? '', id: local, ...base }
  const literal = parseReference(local)
  if (literal?.kind === 'relative') {
    if (targetType !== undefined && targetType !== literal.type) throw bad(parameter, `"${text}" is no ${targetType}`)
    return { kind: 'reference', type: literal.type, id: literal.id, ...base }
  }
  if (literal?.kind === 'absolute') return { kind: 'reference', type: '', id: '', url: literal.url }
  if (literal?.kind === 'urn') return { kind: 'reference', type: '', id: '', url: literal.urn }
  throw bad(parameter, `"${text}" is not an id, Type/id or a URL`)
}

export function dateValue(parameter: string, text: string): Value<'date'> {
  const { prefix, rest } = splitPrefix(unescaped(text))
  // A plus sign that was not percent-encoded arrives as a space.
  const range = dateRange(rest.replace(/ (?=\d\d:\d\d$)/, '+'))
  if (range === undefined) throw bad(parameter, `"${text}" is not a date`)
  return { kind: 'date', prefix, from: range.from, to: range.to }
}

export function numberValue(parameter: string, text: string): Value<'number'> {
  const { prefix, rest } = splitPrefix(unescaped(text))
  return { kind: 'number', prefix, ...precision(parameter, rest) }
}

/** `5.4`, `5.4|system|code`, `5.4||code` */
export function quantityValue(parameter: string, text: string): Value<'quantity'> {
  const [number = '', system = '', code = '', more] = splitEscaped(text, '|')
  if (more !== undefined) throw bad(parameter, `"${text}" is not number, number|system|code or number||code`)
  const { prefix, rest } = splitPrefix(unescaped(number))
  const unit = { system: system === '' ? undefined : unescaped(system), code: code === '' ? undefined : unescaped(code) }
  return { kind: 'quantity', prefix, ...precision(parameter, rest), ...unit }
}

function splitPrefix(text: string): { prefix: Prefix; rest: string } {
  const match = PREFIX.exec(text)
  return match === null ? { prefix: 'eq', rest: text } : { prefix: match[1] as Prefix, rest: text.slice(2) }
}

/**
 * A number and the range of its significant digits: 100 is [99.5, 100.5), 100.00 is [99.995, 100.005). The specification gives [95, 105) for 1e2, so a
 * single digit with an exponent counts as two. Reckoned in decimal, so that 0.1 ends at 0.15 and not beside it.
 */
function precision(parameter: string, text: string): { value: number; low: number; high: number } {
  const match = NUMBER.exec(text)
  const [, sign = '', whole = '', fraction = '', exponent] = match ?? []
  if (match === null || whole + fraction === '') throw bad(parameter, `"${text}" is not a number`)
  const value = Number(text)
  if (!Number.isFinite(value)) throw bad(parameter, `"${text}" is too large`)
  const digits = BigInt(sign === '-' ? `-${whole}${fraction}` : whole + fraction)
  const single = exponent !== undefined && whole.length + fraction.length === 1
  const scale = Number(exponent ?? 0) - fraction.length
  const [tenfold, half] = single ? [digits * 100n, 5n] : [digits * 10n, 5n]
  const unit = scale - (single ? 2 : 1)
  const high = Number(`${tenfold + half}e${unit}`)
  // More digits than a double holds: the range must keep the value itself.
  return { value, low: Number(`${tenfold - half}e${unit}`), high: high > value ? high : value + Math.abs(value) * Number.EPSILON }
}

function bad(parameter: string, reason: string): Error {
  return fail('search.value', { parameter, reason })
}
