/** The SELECT of a search without sorting, and whether SQLite takes it. */
import { and, type Driver, type Scope, typeCheck } from './search-condition.js'
import { join, name, type Sql, sql } from './sql.js'

/** SQLite takes at most 32,766 parameters and a million characters in a statement. */
const MOST_PARAMETERS = 32_000
const MOST_TEXT = 900_000

/** More types than this are not walked one beside the other. */
const MOST_WALKS = 20

/** SELECT of the rids after `after` that pass all checks, each once. */
export function select(driver: Driver | undefined, scope: Scope, checks: readonly Sql[], after: number): Sql {
  if (driver === undefined) {
    const rest = checks.length === 0 ? name('') : sql` AND ${and([name('tick()'), ...checks])}`
    if (scope.types.length > MOST_WALKS)
      return sql`SELECT r.rid FROM resource r WHERE r.rid > ${after} AND r.deleted = 0 AND ${typeCheck(scope)}${rest}`
    const walks = scope.types.map(
      (type) =>
        sql`SELECT r.rid FROM resource r INDEXED BY resource_type WHERE r.type = ${type} AND r.deleted = 0 AND r.rid > ${after}${rest}`
    )
    return join(walks, ' UNION ALL ')
  }
  if (driver.sources.length === 0) return sql`SELECT 0 AS rid WHERE 0`
  // The plus keeps SQLite from using an index in the order of rid, in which it would have to skip most rows.
  const rid = name(driver.ordered ? 'x.rid' : '+x.rid')
  const each = driver.ordered || driver.sources.length > 1 ? name('x.rid') : name('DISTINCT +x.rid')
  const all = and([name('tick()'), typeCheck(scope), name('r.deleted = 0'), ...checks])
  const parts = driver.sources.map(
    ({ from, where }) =>
      sql`SELECT ${each} FROM ${from} CROSS JOIN resource r WHERE ${where} AND ${rid} > ${after} AND r.rid = x.rid AND ${all}`
  )
  return join(parts, ' UNION ')
}

/** False when select() would give more than SQLite takes: it writes the checks once for every source. */
export function isSmall(driver: Driver | undefined, checks: readonly Sql[]): boolean {
  const sources = driver?.sources ?? []
  const all = join(
    sources.flatMap(({ from, where }) => [from, where]),
    ' UNION '
  )
  return fits(driver === undefined ? MOST_WALKS : sources.length, checks, all)
}

/** True when SQLite takes a statement of `parts`, all of which have the checks, besides the rest. */
export function fits(parts: number, checks: readonly Sql[], rest: Sql = name('')): boolean {
  const once = and(checks)
  return (
    rest.parameters.length + parts * (once.parameters.length + 2) < MOST_PARAMETERS &&
    rest.text.length + parts * (once.text.length + 200) < MOST_TEXT
  )
}
