/** Local times of a source as FHIR dateTime. A fixed offset where the dates are shifted; a zone where they are real. */
import { quote } from './cells.js'

/**
 * Makes the JSON string of a dateTime from `YYYY-MM-DD HH:MM:SS[.fff]`. miss counts the hours a zone's clock showed twice or never: of an hour shown twice the
 * earlier instant is taken, an hour that never was keeps the offset from before the change.
 */
export type DateTimeMaker = (text: string, miss: (column: string, value: string) => void) => string

const HOURS = 3_600_000
/** Offsets lie between -12:00 and +14:00. */
const WIDEST = 14 * HOURS
const CACHED = 50_000

const FIXED = /^Z$|^[+-](?:0\d|1[0-3]):[0-5]\d$|^[+-]14:00$/

/** timezone: an offset (`-05:00`, `Z`) or an IANA zone name. Throws RangeError for anything else. */
export function dateTimeMaker(timezone: string): DateTimeMaker {
  if (FIXED.test(timezone)) {
    const tail = `${timezone}"`
    return (text) => `"${text.slice(0, 10)}T${text.slice(11)}${tail}`
  }
  const offsetAt = zoneOffsets(timezone)
  return (text, miss) => {
    const local = Date.parse(`${text.slice(0, 10)}T${text.slice(11, 19)}Z`)
    // The instant lies between these two; around a change of the clock their offsets differ.
    const offsets = [offsetAt(local - WIDEST), offsetAt(local + WIDEST)]
    const fits = [...new Set(offsets)].filter((offset) => offsetAt(local - offset * 60_000) === offset)
    if (fits.length > 1) miss('timezone', `ambiguous local time in ${timezone}`)
    if (fits.length === 0) miss('timezone', `local time that did not exist in ${timezone}`)
    return quote(`${text.slice(0, 10)}T${text.slice(11)}${clock(fits.length === 0 ? Math.min(...offsets) : Math.max(...fits))}`)
  }
}

const DATE_TIME = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)$/

/**
 * The way back: `YYYY-MM-DD HH:MM:SS[.fff]` as the source's clock showed it, from a FHIR dateTime with any offset (somebody may have written the resource
 * anew). A dateTime without a time is given as it is.
 */
export function localTimeReader(timezone: string): (dateTime: string) => string {
  const make = dateTimeMaker(timezone)
  const fixed = timezone === 'Z' ? 0 : minutes(timezone)
  const offsetAt = FIXED.test(timezone) ? () => fixed : zoneOffsets(timezone)
  return (dateTime) => {
    const [, day, time, fraction = ''] = DATE_TIME.exec(dateTime) ?? []
    if (day === undefined || time === undefined) return dateTime
    const own = `${day} ${time}${fraction}`
    if (JSON.parse(make(own, () => {})) === dateTime) return own
    const instant = Date.parse(dateTime.replace(fraction, ''))
    return new Date(instant + offsetAt(instant) * 60_000).toISOString().slice(0, 19).replace('T', ' ') + fraction
  }
}

/** `-05:30` -> -330. */
function minutes(offset: string): number {
  const [hours = 0, rest = 0] = offset.slice(1).split(':').map(Number)
  return (offset.startsWith('-') ? -1 : 1) * (hours * 60 + rest)
}

/** Whether dateTimeMaker takes it. */
export function isTimezone(timezone: string): boolean {
  try {
    dateTimeMaker(timezone)
    return true
  } catch {
    return false
  }
}

function clock(offset: number): string {
  const absolute = Math.abs(offset)
  const two = (value: number) => String(value).padStart(2, '0')
  return `${offset < 0 ? '-' : '+'}${two(Math.floor(absolute / 60))}:${two(absolute % 60)}`
}

/** Minutes east of UTC at an instant (milliseconds). */
function zoneOffsets(timezone: string): (instant: number) => number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: timezone,
    hourCycle: 'h23',
    era: 'short',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric'
  })
  const cache = new Map<number, number>()
  return (instant) => {
    // Clocks change on quarter hours only: one entry per quarter is exact.
    const quarter = Math.floor(instant / 900_000)
    let offset = cache.get(quarter)
    if (offset === undefined) {
      offset = Math.round((shown(format, quarter * 900_000) - quarter * 900_000) / 60_000)
      if (cache.size >= CACHED) cache.clear()
      cache.set(quarter, offset)
    }
    return offset
  }
}

/** What the clock of a zone shows at an instant, as if it were UTC. */
function shown(format: Intl.DateTimeFormat, instant: number): number {
  const parts = new Map(format.formatToParts(instant).map((part) => [part.type, part.value]))
  const part = (type: Intl.DateTimeFormatPartTypes) => Number(parts.get(type))
  // Date.UTC would take the years 0 to 99 for 1900 to 1999.
  const date = new Date(0)
  date.setUTCFullYear(parts.get('era') === 'BC' ? 1 - part('year') : part('year'), part('month') - 1, part('day'))
  return date.setUTCHours(part('hour'), part('minute'), part('second'))
}
