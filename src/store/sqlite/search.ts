/**
 * Type searches. Every clause becomes a check on one resource; candidates come from the clause that leaves the fewest, in the order of
 * rid, so that pages stay what they are while others write. The order of the loops is fixed here (CROSS JOIN), not left to the planner.
 */
import { fail } from '../../errors.js'
import { resourceTypes } from '../../fhir/definitions.js'
import { codesOf, lastOfEach } from '../../fhir/lastn.js'
import { limitsOf } from '../../fhir/search-limits.js'
import type { SearchQuery } from '../../fhir/search-query.js'
import { cutResource } from '../../fhir/subset.js'
import { type Dictionary, Systems } from './dictionary.js'
import type { ResourceRow } from './reader.js'
import type { Db } from './schema.js'
import { CriterionCompiler, SAMPLES } from './search-compile.js'
import {
  type Condition,
  type DateCondition,
  type Driver,
  EVERYWHERE,
  everything,
  MOST_SOURCES,
  type Scope,
  type Span,
  scopeOf,
  ticking,
  typeCheck
} from './search-condition.js'
import { Containers } from './search-contained.js'
import { readCursor, writeCursor } from './search-cursor.js'
import { Includer } from './search-include.js'
import { gathered, unvalued, walked } from './search-order.js'
import { type DateBounds, within } from './search-ranges.js'
import { fits, isSmall, select } from './search-select.js'
import { type Position, Sorter, type SortValue } from './search-sort.js'
import { SMALL, Statements } from './search-statements.js'
import { name, type Sql, sql } from './sql.js'

export interface Found {
  readonly rows: readonly ResourceRow[]
  readonly included: readonly ResourceRow[]
  /** Not everything that was to be included is there. */
  readonly cut: boolean
  readonly next: string | undefined
  readonly total: number | undefined
}

/** A driver, and the condition whose check it makes needless. */
interface Choice extends Driver {
  readonly covers: number | undefined
}

/** How a search is carried out. */
interface Plan {
  readonly scope: Scope
  readonly driver: Choice | undefined
  /** Checks of what the driver gives look into bodies. */
  readonly costly: boolean
  /** Where all that is found lies. */
  readonly span: Span
  /** Needed for what the driver gives, and for any resource. */
  readonly checks: readonly Sql[]
  readonly all: readonly Sql[]
  /** SELECT of all that is found, for counting. */
  readonly whole: Sql
  /** Bounds on lastUpdated. */
  readonly updated: DateBounds | undefined
}

/** The matches of a page. next: where the one after it begins; undefined: nowhere. */
interface Rows {
  readonly rows: readonly ResourceRow[]
  readonly bytes: number
  readonly next: Position | undefined
}

/** Bytes of bodies after which a page ends early. */
const PAGE_BYTES = 32 << 20
/** Resources that are sorted as a whole, a fraction of it where the body of each must be read. */
const MOST_SORTED = 65_536
const COST_OF_BODY = 8

export class Searcher {
  readonly #db: Db
  readonly #dictionary: Dictionary
  readonly #compiler: CriterionCompiler
  readonly #statements: Statements
  readonly #sorter: Sorter
  readonly #includer: Includer
  readonly #containers: Containers
  readonly #mostSorted: number
  readonly #row
  readonly #inUse

