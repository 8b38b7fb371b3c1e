/** Measured values in cells: plain numbers, numbers with a comparator, ranges. The text of the cell is always recoverable. */
import { decimal, isDecimal, quote } from './cells.js'

export interface Measure {
  readonly comparator: '' | '<' | '<=' | '>=' | '>'
  /** FHIR decimal. */
  readonly value: string
}

const WORDS: Readonly<Record<string, Measure['comparator']>> = {
  '<': '<',
  '<=': '<=',
  '=<': '<=',
  '>': '>',
  '>=': '>=',
  '=>': '>=',
  'LESS THAN': '<',
  'GREATER THAN': '>'
}

const COMPARED = /^\s*(<=|>=|=<|=>|<|>|LESS THAN|GREATER THAN)?\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*(.*?)\s*$/i
/** `25,000`: groups of three digits behind commas. */
const GROUPED = /^\d{1,3}(?:,\d{3})+(?:\.\d+)?$/
const RANGE = /^\s*(\d+(?:\.\d+)?)\s*-\s*(\d+(?:\.\d+)?)\s*$/

/**
 * The number in a cell, or undefined when the cell is something else. Words behind the number are taken only where they repeat the unit of the row
 * (`GREATER THAN 20 NG/ML` in ng/mL); the text is kept by the caller. thousands: commas between groups of three digits are no part of the number.
 */
export function measure(text: string, unit: string, thousands = false): Measure | undefined {
  if (isDecimal(text)) return { comparator: '', value: decimal(text) }
  if (thousands && GROUPED.test(text)) return { comparator: '', value: decimal(text.replaceAll(',', '')) }
  const [, word, number, rest] = COMPARED.exec(text) ?? []
  if (number === undefined || !isDecimal(number)) return undefined
  const comparator = word === undefined ? '' : (WORDS[word.toUpperCase()] ?? '')
  if (rest !== '' && rest?.toLowerCase() !== unit.toLowerCase()) return undefined
  return { comparator, value: decimal(number) }
}

/**
 * JSON of a Quantity; '' when the cell is no number. code: JSON string of the UCUM code or ''. sourceText: URL of the extension that keeps the cell's text.
 * simple: the element takes no comparator. thousands: see `measure`.
 */
export function quantity(text: string, unit: string, code: string, sourceText: string, simple: boolean, thousands = false): string {
  if (text === '') return ''
  const found = measure(text, unit, thousands)
  if (found === undefined || (simple && found.comparator !== '')) return ''
  const plain = found.comparator + found.value
  return (
    (plain === text ? '{' : `{"extension":[{"url":"${sourceText}","valueString":${quote(text)}}],`) +
    `"value":${found.value}` +
    (found.comparator === '' ? '' : `,"comparator":"${found.comparator}"`) +
    (unit === '' ? '' : `,"unit":${quote(unit)}`) +
    (code === '' ? '}' : `,"system":"http://unitsofmeasure.org","code":${code}}`)
  )
}

/** Whether `quantity` takes the cell. */
export function isMeasure(text: string, unit = '', simple = false, thousands = false): boolean {
  const found = text === '' ? undefined : measure(text, unit, thousands)
  return found !== undefined && !(simple && found.comparator !== '')
}

/** The ends of a range as FHIR decimals; undefined for anything else, and where they are in the wrong order. */
export function bounds(text: string): readonly [low: string, high: string] | undefined {
  const [, low, high] = RANGE.exec(text) ?? []
  return low === undefined || high === undefined || Number(low) > Number(high) ? undefined : [decimal(low), decimal(high)]
}

/** Whether `range` takes the cell. */
export function isRange(text: string): boolean {
  return bounds(text) !== undefined
}

/** JSON of a Range for `6-10`; '' for anything else. */
export function range(text: string, unit: string, code: string, sourceText: string): string {
  const found = bounds(text)
  if (found === undefined) return ''
  const [low, high] = found
  const tail = (unit === '' ? '' : `,"unit":${quote(unit)}`) + (code === '' ? '}' : `,"system":"http://unitsofmeasure.org","code":${code}}`)
  const keep = `${low}-${high}` === text ? '' : `"extension":[{"url":"${sourceText}","valueString":${quote(text)}}],`
  return `{${keep}"low":{"value":${low}${tail},"high":{"value":${high}${tail}}`
}
