/** What the parts of a search share: prepared statements, the deadline, and what SQL functions need that no parameter can hold. */

import type BetterSqlite3 from 'better-sqlite3'
import { fail } from '../../errors.js'
import type { Matcher } from '../../fhir/search-elements.js'
import { packId } from './pack.js'
import type { Db } from './schema.js'
import { and, type Driver, EVERYWHERE, inSpan, type Source, type Span } from './search-condition.js'
import { join, name, type Sql, sql } from './sql.js'

type Statement = BetterSqlite3.Statement<unknown[]>

export const SMALL = 4096
const STATEMENTS = 256
/** Longer statements are prepared each time, so that those kept take some megabytes at most. */
const KEPT_TEXT = 20_000
const CALLS_PER_LOOK = 8
/** Resources that are looked at before it is asked whether there are enough. */
const LOOKED_AT_ONCE = 64
/** Sources of a driver whose ends are looked up. */
const MOST_ENDS = 4

/** Targets of references, as rows of resource have them. */
export type TargetFinder = (resource: { resourceType: string }) => Iterable<{ readonly type: number; readonly id: Buffer | string }>

/** One connection's searches, one after the other. Registers the SQL functions tick, meets and targets. */
export class Statements {
  readonly #db: Db
  readonly #seconds: number
  readonly #prepared = new Map<string, Statement>()
  readonly #matchers: Matcher[] = []
  readonly #finders: TargetFinder[] = []
  #deadline = 0
  #calls = 0

  /** As many resources as this are found first and kept, where looking at each candidate costs more. */
  readonly small: number

  /** seconds: a search that takes longer throws search.too-costly. */
  constructor(db: Db, seconds: number, small = SMALL) {
    this.#db = db
    this.small = small
    this.#seconds = seconds
    // SQLite here is built without progress handler and node cannot interrupt it: the innermost loop asks for the time itself.
    db.function('tick', { deterministic: false }, () => this.tick())
    // True when a body meets what was given to meets().
    db.function('meets', { deterministic: true }, (body, number) => (this.#matchers[Number(number)]!(JSON.parse(String(body))) ? 1 : 0))
    db.function('packed', { deterministic: true }, (id) => packId(String(id)))
    const finders = this.#finders
    db.table('targets', {
      columns: ['type', 'id'],
      parameters: ['body', 'number'],
      *rows(...parameters: unknown[]) {
        const [body, number] = parameters
        for (const { type, id } of finders[Number(number)]!(JSON.parse(String(body)))) yield [type, id]
      }
    })
  }

  /** Begins a search. */
  begin(): void {
    this.#deadline = performance.now() + this.#seconds * 1000
    this.#calls = 0
    this.#matchers.length = 0
    this.#finders.length = 0
  }

  /** `meets(body, ?)`: the body of a row of resource meets a matcher. */
  meets(matcher: Matcher, row: Sql): Sql {
    return sql`meets((SELECT v.body FROM version v WHERE v.seq = ${row}.seq), ${this.#matchers.push(matcher) - 1})`
  }

  /** `targets(body, ?)`, a table of type and id. body: an SQL expression. */
  targets(finder: TargetFinder, body: Sql): Sql {
    return sql`targets(${body}, ${this.#finders.push(finder) - 1})`
  }

  prepare(text: string): Statement {
    const known = this.#prepared.get(text)
    if (known !== undefined) return known
    if (this.#prepared.size >= STATEMENTS) this.#prepared.clear()
    const statement = this.#db.prepare(text)
    if (text.length <= KEPT_TEXT) this.#prepared.set(text, statement)
    return statement
  }

  rids({ text, parameters }: Sql): number[] {
    return this.prepare(text).pluck().all(parameters) as number[]
  }

  /** The first of some resources, in their order, that pass the checks on r: no more bodies are read than it takes. */
  among(rids: readonly number[], checks: readonly Sql[], most: number): number[] {
    const found: number[] = []
    for (let at = 0; at < rids.length && found.length < most; at += LOOKED_AT_ONCE) {
      const some = JSON.stringify(rids.slice(at, at + LOOKED_AT_ONCE))
      const all = and([name('tick()'), ...checks])
      found.push(...this.rids(sql`SELECT r.rid FROM json_each(${some}) x CROSS JOIN resource r WHERE r.rid = x.value AND ${all}`))
    }
    return found.slice(0, most)
  }

  count(rows: Sql): number {
    return this.prepare(`SELECT count(*) FROM (${rows.text})`).pluck().get(rows.parameters) as number
  }

  /** True when a driver gives so few rows that they can be found first. */
  isSmall(driver: Pick<Driver, 'sources' | 'gauge'>): boolean {
    return this.size(driver, this.small) < this.small
  }

  /** Rows that a driver gives (of a keyed one those within a span of rid), or those that its size follows from, counted up to `most`. */
  size({ sources, gauge = sources, keyed }: Pick<Driver, 'sources' | 'gauge' | 'keyed'>, most: number, span: Span = EVERYWHERE): number {
    if (gauge.length === 0) return 0
    const within = keyed === true && span !== EVERYWHERE ? sql` AND ${inSpan(name('x.rid'), span)}` : name('')
    const rows = join(
      gauge.map(({ from, where }) => sql`SELECT 1 FROM ${from} WHERE ${where}${within}`),
      ' UNION ALL '
    )
    return this.count(sql`${rows} LIMIT ${most}`)
  }

  /** The driver with the fewest rows, counted up to each of the samples in turn; undefined when all have more than the last. */
  fewest<One extends Driver>(drivers: readonly One[], samples: readonly number[], span: Span = EVERYWHERE): One | undefined {
    for (const sample of samples) {
      let found: One | undefined
      let most = sample
      for (const driver of drivers) {
        const size = this.size(driver, most, span)
        if (size >= most) continue
        found = driver
        most = size
      }
      if (found !== undefined) return found
    }
    return undefined
  }

  /** Where everything lies that all of the keyed drivers give: a patient's results are often neighbours. Two seeks a source. */
  span(drivers: readonly Driver[]): Span {
    let span = EVERYWHERE
    for (const { sources, keyed } of drivers) {
      if (keyed !== true || sources.length > MOST_ENDS) continue
      const ends = sources.map((source) => [this.#end(source, 'min'), this.#end(source, 'max')] as const)
      const first = Math.min(...ends.map(([first]) => first ?? Number.POSITIVE_INFINITY))
      const last = Math.max(...ends.map(([, last]) => last ?? -1))
      span = { after: Math.max(span.after, Math.min(first, Number.MAX_SAFE_INTEGER) - 1), last: Math.min(span.last, last) }
    }
    return span
  }

  #end({ from, where }: Source, end: 'min' | 'max'): number | null {
    const { text, parameters } = sql`SELECT ${name(end)}(x.rid) FROM ${from} WHERE ${where}`
    return this.prepare(text).pluck().get(parameters) as number | null
  }

  /** Throws search.too-costly when the time is over. */
  tick(): number {
    if (++this.#calls % CALLS_PER_LOOK === 0 && performance.now() > this.#deadline)
      throw fail('search.too-costly', { seconds: this.#seconds })
    return 1
  }
}