  /**
   * seconds: a search that takes longer throws search.too-costly. systems: of a connection that also writes, its own (a rollback makes it forget).
   * mostSorted: resources that are sorted as a whole. small: resources that are found first where looking at each costs more.
   */
  constructor(
    db: Db,
    dictionary: Dictionary,
    seconds: number,
    { systems = new Systems(db), mostSorted = MOST_SORTED, small = SMALL } = {}
  ) {
    this.#db = db
    this.#dictionary = dictionary
    this.#statements = new Statements(db, seconds, small)
    this.#compiler = new CriterionCompiler(db, dictionary, systems, this.#statements)
    this.#containers = new Containers(dictionary, this.#compiler, this.#statements)
    this.#mostSorted = mostSorted
    this.#sorter = new Sorter(db, dictionary)
    this.#includer = new Includer(db, dictionary, () => this.#statements.tick())
    this.#row = db.prepare<[number], ResourceRow>(
      `SELECT r.rid, r.type, r.id, r.vid, r.updated, CAST(v.body AS BLOB) AS body FROM resource r JOIN version v ON v.seq = r.seq WHERE r.rid = ?`
    )
    this.#inUse = db
      .prepare<[string], number>(
        'SELECT value FROM json_each(?) WHERE EXISTS (SELECT 1 FROM resource r INDEXED BY resource_type WHERE r.type = value AND r.deleted = 0)'
      )
      .pluck()
  }

  /** Throws search.page, search.value (more values than a statement can hold), search.too-costly. */
  search(query: SearchQuery): Found {
    return this.#db.transaction(() => this.find(query))()
  }

  /** The same, in a transaction that is open already. */
  find(query: SearchQuery): Found {
    this.#dictionary.refresh()
    if (!this.#dictionary.searchable) throw fail('store.reindexing')
    const after = readCursor(query)
    // What contains may be of any type.
    const types = this.#types(query.contained === undefined ? query.types : resourceTypes())
    if (types.length === 0) return { rows: [], included: [], cut: false, next: undefined, total: query.total === 'none' ? undefined : 0 }
    this.#statements.begin()
    return this.#find(query, scopeOf(types, 0, Date.now(), query.limits), after)
  }

  /** Numbers of the types; of several only those with resources. */
  #types(names: readonly string[]): number[] {
    const types = names.map((type) => this.#dictionary.types.get(type)).filter((type) => type !== undefined)
    return types.length === 1 ? types : this.#inUse.all(JSON.stringify(types))
  }

  #find(query: SearchQuery, scope: Scope, after: Position | undefined): Found {
    const plan = this.#plan(query, scope)
    const total = query.total === 'accurate' ? this.#total(plan, query) : undefined
    if (query.count === 0) return { rows: [], included: [], cut: false, next: undefined, total }

    const { rows, bytes, next } =
      query.contained?.give === 'contained' ? this.#contents(plan, query, after) : this.#rows(plan, query, after)
    const more = next !== undefined
    const unpaged = query.lastPerCode !== undefined
    const { included, cut } = this.#includer.include(rows, query, PAGE_BYTES - bytes)
    return {
      rows: this.#parts(rows, query, false),
      included: this.#parts(included, query, true),
      cut: cut || (more && unpaged),
      next: more && !unpaged ? writeCursor(query, next) : undefined,
      // What costs nothing is told unless it is not wanted.
      total: query.total === undefined && !more && after === undefined ? rows.length : total
    }
  }

  #rows(plan: Plan, query: SearchQuery, after: Position | undefined): Rows {
    const places = this.#page(plan, query, after)
    const rows: ResourceRow[] = []
    let bytes = 0
    for (; rows.length < Math.min(places.length, query.count) && bytes < PAGE_BYTES; bytes += rows.at(-1)!.body.length)
      rows.push(this.#row.get(places[rows.length]!.rid)!)
    return { rows, bytes, next: rows.length < places.length ? places[rows.length - 1]! : undefined }
  }

  /** Of a search that wants what is contained. A container may go on on the next page: the cursor has its rid, and how much of it was given. */
  #contents(plan: Plan, query: SearchQuery, after: Position | undefined): Rows {
    const { count } = query
    const given = after?.values[0] ?? 0
    if (typeof given !== 'number' || !Number.isSafeInteger(given) || given < 0) throw fail('search.page')
    const places = this.#byRid(plan, count + 2, after && { rid: after.rid - 1, values: [] })
    const alone = query.contained!.both ? this.#alone(query, plan.scope, places) : new Set()
    const find = this.#containers.finder(query, plan.scope.now)
    const rows: ResourceRow[] = []
    let bytes = 0
    for (const { rid } of places) {
      const row = this.#row.get(rid)!
      const found = [...(alone.has(rid) ? [row] : []), ...this.#containers.cut(row, find)]
      for (let n = rid === after?.rid ? given : 0; n < found.length; n++) {
        if (rows.length >= count || bytes >= PAGE_BYTES) return { rows, bytes, next: { rid, values: [n] } }
        rows.push(found[n]!)
        bytes += found[n]!.body.length
      }
    }
    return { rows, bytes, next: undefined }
  }

  /** Those of some resources that meet the search themselves, whatever they contain. */
  #alone(query: SearchQuery, { now }: Scope, places: readonly Position[]): ReadonlySet<unknown> {
    const scope = this.#scopeOf(query, now)
    const checks = query.criteria.map((criterion) => this.#compiler.compile(criterion, scope).check)
    const rids = places.map(({ rid }) => rid)
    return new Set(this.#statements.among(rids, [typeCheck(scope), ...checks], rids.length))
  }

  /** The scope of a search for what is not contained. */
  #scopeOf({ types, limits }: SearchQuery, now: number): Scope {
    return scopeOf(this.#types(types), 0, now, limits)
  }

  #total(plan: Plan, query: SearchQuery): number {
    const { contained, ...alone } = query
    if (contained?.give !== 'contained') return this.#statements.count(plan.whole)
    const { now } = plan.scope
    const others = contained.both ? this.#statements.count(this.#plan(alone, this.#scopeOf(query, now)).whole) : 0
    return others + this.#containers.count(query, now)
  }

  #conditions(query: SearchQuery, scope: Scope): readonly Condition[] {
    if (query.contained !== undefined) return [this.#containers.condition(query, scope, this.#scopeOf(query, scope.now))]
    return [...query.criteria, ...limitsOf(query.types, query.limits)].map((criterion) => this.#compiler.compile(criterion, scope))
  }

  #plan(query: SearchQuery, scope: Scope): Plan {
    const conditions = this.#conditions(query, scope)
    const checksOf = (driver: Choice | undefined) => conditions.flatMap(({ check }, n) => (n === driver?.covers ? [] : [check]))
    const drivers = this.#drivers(conditions, scope).filter((one) => isSmall(one, checksOf(one)))
    const span = drivers.length < 2 ? EVERYWHERE : this.#statements.span(drivers)
    const driver = this.#choose(drivers, query.sort.length === 0 ? SAMPLES : [...SAMPLES, this.#mostSorted], span)
    const checks = checksOf(driver)
    if (driver === undefined && !isSmall(driver, checks)) throw fail('search.value', { parameter: place(query), reason: 'too many values' })
    const through = driver ?? drivers.find(({ covers }) => covers !== undefined && conditions[covers]!.costly)
    const whole = select(through, scope, checksOf(through), span)
    const updated = conditions.flatMap(({ dates }) => (dates !== undefined && dates.paths === undefined ? [dates.bounds] : []))
    return {
      scope,
      driver,
      costly: conditions.some(({ costly }, n) => costly === true && n !== driver?.covers),
      span,
      checks,
      whole,
      all: conditions.map(({ check }) => check),
      updated: updated.length === 0 ? undefined : within(updated)
    }
  }

  /** Where the matches are, one more than the page holds. */
  #page(plan: Plan, query: SearchQuery, after: Position | undefined): readonly Position[] {
    if (query.lastPerCode !== undefined) return this.#lastOfEach(plan, query, query.lastPerCode)
    return query.sort.length === 0 ? this.#byRid(plan, query.count + 1, after) : this.#sorted(plan, query, after)
  }

  #lastOfEach(plan: Plan, { sort }: SearchQuery, max: number): readonly Position[] {
    const all = this.#places(gathered(this.#sorter, sort, this.#candidates(plan), undefined, -1))
    const dated = all.map((place) => {
      this.#statements.tick()
      return { ...place, time: place.values[0] ?? null, codes: codesOf(JSON.parse(this.#row.get(place.rid)!.body.toString())) }
    })
    return lastOfEach(dated, max)
  }

  /** SELECT of all that is found, with columns. */
  #candidates({ driver, scope, checks, span }: Plan): (columns: Sql) => Sql {
    return (columns) => select(driver, scope, checks, span, columns)
  }

  #byRid({ driver, scope, checks, span, costly }: Plan, most: number, after: Position | undefined): Position[] {
    const rest = { ...span, after: Math.max(span.after, after?.rid ?? -1) }
    const lazy = costly && driver !== undefined && !driver.ordered
    const rids = lazy
      ? this.#statements.among(this.#statements.rids(sql`${select(driver, scope, [], rest)} ORDER BY 1`), checks, most)
      : this.#statements.rids(sql`${select(driver, scope, checks, rest)} ORDER BY 1 LIMIT ${most}`)
    return rids.map((rid) => ({ rid, values: [] }))
  }

  /** A few resources are sorted as a whole; of many, the index of the first key is walked in its order until the page is full. */
  #sorted(plan: Plan, { sort, count }: SearchQuery, after: Position | undefined): Position[] {
    const most = count + 1
    const cheap = plan.driver !== undefined && this.#sorter.isCheap(sort)
    const limit = cheap ? this.#mostSorted : Math.ceil(this.#mostSorted / COST_OF_BODY)
    const candidates = plan.driver ?? everything(plan.scope)
    const walks = this.#statements.size(candidates, limit) < limit ? [] : this.#sorter.walks(sort[0]!, plan.scope.types, plan.updated)
    if (walks.length === 0 || walks.length > MOST_SOURCES || !fits(walks.length, plan.all))
      return this.#places(gathered(this.#sorter, sort, this.#candidates(plan), after, most))
    const checks = [ticking(name('r')), typeCheck(plan.scope), name('r.deleted = 0'), ...plan.all]
    const found = after?.values[0] === null ? [] : this.#places(walked(this.#sorter, sort, walks, checks, after, most))
    if (found.length >= most) return found
    return [...found, ...this.#places(unvalued(this.#sorter, sort, plan.scope.types, checks, after, most - found.length))]
  }

  #places({ text, parameters }: Sql): Position[] {
    const rows = this.#statements.prepare(text).raw().all(parameters) as Array<[number, ...SortValue[]]>
    return rows.map(([rid, ...values]) => ({ rid, values }))
  }

  #parts(rows: readonly ResourceRow[], { subset }: SearchQuery, included: boolean): readonly ResourceRow[] {
    if (subset === undefined) return rows
    return rows.map((row) => ({ ...row, body: Buffer.from(cutResource(row.body.toString(), subset, included)) }))
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
      choices.push({ ...this.#compiler.clauses.dates(paths, within(bounds), scope), covers: undefined })
    return choices.filter(({ sources }) => sources.length <= MOST_SOURCES)
  }

  /** The driver with the fewest rows; undefined: go through all resources of the types. */
  #choose(drivers: readonly Choice[], samples: readonly number[], span: Span): Choice | undefined {
    if (drivers.length === 1 && drivers[0]!.ordered) return drivers[0]
    // When all are large, an unordered one would be sorted for every page; the type's own order costs less.
    return this.#statements.fewest(drivers, samples, span) ?? drivers.find(({ ordered }) => ordered)
  }
}

/** What is searched, for messages. */
function place({ type, types }: SearchQuery): string {
  return type ?? types.join()
}
