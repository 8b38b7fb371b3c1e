/**
 * The table of a resource type in the form of the ANALYTICS_V2 schema of the Cloud Healthcare API: its columns, and resources as rows. Columns follow from
 * the definitions of R4; those of extensions and of references to anything follow from the data, which a table learns while it makes rows.
 */
import { parseJson } from '../fhir/json.js'
import type { Column } from './columns.js'
import { exactly } from './exact.js'
import { type Found, mergeFound } from './found.js'
import { Depth, type Row, type Shape } from './record.js'
import { SHAPES } from './shapes.js'

/** recursiveStructureDepth of the API: how often a field name may stand on the way to an element. */
export const DEFAULT_DEPTH = 2
export const MAX_DEPTH = 5

export class Table {
  readonly type: string
  readonly #shape: Shape

  /** type: a resource type. */
  constructor(type: string, depth = DEFAULT_DEPTH) {
    this.type = type
    this.#shape = SHAPES.element(type, new Depth(depth, SHAPES))
  }

  /** The row of a resource, given as JSON text. */
  row(text: string): Row {
    // What is contained stays text, with all digits.
    const resource: unknown = text.includes('"contained"') ? exactly(parseJson(text)) : JSON.parse(text)
    return this.#shape.row(resource as Row)
  }

  /** All columns, also those that no row so far has a value for. */
  columns(): readonly Column[] {
    return this.#shape.columns()
  }

  /** What was found in the rows. */
  found(): Found {
    return this.#shape.found() ?? {}
  }

  /** Takes over what was found elsewhere. */
  learn(found: Found): void {
    this.#shape.learn(found)
  }

  /**
   * Whether all rows were written with the names that the columns have now. Not so when an extension was met whose name another one had before: the rows are
   * to be made anew then, by a table that knows everything.
   */
  agrees(found: Found): boolean {
    return this.#shape.agrees(mergeFound(found, undefined))
  }
}
