/** What rows are made of: records, which shapes make, and their fields. Shapes and fields hold each other; both know only what is said here. */

import type { Column } from './columns.js'
import { Exact } from './exact.js'
import type { Found } from './found.js'

export type Row = Record<string, unknown>

/** Takes the value of a JSON member and puts what becomes of it into a row. What is not of the form that R4 gives it is left out. */
export type Put = (value: unknown, row: Row) => void

export interface Field {
  readonly name: string
  /** By JSON member name. */
  puts(): Iterable<readonly [string, Put]>
  columns(): readonly Column[]
  found(): Found | undefined
  learn(found: Found): void
  /** Whether rows were written with the names of columns that are in force. */
  agrees(found: Found): boolean
}

export interface Shape {
  /** A new row; empty when nothing of the value has a column. */
  row(value: Row): Row
  columns(): readonly Column[]
  found(): Found | undefined
  learn(found: Found): void
  agrees(found: Found): boolean
}

/** Makes the shapes that fields hold (shapes.ts). */
export interface Shapes {
  /** The elements of a data type, a backbone element or a resource. */
  element(type: string, depth: Depth): Shape
  /** targets: types of resources. */
  reference(targets: readonly string[], depth: Depth): Shape
  extension(depth: Depth): Shape
  /** What is said about a primitive. */
  bare(depth: Depth): Shape
}

/** How often each field name stands on the way to an element. */
export class Depth {
  readonly limit: number
  readonly shapes: Shapes
  readonly #counts: ReadonlyMap<string, number>

  constructor(limit: number, shapes: Shapes, counts: ReadonlyMap<string, number> = new Map()) {
    this.limit = limit
    this.shapes = shapes
    this.#counts = counts
  }

  /** One deeper; undefined: the name stood there too often. */
  enter(name: string): Depth | undefined {
    const count = (this.#counts.get(name) ?? 0) + 1
    return count > this.limit ? undefined : new Depth(this.limit, this.shapes, new Map(this.#counts).set(name, count))
  }
}

export function foundIn(fields: Iterable<Field>): Found | undefined {
  const found = [...fields].flatMap((field) => {
    const one = field.found()
    return one === undefined ? [] : [[field.name, one] as const]
  })
  return found.length === 0 ? undefined : { fields: Object.fromEntries(found) }
}

export function isObject(value: unknown): value is Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Exact)
}

export function isFull(row: unknown): boolean {
  for (const _ in row as object) return true
  return false
}
