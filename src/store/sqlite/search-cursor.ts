/** Cursors: where a page ended. A cursor belongs to one search only, and says what comes after it whatever is written meanwhile. */
import { hash } from 'node:crypto'
import { fail } from '../../errors.js'
import type { SearchQuery } from '../../fhir/search-query.js'
import type { Position, SortValue } from './search-sort.js'

const FORM = /^([0-9a-z]{1,10})(?:\.([\w-]{1,8000}))?-([0-9a-f]{16})$/

/** `<rid>-<mark>`, of a sorted search `<rid>.<values>-<mark>`. */
export function writeCursor(query: SearchQuery, { values, rid }: Position): string {
  const sorted = values.length === 0 ? '' : `.${Buffer.from(JSON.stringify(values)).toString('base64url')}`
  return `${rid.toString(36)}${sorted}-${fingerprint(query)}`
}

/** Throws search.page for a cursor that was not given for this search. */
export function readCursor(query: SearchQuery): Position | undefined {
  if (query.cursor === undefined) return undefined
  const [, rid, sorted, mark] = FORM.exec(query.cursor) ?? []
  const position = { rid: Number.parseInt(rid ?? '', 36), values: sorted === undefined ? [] : readValues(sorted) }
  if (mark !== fingerprint(query) || !Number.isSafeInteger(position.rid) || position.values.length !== valuesOf(query))
    throw fail('search.page')
  return position
}

function readValues(text: string): SortValue[] {
  try {
    const values = JSON.parse(Buffer.from(text, 'base64url').toString()) as unknown
    if (Array.isArray(values) && values.every((one) => one === null || typeof one === 'string' || typeof one === 'number')) return values
  } catch {
    // Not one of ours.
  }
  throw fail('search.page')
}

/** How many values a position has: those of the sort keys, or how much of a container was given. */
function valuesOf({ sort, contained }: SearchQuery): number {
  return contained?.give === 'contained' ? 1 : sort.length
}

function fingerprint({ types, compartment, criteria, sort, contained }: SearchQuery): string {
  return hash('sha256', JSON.stringify([types, compartment ?? null, criteria, sort, contained])).slice(0, 16)
}
