/** Members of what is asked of a job. */
import { fail } from '../errors.js'

/** Throws job.request when it is no object, or has a member that is not known. */
export function members(value: unknown, what: string, known: readonly string[]): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refuse(`${what} is a JSON object`)
  const odd = Object.keys(value).find((name) => !known.includes(name))
  if (odd !== undefined) throw refuse(`There is no "${odd.slice(0, 40)}" here (known: ${known.join(', ')})`, odd.slice(0, 40))
  return value as Record<string, unknown>
}

export function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string' && one !== '' && one.length <= 2048 && !one.includes('\0'))
}

export function isWhole(value: unknown, least: number, most: number): boolean {
  return Number.isInteger(value) && (value as number) >= least && (value as number) <= most
}

/** job.request; expression: the member. */
export function refuse(reason: string, expression?: string): Error {
  return fail('job.request', { reason }, expression === undefined ? {} : { expression })
}
