/** The statements that give a page of a sorted search: rows of rid and the values of the keys. */
import type { SortKey } from '../../fhir/search-result.js'
import { and } from './search-condition.js'
import type { Position, Sorter, Walk } from './search-sort.js'
import { join, name, type Sql, sql } from './sql.js'

const INNER = name('r.rid')
const OUTER = name('rid')

/** Takes all that a search finds, and sorts it. all: a SELECT of rid and what it is given as columns. */
export function gathered(
  sorter: Sorter,
  keys: readonly SortKey[],
  all: (columns: Sql) => Sql,
  after: Position | undefined,
  most: number
): Sql {
  const found = all(sorter.columns(keys))
  const order = sql`ORDER BY ${sorter.order(keys, OUTER)} LIMIT ${most}`
  if (after === undefined) return sql`${found} ${order}`
  return sql`WITH m AS MATERIALIZED (${found}) SELECT * FROM m WHERE ${sorter.after(keys, OUTER, after)} ${order}`
}

/** Walks the indexes of the first key, and stops when the page is full. checks: of the resource r. */
export function walked(
  sorter: Sorter,
  keys: readonly SortKey[],
  walks: readonly Walk[],
  checks: readonly Sql[],
  after: Position | undefined,
  most: number
): Sql {
  const [{ descending }] = keys as [SortKey]
  const first = after?.values[0]
  const parts = walks.map(({ from, where, column, key, alone, start }) => {
    const bound = first === undefined || first === null ? undefined : start(first)
    const from_ = bound === undefined ? [] : [sql`${column} ${name(descending ? '<=' : '>=')} ${bound}`]
    const conditions = and([where, ...from_, ...checks, ...(alone === undefined ? [] : [alone]), sorter.after(keys, INNER, after)])
    return sql`SELECT * FROM (SELECT ${name(alone === undefined ? '' : 'DISTINCT ')}r.rid AS rid, ${sorter.columns(keys, key)} FROM ${from}
      WHERE ${conditions} ORDER BY ${sorter.order(keys, INNER, { by: column })} LIMIT ${most})`
  })
  return merged(sorter, keys, parts, most)
}

/** The resources without a value for the first key: they come last. */
export function unvalued(
  sorter: Sorter,
  keys: readonly SortKey[],
  types: readonly number[],
  checks: readonly Sql[],
  after: Position | undefined,
  most: number
): Sql {
  const conditions = and([...checks, sorter.missing(keys[0]!), sorter.after(keys, INNER, after)])
  const parts = types.map(
    (type) => sql`SELECT * FROM (SELECT r.rid AS rid, ${sorter.columns(keys, name('NULL'))} FROM resource r INDEXED BY resource_type
      WHERE r.type = ${type} AND ${conditions} ORDER BY ${sorter.order(keys, INNER, { by: undefined })} LIMIT ${most})`
  )
  return merged(sorter, keys, parts, most)
}

function merged(sorter: Sorter, keys: readonly SortKey[], parts: readonly Sql[], most: number): Sql {
  const [one] = parts as [Sql]
  return parts.length === 1 ? one : sql`${join(parts, ' UNION ALL ')} ORDER BY ${sorter.order(keys, OUTER)} LIMIT ${most}`
}
