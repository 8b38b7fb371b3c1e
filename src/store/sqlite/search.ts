/**
 * Type searches. Every clause becomes a check on one resource; candidates come from the clause that leaves the fewest, in the order of
 * rid, so that pages stay what they are while others write. The order of the loops is fixed here (CROSS JOIN), not left to the planner.
 */
import { hash } from 'node:crypto'
import { fail } from '../../errors.js'
import type { Criterion } from '../../fhir/search-criterion.js'
import { isClause } from '../../fhir/search-criterion.js'
import { type IndexSink, indexResource } from '../../fhir/search-index.js'
import type { SearchQuery } from '../../fhir/search-query.js'
import { type Dictionary, Systems } from './dictionary.js'
import type { ResourceRow } from './reader.js'
import type { Db } from './schema.js'
import { ClauseCompiler, type Wanted } from './search-clauses.js'
import { and, type Condition, type DateCondition, type Driver, type Scope, scopeOf, typeCheck } from './search-condition.js'
import { type DateBounds, within } from './search-ranges.js'
import { join, name, type Sql, sql } from './sql.js'

export interface Found {
  readonly rows: readonly ResourceRow[]
  readonly next: string | undefined
  readonly total: number | undefined
}

/** A driver, and the condition whose check it makes needless. */
interface Choice extends Driver {
  readonly covers: number | undefined
}

/** Rows counted to compare drivers: few first, more when that does not tell them apart. */
const SAMPLES = [64, 4096]
/** SQLite takes at most 500 parts in a compound SELECT. */
const MOST_SOURCES = 200
/** SQLite takes at most 32,766 parameters and a million characters in a statement. */
const MOST_PARAMETERS = 32_000
const MOST_TEXT = 900_000
const STATEMENTS = 256
/** Longer statements are prepared each time, so that those kept take some megabytes at most. */
const KEPT_TEXT = 20_000
/** Bytes of bodies after which a page ends early. */
const PAGE_BYTES = 32 << 20
const CALLS_PER_LOOK = 256

export class Searcher {
  readonly #db: Db
  readonly #dictionary: Dictionary
  readonly #compiler: ClauseCompiler
  readonly #seconds: number
  readonly #row
  readonly #statements = new Map<string, ReturnType<Db['prepare']>>()
  #deadline = 0
  #calls = 0

  /** seconds: a search that takes longer throws search.too-costly. systems: of a connection that also writes, its own (a rollback makes it forget). */
  constructor(db: Db, dictionary: Dictionary, seconds: number, systems = new Systems(db)) {
    this.#db = db
    this.#dictionary = dictionary
    this.#compiler = new ClauseCompiler(db, dictionary, systems)
    this.#seconds = seconds
    this.#row = db.prepare<[number], ResourceRow>(
      `SELECT r.id, r.vid, r.updated, CAST(v.body AS BLOB) AS body FROM resource r JOIN version v ON v.seq = r.seq WHERE r.rid = ?`
    )
    // SQLite here is built without progress handler and node cannot interrupt it: the innermost loop asks for the time itself.
    db.function('tick', { deterministic: false }, () => this.#tick())
    db.function('found', { deterministic: true }, (body, wanted) => (found(String(body), String(wanted)) ? 1 : 0))
  }

  /** Throws search.page, search.value (more values than a statement can hold), search.too-costly. */
  search(query: SearchQuery): Found {
    return this.#db.transaction(() => this.find(query))()
  }

