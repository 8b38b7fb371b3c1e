/** Cells of a table: what each column type accepts, and the JSON text that a cell becomes. Called by generated code, so small and fast. */
import type { ColumnType, Rejection } from './types.js'

// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON strings escape exactly these
const CONTROL = /["\\\u0000-\u001f]/

/** A JSON string. */
export function quote(text: string): string {
  return CONTROL.test(text) ? JSON.stringify(text) : `"${text}"`
}

const CODE = /^\S+(?: \S+)*$/

/** Whether a text may stand as a FHIR code just as it is. */
export function isCode(text: string): boolean {
  return CODE.test(text)
}

/** JSON string for an element of type code: no blank at the ends, single blanks inside; '' when nothing is left. */
export function code(text: string): string {
  if (CODE.test(text)) return quote(text)
  const bare = text.trim().replace(/\s+/g, ' ')
  return bare === '' ? '' : quote(bare)
}

/** JSON string of a text without blanks at its ends; '' when nothing is left. */
export function trimmed(text: string): string {
  const bare = text.trim()
  return bare === '' ? '' : quote(bare)
}

const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g

/** A text as a part of a URI. */
export function uriPart(text: string): string {
  return encodeURIComponent(text.replace(LONE_SURROGATE, '\ufffd'))
}

/** Whether UTF-8 holds the text: half a surrogate pair has no bytes. */
export function isWellFormed(text: string): boolean {
  return text.search(LONE_SURROGATE) === -1
}

/** The UTF-8 bytes of a text, in base64. */
export function base64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64')
}

const INTEGER = /^-?(?:0|[1-9]\d*)$/
const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/
const FHIR_DECIMAL = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/

export function isInteger(text: string): boolean {
  return INTEGER.test(text)
}

/** A number that is finite as a double, which FHIR servers compare it as. */
export function isDecimal(text: string): boolean {
  return DECIMAL.test(text) && Number.isFinite(Number(text))
}

/** A number as FHIR writes it, digits kept: `.4` -> `0.4`, `01` -> `1`, `5.` -> `5`, `10.0` stays. */
export function decimal(text: string): string {
  if (FHIR_DECIMAL.test(text)) return text
  const [, sign = '', whole = '', fraction = '', exponent = ''] = /^([+-]?)(\d*)\.?(\d*)((?:[eE].*)?)$/.exec(text) ?? []
  return (sign === '-' ? '-' : '') + (whole.replace(/^0+(?=\d)/, '') || '0') + (fraction === '' ? '' : `.${fraction}`) + exponent
}

/**
 * The shortest form of a plain number: `10.0` -> `10`, `.40` -> `0.4`; '' when the text is no plain number.
 * digits: significant digits that are kept, as of a number that went through a binary one (`37.900001525878906` -> `37.9000015258789` with 15).
 */
export function canonicalNumber(text: string, digits?: number): string {
  if (!isDecimal(text)) return ''
  const full = decimal(text)
  const long = digits !== undefined && full.length > digits
  const rounded = long ? Number(full).toPrecision(digits) : full
  // A number too large or too small for plain notation is left as it is.
  const plain = rounded.includes('e') ? full : rounded
  return /^-?\d+\.\d+$/.test(plain) ? plain.replace(/\.?0+$/, '') : plain
}

const DAYS = [0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

/** The number that the digits of text[from, to) give; NaN when one of them is no digit. */
function digits(text: string, from: number, to: number): number {
  let value = 0
  for (let index = from; index < to; index++) {
    const digit = text.charCodeAt(index) - 48
    if (!(digit >= 0 && digit <= 9)) return Number.NaN
    value = value * 10 + digit
  }
  return value
}

const HYPHEN = 45

/** `YYYY-MM-DD`, a day that exists, at the start of a text. */
function startsWithDate(text: string): boolean {
  if (text.charCodeAt(4) !== HYPHEN || text.charCodeAt(7) !== HYPHEN) return false
  const year = digits(text, 0, 4)
  const month = digits(text, 5, 7)
  const day = digits(text, 8, 10)
  if (!(year >= 1 && month >= 1 && month <= 12 && day >= 1 && day <= (DAYS[month] ?? 0))) return false
  return month !== 2 || day < 29 || (year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0))
}

/** `YYYY-MM-DD`, a day that exists. */
export function isDate(text: string): boolean {
  return text.length === 10 && startsWithDate(text)
}

const FRACTION = /^\.\d{1,9}$/

/** `YYYY-MM-DD HH:MM:SS`, optionally with a fraction of the second. */
export function isTimestamp(text: string): boolean {
  if (text.length < 19 || text.charCodeAt(10) !== 32 || text.charCodeAt(13) !== 58 || text.charCodeAt(16) !== 58 || !startsWithDate(text))
    return false
  if (!(digits(text, 11, 13) <= 23 && digits(text, 14, 16) <= 59 && digits(text, 17, 19) <= 59)) return false
  return text.length === 19 || FRACTION.test(text.slice(19))
}

/** A day written with midnight, as MIMIC writes dates of birth. */
export function isMidnight(text: string): boolean {
  return text.length === 19 && text.endsWith(' 00:00:00') && isDate(text.slice(0, 10))
}

const TESTS: Readonly<Record<ColumnType, ((text: string) => boolean) | undefined>> = {
  text: undefined,
  integer: isInteger,
  decimal: isDecimal,
  date: isDate,
  midnight: isMidnight,
  timestamp: isTimestamp,
  flag: (text) => text === '0' || text === '1'
}

const SHOULD_BE: Readonly<Record<ColumnType, string>> = {
  text: 'text',
  integer: 'a whole number without leading zeros',
  decimal: 'a number',
  date: 'a day that exists, written YYYY-MM-DD',
  midnight: 'a day that exists, written YYYY-MM-DD 00:00:00',
  timestamp: 'a time that exists, written YYYY-MM-DD HH:MM:SS',
  flag: '0 or 1'
}

export function cellTest(type: ColumnType): ((text: string) => boolean) | undefined {
  return TESTS[type]
}

/** Why a cell is refused. The cell itself is not repeated: messages may end in logs. */
export function rejectCell(column: string, type: ColumnType): Rejection {
  return { column, rule: type, message: `${column} must be ${SHOULD_BE[type]}` }
}

export function rejectEmpty(column: string): Rejection {
  return { column, rule: 'required', message: `${column} must not be empty` }
}

/** ICD-9-CM with its dot: diagnoses after three characters (four for E codes), procedures after two. '' for a blank text. */
export function icd9(text: string, procedure: boolean): string {
  const digits = text.trim()
  const at = procedure ? 2 : /^[Ee]/.test(digits) ? 4 : 3
  return code(digits.length > at && !digits.includes('.') ? `${digits.slice(0, at)}.${digits.slice(at)}` : digits)
}
