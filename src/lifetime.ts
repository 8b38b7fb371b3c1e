/** Lengths of time as people write them. */
import { fail } from './errors.js'

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 }
const LONGEST = 366 * 86_400

/** Reads a lifetime such as `90s`, `15m`, `8h` or `30d` into seconds; at most 366 days. Throws cli.usage. */
export function parseLifetime(text: string): number {
  const match = /^(\d{1,9})([smhd])$/.exec(text)
  const seconds = match ? Number(match[1]) * UNITS[match[2]!]! : 0
  if (seconds < 1 || seconds > LONGEST) {
    throw fail('cli.usage', { reason: `A lifetime is a number and s, m, h or d, at most 366d: 15m, 8h, 30d, not "${text}"` })
  }
  return seconds
}