  /** The same, in a transaction that is open already. */
  find(query: SearchQuery): Found {
    const types = query.types.map((type) => this.#dictionary.types.get(type)).filter((type) => type !== undefined)
    const after = readCursor(query)
    if (types.length === 0) return { rows: [], next: undefined, total: query.total === 'accurate' ? 0 : undefined }
    this.#deadline = performance.now() + this.#seconds * 1000
    this.#calls = 0
    return this.#find(query, scopeOf(types, 0, Date.now()), after)
  }

  #find(query: SearchQuery, scope: Scope, after: number): Found {
    const conditions = query.criteria.map((criterion) => this.#compile(criterion, scope))
    const checksOf = (driver: Choice | undefined) => conditions.flatMap(({ check }, n) => (n === driver?.covers ? [] : [check]))
    const driver = this.#choose(this.#drivers(conditions, scope).filter((one) => isSmall(one, checksOf(one))))
    const checks = checksOf(driver)
    if (driver === undefined && !isSmall(driver, checks)) throw fail('search.value', { parameter: place(query), reason: 'too many values' })
    const total = query.total === 'accurate' ? this.#count(select(driver, scope, checks, -1)) : undefined
    if (query.count === 0) return { rows: [], next: undefined, total }

    const page = sql`${select(driver, scope, checks, after)} ORDER BY 1 LIMIT ${query.count + 1}`
    const rids = this.#prepare(page.text).pluck().all(page.parameters) as number[]
    const rows: ResourceRow[] = []
    for (let bytes = 0; rows.length < Math.min(rids.length, query.count) && bytes < PAGE_BYTES; bytes += rows.at(-1)!.body.length)
      rows.push(this.#row.get(rids[rows.length]!)!)
    return { rows, next: rows.length < rids.length ? writeCursor(query, rids[rows.length - 1]!) : undefined, total }
  }

  #compile(criterion: Criterion, scope: Scope): Condition {
    if (isClause(criterion)) return this.#compiler.compile(criterion, scope)
    throw new Error(`No SQL for ${criterion.kind}`)
  }

  #drivers(conditions: readonly Condition[], scope: Scope): Choice[] {
    const choices: Choice[] = []
    const dates = new Map<string, { paths: DateCondition['paths']; bounds: DateBounds[] }>()
    for (const [n, condition] of conditions.entries()) {
      if (condition.dates === undefined) {
        choices.push(...condition.drivers.map((driver) => ({ ...driver, covers: driver.exact ? n : undefined })))
        continue
      }
      const { paths, bounds } = condition.dates
      const key = JSON.stringify(paths ?? null)
      dates.set(key, { paths, bounds: [...(dates.get(key)?.bounds ?? []), bounds] })
    }
    for (const { paths, bounds } of dates.values())
      choices.push({ ...this.#compiler.dates(paths, within(bounds), scope), covers: undefined })
    return choices.filter(({ sources }) => sources.length <= MOST_SOURCES)
  }

  /** The driver with the fewest rows; undefined: go through all resources of the types. */
  #choose(drivers: readonly Choice[]): Choice | undefined {
    if (drivers.length === 1 && drivers[0]!.ordered) return drivers[0]
    for (const most of SAMPLES) {
      const sizes = drivers.map((driver) => this.#sample(driver, most))
      const least = Math.min(...sizes)
      if (least < most) return drivers[sizes.indexOf(least)]
    }
    // All are large. An unordered one would be sorted for every page; the type's own order costs less.
    return drivers.find(({ ordered }) => ordered)
  }

  /** Rows a driver gives, counted up to `most`. */
  #sample({ sources }: Driver, most: number): number {
    if (sources.length === 0) return 0
    const rows = join(
      sources.map(({ from, where }) => sql`SELECT 1 FROM ${from} WHERE ${where}`),
      ' UNION ALL '
    )
    return this.#count(sql`${rows} LIMIT ${most}`)
  }

  #count(rows: Sql): number {
    return this.#prepare(`SELECT count(*) FROM (${rows.text})`).pluck().get(rows.parameters) as number
  }

  #prepare(text: string) {
    const known = this.#statements.get(text)
    if (known !== undefined) return known
    if (this.#statements.size >= STATEMENTS) this.#statements.clear()
    const statement = this.#db.prepare(text)
    if (text.length <= KEPT_TEXT) this.#statements.set(text, statement)
    return statement
  }

  #tick(): number {
    if (++this.#calls % CALLS_PER_LOOK === 0 && performance.now() > this.#deadline)
      throw fail('search.too-costly', { seconds: this.#seconds })
    return 1
  }
}

/** More types than this are not walked one beside the other. */
const MOST_WALKS = 20

/** SELECT of the rids after `after` that pass all checks, each once. */
function select(driver: Driver | undefined, scope: Scope, checks: readonly Sql[], after: number): Sql {
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
  if (driver.sources.length === 0) return sql`SELECT rid FROM resource WHERE 0`
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
function isSmall(driver: Driver | undefined, checks: readonly Sql[]): boolean {
  const sources = driver?.sources ?? []
  const parts = driver === undefined ? MOST_WALKS : sources.length
  const once = and(checks)
  const all = join(
    sources.flatMap(({ from, where }) => [from, where]),
    ' UNION '
  )
  return (
    all.parameters.length + parts * (once.parameters.length + 2) < MOST_PARAMETERS &&
    all.text.length + parts * (once.text.length + 200) < MOST_TEXT
  )
}

/** What is searched, for messages. */
function place({ type, types }: SearchQuery): string {
  return type ?? types.join()
}

/** A cursor says after which rid to go on, and belongs to one search only. */
function writeCursor(query: SearchQuery, rid: number): string {
  return `${rid.toString(36)}-${fingerprint(query)}`
}

function readCursor(query: SearchQuery): number {
  if (query.cursor === undefined) return -1
  const [, rid, mark] = /^([0-9a-z]{1,10})-([0-9a-f]{16})$/.exec(query.cursor) ?? []
  const after = Number.parseInt(rid ?? '', 36)
  if (mark !== fingerprint(query) || !Number.isSafeInteger(after)) throw fail('search.page')
  return after
}

function fingerprint({ types, criteria }: SearchQuery): string {
  return hash('sha256', JSON.stringify([types, criteria])).slice(0, 16)
}

function found(body: string, wanted: string): boolean {
  const { paths, system } = JSON.parse(wanted) as Wanted
  let hit = false
  const look = (path: number, fits: (targets: readonly string[] | undefined) => boolean) => {
    hit ||= paths.some((one) => one.path === path && fits(one.targets))
  }
  const present = (path: number) => look(path, () => system === undefined)
  const sink: IndexSink = {
    token: (path, uri) => look(path, () => system === undefined || system === uri),
    reference: (path, type) => look(path, (targets) => targets === undefined || targets.includes(type)),
    string: present,
    date: present,
    number: present,
    quantity: present,
    uri: present,
    patient: () => {}
  }
  indexResource(JSON.parse(body), sink)
  return hit
}
