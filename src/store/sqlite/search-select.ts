/** The SELECT of a search without sorting, and whether SQLite takes it. */
import { and, type Driver, inSpan, type Scope, type Span, ticking, typeCheck } from './search-condition.js'
import { join, name, type Sql, sql } from './sql.js'

/** SQLite takes at most 32,766 parameters and a million characters in a statement. */
const MOST_PARAMETERS = 32_000
const MOST_TEXT = 900_000

/** More types than this are not walked one beside the other. */
const MOST_WALKS = 20

const R = name('r')
const X = name('x')

/** SELECT of the rids in a span that pass all checks, each once. columns: what else to give of the resource r. */
export function select(driver: Driver | undefined, scope: Scope, checks: readonly Sql[], span: Span, columns?: Sql): Sql {
  const more = columns === undefined ? name('') : sql`, ${columns}`
  if (driver === undefined) {
    const rest = checks.length === 0 ? name('') : sql` AND ${and([ticking(R), ...checks])}`
    const all = sql`r.deleted = 0 AND ${inSpan(name('r.rid'), span)}${rest}`
    if (scope.types.length > MOST_WALKS) return sql`SELECT r.rid AS rid${more} FROM resource r WHERE ${typeCheck(scope)} AND ${all}`
    const walks = scope.types.map(
      (type) => sql`SELECT r.rid AS rid${more} FROM resource r INDEXED BY resource_type WHERE r.type = ${type} AND ${all}`
    )
    return join(walks, ' UNION ALL ')
  }
  if (driver.sources.length === 0) return sql`SELECT r.rid AS rid${more} FROM resource r WHERE r.rid = -1`
  // The plus keeps SQLite from using an index in the order of rid, in which it would have to skip most rows.
  const rid = name(driver.ordered ? 'x.rid' : '+x.rid')
  const each = driver.ordered || driver.sources.length > 1 ? name('x.rid') : name('DISTINCT +x.rid')
  const looked = early(and([ticking(X), ...checks]))
  const shown = early(more)
  const bare = driver.keyed === true && !mentions(looked) && !mentions(shown)
  const resource = bare ? name('') : name(' CROSS JOIN resource r')
  const living = bare ? name('') : sql` AND r.rid = x.rid AND ${typeCheck(scope)} AND r.deleted = 0`
  const parts = driver.sources.map(
    ({ from, where }) =>
      sql`SELECT ${each} AS rid${shown} FROM ${from}${resource} WHERE ${where} AND ${inSpan(rid, span)}${living} AND ${looked}`
  )
  return join(parts, ' UNION ')
}

/** r and x are the same resource: said of x, a check is made before the row of r is read. */
function early({ text, parameters }: Sql): Sql {
  return { text: text.replaceAll(/\br\.rid\b/g, 'x.rid'), parameters }
}

/** True when something of r besides its rid is needed. */
function mentions({ text }: Sql): boolean {
  return /\br\./.test(text)
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
