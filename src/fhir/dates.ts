/** Dates and times as the ranges of time they stand for (R4 search.html#date). */

/** Milliseconds since 1970 UTC, from inclusive, to exclusive. */
export interface TimeRange {
  readonly from: number
  readonly to: number
}

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/**
 * The range of a FHIR date, dateTime or instant by its precision: `2026-01` is all of January, `2026-01-02T03:04:05.6Z` a tenth of a second. Without a
 * zone the text is taken as UTC. Seconds may be left out, as in searches. A fraction beyond milliseconds is cut. undefined when the text is no such date.
 */
export function dateRange(text: string): TimeRange | undefined {
  const { length } = text
  const year = digits(text, 0, 4)
  if (!(year >= 1)) return undefined
  if (length === 4) return { from: dayNumber(year, 1, 1) * DAY, to: dayNumber(year + 1, 1, 1) * DAY }

  const month = text.charCodeAt(4) === 0x2d ? digits(text, 5, 2) : Number.NaN
  if (!(month >= 1 && month <= 12)) return undefined
  if (length === 7) {
    const next = month === 12 ? dayNumber(year + 1, 1, 1) : dayNumber(year, month + 1, 1)
    return { from: dayNumber(year, month, 1) * DAY, to: next * DAY }
  }

  const day = text.charCodeAt(7) === 0x2d ? digits(text, 8, 2) : Number.NaN
  if (!(day >= 1 && day <= daysOfMonth(year, month))) return undefined
  const midnight = dayNumber(year, month, day) * DAY
  if (length === 10) return { from: midnight, to: midnight + DAY }

  if (text.charCodeAt(10) !== 0x54) return undefined
  const zoneAt = zoneStart(text)
  const time = timeOfDay(text, 11, zoneAt)
  const offset = zoneOffset(text, zoneAt)
  if (time === undefined || offset === undefined) return undefined
  const shift = midnight - offset
  return { from: shift + time.from, to: shift + time.to }
}

/** The range of a FHIR time in milliseconds since midnight; undefined when the text is no time. */
export function timeRange(text: string): TimeRange | undefined {
  return timeOfDay(text, 0, text.length)
}

/** hh:mm[:ss[.fff]]; second 60 is a leap second. */
function timeOfDay(text: string, at: number, end: number): TimeRange | undefined {
  const hour = digits(text, at, 2)
  const minute = text.charCodeAt(at + 2) === 0x3a ? digits(text, at + 3, 2) : Number.NaN
  if (!(hour <= 23 && minute <= 59)) return undefined
  const from = hour * HOUR + minute * MINUTE
  if (end === at + 5) return { from, to: from + MINUTE }

  const second = text.charCodeAt(at + 5) === 0x3a ? digits(text, at + 6, 2) : Number.NaN
  if (!(second <= 60)) return undefined
  if (end === at + 8) return { from: from + second * SECOND, to: from + (second + 1) * SECOND }

  if (text.charCodeAt(at + 8) !== 0x2e || end === at + 9 || Number.isNaN(digits(text, at + 9, end - at - 9))) return undefined
  const places = Math.min(end - at - 9, 3)
  const unit = 10 ** (3 - places)
  const start = from + second * SECOND + digits(text, at + 9, places) * unit
  return { from: start, to: start + unit }
}

/** Where the zone begins, or the end of the text. */
function zoneStart(text: string): number {
  const { length } = text
  if (text.charCodeAt(length - 1) === 0x5a) return length - 1
  const sign = text.charCodeAt(length - 6)
  return length > 16 && (sign === 0x2b || sign === 0x2d) ? length - 6 : length
}

/** Milliseconds to subtract; R4 allows offsets up to 14:00. */
function zoneOffset(text: string, at: number): number | undefined {
  const { length } = text
  if (at === length || at === length - 1) return 0
  const hours = digits(text, at + 1, 2)
  const minutes = text.charCodeAt(at + 3) === 0x3a ? digits(text, at + 4, 2) : Number.NaN
  if (!(minutes <= 59 && hours * 60 + minutes <= 14 * 60)) return undefined
  return (text.charCodeAt(at) === 0x2d ? -1 : 1) * (hours * HOUR + minutes * MINUTE)
}

/** The number written in `count` decimal digits at `at`; NaN when there are none. */
function digits(text: string, at: number, count: number): number {
  let value = 0
  for (let i = at; i < at + count; i++) {
    const digit = text.charCodeAt(i) - 0x30
    if (!(digit >= 0 && digit <= 9)) return Number.NaN
    value = value * 10 + digit
  }
  return value
}

export function daysOfMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}

/** Days since 1970-01-01 in the Gregorian calendar (Date.UTC would read the years 0 to 99 as 1900 to 1999). */
function dayNumber(year: number, month: number, day: number): number {
  // Counted in 400-year eras of 146,097 days, with the year beginning in March so that the leap day comes last.
  const y = month <= 2 ? year - 1 : year
  const era = Math.floor(y / 400)
  const yearOfEra = y - era * 400
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  return era * 146097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719468
}
