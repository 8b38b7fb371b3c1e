/** What a question is, and the arithmetic both sides share. */
import type { Hospital } from './client.js'
import type { Tables } from './csv.js'

export interface Question {
  /** What is asked, in words. */
  readonly asks: string
  /** The answer from the CSV files: lines, in any order. */
  csv(tables: Tables): string[]
  /** The answer from the FHIR server. */
  fhir(hospital: Hospital): Promise<string[]> | string[]
}

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)$/

/** The number a cell holds, when it holds nothing else. */
export function numberIn(cell: string): number | undefined {
  return NUMBER.test(cell) ? Number(cell) : undefined
}

/** Whole minutes between two times as the source writes them. */
export function minutes(from: string, to: string): number {
  return Math.round((Date.parse(`${to.replace(' ', 'T')}Z`) - Date.parse(`${from.replace(' ', 'T')}Z`)) / 60000)
}

/** Completed years from one day to another. */
export function years(from: string, to: string): number {
  const whole = Number(to.slice(0, 4)) - Number(from.slice(0, 4))
  return to.slice(5, 10) < from.slice(5, 10) ? whole - 1 : whole
}

/** A sum that does not depend on the order of the numbers, rounded to a thousandth. */
export function sum(numbers: readonly number[]): string {
  const total = numbers.toSorted((a, b) => a - b).reduce((sum, one) => sum + one, 0)
  return String(Math.round(total * 1000) / 1000)
}

export function grouped<T>(items: Iterable<T>, key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const group = groups.get(key(item))
    if (group) group.push(item)
    else groups.set(key(item), [item])
  }
  return groups
}

/** `key: how many` per key. */
export function counted(keys: Iterable<string>): string[] {
  return [...grouped(keys, (key) => key)].map(([key, group]) => `${key}: ${group.length}`)
}

/** The smallest item by some text. */
export function first<T>(items: readonly T[], by: (item: T) => string): T {
  return items.reduce((best, item) => (by(item) < by(best) ? item : best))
}

export function last<T>(items: readonly T[], by: (item: T) => string): T {
  return items.reduce((best, item) => (by(item) > by(best) ? item : best))
}

/** One line per group: its key and what is said of it; nothing where nothing is said. */
export function perGroup<T>(items: Iterable<T>, key: (item: T) => string, say: (group: T[]) => string | undefined): string[] {
  return [...grouped(items, key)].flatMap(([name, group]) => {
    const said = say(group)
    return said === undefined ? [] : [`${name}: ${said}`]
  })
}
