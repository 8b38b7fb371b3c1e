/** Local times of a source as FHIR dateTime. A fixed offset where the dates are shifted; a zone where they are real. */
import { quote } from './cells.js'

/** Makes the JSON string of a dateTime from `YYYY-MM-DD HH:MM:SS`; ambiguous is called for an hour that the clock showed twice. */
export type DateTimeMaker = (text: string, miss: (column: string, value: string) => void) => string

/** timezone: an offset (`-05:00`, `Z`) or an IANA zone name. Throws RangeError for an unknown zone. */
export function dateTimeMaker(timezone: string): DateTimeMaker {
  if (timezone === 'Z' || /^[+-]\d{2}:\d{2}$/.test(timezone)) {
    const tail = `${timezone}"`
    return (text) => `"${text.slice(0, 10)}T${text.slice(11)}${tail}`
  }
  const offsetAt = zoneOffsets(timezone)
  return (text, miss) => {
    const local = Date.parse(`${text.slice(0, 10)}T${text.slice(11, 19)}Z`)
    // Both guesses are tried: around a change of the clock they differ. The earlier instant is taken where both fit.
    const fits = [...new Set([offsetAt(local - 14 * 3_600_000), offsetAt(local + 14 * 3_600_000)])].filter(
      (offset) => offsetAt(local - offset * 60_000) === offset
    )
    if (fits.length > 1) miss('timezone', `ambiguous local time in ${timezone}`)
    if (fits.length === 0) miss('timezone', `local time that did not exist in ${timezone}`)
    const offset = fits.length === 0 ? offsetAt(local) : Math.max(...fits)
    const absolute = Math.abs(offset)
    const clock = `${String(Math.floor(absolute / 60)).padStart(2, '0')}:${String(absolute % 60).padStart(2, '0')}`
    return quote(`${text.slice(0, 10)}T${text.slice(11)}${offset < 0 ? '-' : '+'}${clock}`)
  }
}

/** Minutes east of UTC at an instant (milliseconds). */
function zoneOffsets(timezone: string): (instant: number) => number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: timezone,
    hourCycle: 'h23',
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
      const parts = Object.fromEntries(format.formatToParts(quarter * 900_000).map((part) => [part.type, Number(part.value)]))
      const shown = Date.UTC(
        parts['year'] ?? 0,
        (parts['month'] ?? 1) - 1,
        parts['day'] ?? 1,
        parts['hour'] ?? 0,
        parts['minute'] ?? 0,
        parts['second'] ?? 0
      )
      offset = Math.round((shown - quarter * 900_000) / 60_000)
      if (cache.size > 50_000) cache.clear()
      cache.set(quarter, offset)
    }
    return offset
  }
}
