/** Search values as the text that the Cloud Healthcare API reads (R4 search.html#ptypes): the parse of fhir/search-text.ts the other way. */
import type { Prefix, SearchClause, SearchValue } from '../../fhir/search-criterion.js'
import { dateValue, numberValue } from '../../fhir/search-text.js'

/** exact: the text means the value; else all that meets the value meets the text, too. */
export interface ValueText {
  readonly text: string
  readonly exact: boolean
}

/** Prefixes that the documentation of the API names. */
const PREFIXES: readonly Prefix[] = ['eq', 'ne', 'gt', 'lt', 'ge', 'le']
const INSTANT_MS = 8.64e15

/** Texts of one value of a clause, ORed; undefined: the API has no way to say it, not even widely. */
export function textsOf(value: SearchValue, clause: Pick<SearchClause, 'modifier' | 'kind'>): readonly ValueText[] | undefined {
  switch (value.kind) {
    case 'token': {
      const system = value.system === undefined ? '' : `${escaped(value.system)}|`
      return [{ text: system + escaped(value.code), exact: true }]
    }
    case 'codes':
      return value.codes.map(([system, code]) => ({ text: `${escaped(system)}|${escaped(code)}`, exact: true }))
    case 'string':
      // Of :contains every end is found, too; a whole text is found by its start.
      if (value.match === 'end') return undefined
      return [{ text: escaped(value.text), exact: value.match === undefined }]
    case 'reference':
      return clause.modifier === 'identifier' ? undefined : references(value)
    case 'date':
      return date(value)
    case 'number':
    case 'quantity':
      return number(value)
    case 'uri':
      return [{ text: escaped(value.value), exact: true }]
    case 'valueSet':
    case 'identifier':
    case 'near':
      return undefined
  }
}

/** With `\` before the characters that separate. */
export function escaped(text: string): string {
  return text.replace(/[\\,|$]/g, '\\$&')
}

function references({ type, id, url, base, types }: Extract<SearchValue, { kind: 'reference' }>): ValueText[] {
  if (url !== undefined) return [{ text: escaped(url), exact: true }]
  const own = { text: type === '' ? id : `${type}/${id}`, exact: true }
  // The same resource, referred to by its address here.
  const absolute = base === undefined ? [] : (type === '' ? (types ?? []) : [type]).map((one) => `${base}/${one}/${id}`)
  return [own, ...absolute.map((text) => ({ text: escaped(text), exact: true }))]
}

function date(value: Extract<SearchValue, { kind: 'date' }>): ValueText[] | undefined {
  const { prefix, from, to } = value
  if (prefix === 'ap' || prefix === 'po') return undefined
  const text = spanText(from, to)
  if (text !== undefined && PREFIXES.includes(prefix)) return [{ text: prefixed(prefix, text), exact: true }]
  // What starts after an end lies beyond it, what ends before a start lies below it.
  const instant = (at: number) => (Math.abs(at) < INSTANT_MS ? new Date(at).toISOString() : undefined)
  if (prefix === 'sa' || prefix === 'gt') return wide('ge', instant(to - 1))
  if (prefix === 'ge') return wide('ge', instant(from))
  if (prefix === 'eb' || prefix === 'lt') return wide('le', instant(from))
  if (prefix === 'ne') return undefined
  return prefix === 'le' ? wide('le', instant(to)) : wide('ge', instant(from))
}

function wide(prefix: string, text: string | undefined): ValueText[] | undefined {
  return text === undefined || !/^\d{4}-/.test(text) ? undefined : [{ text: prefix + text, exact: false }]
}

/** The date or instant that stands for a range; undefined when there is none. */
function spanText(from: number, to: number): string | undefined {
  if (Math.abs(from) >= INSTANT_MS) return undefined
  const text = new Date(from).toISOString()
  const forms = [text, `${text.slice(0, 19)}Z`, `${text.slice(0, 16)}Z`, text.slice(0, 10), text.slice(0, 7), text.slice(0, 4)]
  return forms.find((form) => {
    if (!/^\d{4}/.test(form)) return false
    const { from: start, to: end } = dateValue('', form)
    return start === from && end === to
  })
}

/** Precision counts for eq and ne only: the text has the digits that give the same range. */
function number(value: Extract<SearchValue, { kind: 'number' | 'quantity' }>): ValueText[] | undefined {
  const { prefix, low, high } = value
  const unit =
    value.kind === 'number' || (value.system === undefined && value.code === undefined)
      ? ''
      : `|${escaped(value.system ?? '')}|${escaped(value.code ?? '')}`
  if (prefix === 'ap' || prefix === 'po') return undefined
  if (prefix === 'sa') return [{ text: `gt${value.value}${unit}`, exact: false }]
  if (prefix === 'eb') return [{ text: `lt${value.value}${unit}`, exact: false }]
  if (prefix !== 'eq' && prefix !== 'ne') return [{ text: `${prefix}${value.value}${unit}`, exact: true }]
  const digits = digitsOf(value.value, low, high)
  if (digits !== undefined) return [{ text: prefixed(prefix, digits) + unit, exact: true }]
  return prefix === 'eq' ? [{ text: `ge${low}${unit}`, exact: false }] : undefined
}

function digitsOf(value: number, low: number, high: number): string | undefined {
  for (let places = 0; places <= 20; places++) {
    const text = value.toFixed(places)
    const read = numberValue('', text)
    if (read.value === value && read.low === low && read.high === high) return text
  }
  return undefined
}

function prefixed(prefix: Prefix, text: string): string {
  return prefix === 'eq' ? text : prefix + text
}
