/** What a criterion of a search is in SQL: a check on one resource, and where candidates can be taken from. */
import type { CriterionPath } from '../../fhir/search-criterion.js'
import type { Limits } from '../../fhir/search-limits.js'
import type { DateBounds } from './search-ranges.js'
import { join, name, type Sql, sql } from './sql.js'

/** The resources that are looked at. Names in SQL differ by depth, so that conditions can stand inside each other. */
export interface Scope {
  /** Numbers of their types; at least one. */
  readonly types: readonly number[]
  /** The row of `resource`: r, r1, r2 ... */
  readonly row: Sql
  /** The table that gives candidates: x, x1, x2 ... */
  readonly source: Sql
  readonly depth: number
  /** Milliseconds since 1970. */
  readonly now: number
  /** What the asker may see; undefined: everything. */
  readonly limits: Limits | undefined
}

/** depth: 0 for the resources that are searched, 1 for those they are chained to, and so on. */
export function scopeOf(types: readonly number[], depth: number, now: number, limits?: Limits): Scope {
  const mark = depth === 0 ? '' : String(depth)
  return { types, row: name(`r${mark}`), source: name(`x${mark}`), depth, now, limits }
}

/** `FROM <from> WHERE <where>` gives candidates as <scope.source>.rid. */
export interface Source {
  readonly from: Sql
  readonly where: Sql
}

/** A way to all resources that meet a criterion. */
export interface Driver {
  readonly sources: readonly Source[]
  /** Each source gives its rids once and in ascending order. */
  readonly ordered: boolean
  /** No other resources come this way: the check is needless. */
  readonly exact: boolean
  /** Ordered, and each source is one key of an index that holds living resources of the searched types only: its ends cost a seek each. */
  readonly keyed?: boolean
  /** What to count in place of the sources, where these cost more than rows of an index. */
  readonly gauge?: readonly Source[]
}

/** A span of rid: after (exclusive) to last (inclusive). */
export interface Span {
  readonly after: number
  readonly last: number
}

export const EVERYWHERE: Span = { after: -1, last: Number.MAX_SAFE_INTEGER }

/** True for a rid within the span. */
export function inSpan(rid: Sql, { after, last }: Span): Sql {
  return last === EVERYWHERE.last ? sql`${rid} > ${after}` : sql`${rid} > ${after} AND ${rid} <= ${last}`
}

export interface Condition {
  /** True for the row <scope.row> that is looked at. */
  readonly check: Sql
  /** Empty: candidates cannot be taken from here. */
  readonly drivers: readonly Driver[]
  /** The check reads bodies: to look at all resources, going through a driver costs less however large it is. */
  readonly costly?: boolean
  /** Of clauses on dates: those of one path can be narrowed together (search.ts). */
  readonly dates?: DateCondition
}

export interface DateCondition {
  /** Undefined: lastUpdated, a column of the resource. */
  readonly paths: readonly CriterionPath[] | undefined
  readonly bounds: DateBounds
}

export function and(pieces: readonly Sql[]): Sql {
  return pieces.length === 0 ? name('1') : join(pieces, ' AND ')
}

/** `r.type` is one of the scope's types. */
export function typeCheck({ row, types }: Pick<Scope, 'row' | 'types'>): Sql {
  return oneOf(sql`${row}.type`, types)
}

/**
 * tick(), asked for one in sixteen resources: a call of JavaScript costs more than a row of an index. The product spreads them, so that numbers given
 * in a pattern are met too.
 */
export function ticking(row: Sql): Sql {
  return sql`((${row}.rid * 40503 >> 8) & 15 OR tick())`
}

/** More sources than this are not taken as a driver: SQLite takes at most 500 parts in a compound SELECT. */
export const MOST_SOURCES = 200

/** SELECT of the rids that sources give. */
export function ridsOf(sources: readonly Source[], { source: x }: Scope): Sql {
  if (sources.length === 0) return sql`SELECT 0 AS rid WHERE 0`
  return join(
    sources.map(({ from, where }) => sql`SELECT ${x}.rid FROM ${from} WHERE ${where}`),
    ' UNION ALL '
  )
}

/** All resources of the types, as candidates. */
export function everything({ types, source: x }: Scope): Driver {
  return {
    sources: types.map((type) => ({
      from: sql`resource ${x} INDEXED BY resource_type`,
      where: sql`${x}.type = ${type} AND ${x}.deleted = 0`
    })),
    ordered: true,
    exact: false
  }
}

/** `column = value`, or IN several. */
export function oneOf(column: Sql, values: readonly number[]): Sql {
  if (values.length === 1) return sql`${column} = ${values[0]!}`
  const list = join(
    values.map((value) => sql`${value}`),
    ', '
  )
  return sql`${column} IN (${list})`
}
