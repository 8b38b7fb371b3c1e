/** Points in time as whole seconds since 1970-01-01 00:00:00 without time zone, written as MIMIC writes them. */

export const MINUTE = 60
export const HOUR = 3600
export const DAY = 86400

/** Gregorian date to seconds; month 1 to 12. Days beyond the month run on into the next. */
export function at(year: number, month: number, day: number, seconds = 0): number {
  return Date.UTC(year, month - 1, day) / 1000 + seconds
}

export function startOfDay(time: number): number {
  return Math.floor(time / DAY) * DAY
}

/** The same day of the year, `years` later (negative: earlier); 29 February becomes 28 February where needed. */
export function addYears(time: number, years: number): number {
  const date = new Date(time * 1000)
  const month = date.getUTCMonth()
  date.setUTCFullYear(date.getUTCFullYear() + years)
  if (date.getUTCMonth() !== month) date.setUTCDate(0)
  return date.getTime() / 1000
}

let knownDay = Number.NaN
let knownText = ''

/** `2164-10-23`. The last day asked for is remembered: rows come in the order of time. */
export function dateText(time: number): string {
  const day = Math.floor(time / DAY)
  if (day !== knownDay) {
    knownDay = day
    knownText = new Date(day * DAY * 1000).toISOString().slice(0, 10)
  }
  return knownText
}

const TWO_DIGITS = Array.from({ length: 60 }, (_, n) => (n < 10 ? `0${n}` : `${n}`))

/** `2164-10-23 21:09:00`; undefined gives the empty cell. */
export function timeText(time: number | undefined): string {
  if (time === undefined) return ''
  const second = time - Math.floor(time / DAY) * DAY
  const minute = Math.floor(second / 60)
  return `${dateText(time)} ${TWO_DIGITS[Math.floor(minute / 60)]}:${TWO_DIGITS[minute % 60]}:${TWO_DIGITS[second % 60]}`
}
