/**
 * Searches among contained resources: the token path CONTAINED leads to the containers of a type, their bodies say the rest (fhir/search-contained.ts).
 */
import { type ContainedFinder, containedFinder, containedTexts } from '../../fhir/search-contained.js'
import { CONTAINED, pathNumber } from '../../fhir/search-index.js'
import type { SearchQuery } from '../../fhir/search-query.js'
import type { Dictionary } from './dictionary.js'
import type { ResourceRow } from './reader.js'
import type { CriterionCompiler } from './search-compile.js'
import { type Condition, type Driver, everything, MOST_SOURCES, type Scope, typeCheck } from './search-condition.js'
import type { Statements } from './search-statements.js'
import { name, type Sql, sql } from './sql.js'

export class Containers {
  readonly #dictionary: Dictionary
  readonly #compiler: CriterionCompiler
  readonly #statements: Statements

  constructor(dictionary: Dictionary, compiler: CriterionCompiler, statements: Statements) {
    this.#dictionary = dictionary
    this.#compiler = compiler
    this.#statements = statements
  }

  /** All criteria of the search as one condition on resources that contain what meets them, or (both) meet them. own: the scope of the type searched. */
  condition(query: SearchQuery, scope: Scope, own: Scope): Condition {
    const { row, source } = scope
    const find = this.finder(query, scope.now)
    const meets = this.#statements.meets((resource) => find(resource).length > 0, row)
    const inside = sql`(EXISTS (SELECT 1 FROM token i WHERE ${this.#contains(query, name('i'))} AND i.rid = ${row}.rid) AND ${meets})`
    const containers = { from: sql`token ${source}`, where: this.#contains(query, source) }
    if (!query.contained!.both) return { check: inside, drivers: [{ sources: [containers], ordered: true, exact: false }] }
    const alone = this.#compiler.compile({ kind: 'group', operator: 'and', criteria: query.criteria }, own)
    const check = sql`((${typeCheck(own)} AND ${alone.check}) OR ${inside})`
    return { check, drivers: [{ sources: [...this.#driver(alone, own).sources, containers], ordered: true, exact: false }] }
  }

  /** The contained resources that meet the search, by position in the container. */
  finder({ types, criteria }: SearchQuery, now: number): ContainedFinder {
    return containedFinder(types[0]!, criteria, now, this.#dictionary.custom)
  }

  /** How many contained resources meet the search. */
  count(query: SearchQuery, now: number): number {
    const find = this.finder(query, now)
    const bodies = sql`SELECT v.body FROM token x CROSS JOIN resource r CROSS JOIN version v
      WHERE ${this.#contains(query, name('x'))} AND r.rid = x.rid AND r.deleted = 0 AND v.seq = r.seq AND tick()`
    let sum = 0
    for (const body of this.#statements.prepare(bodies.text).pluck().iterate(bodies.parameters))
      sum += find(JSON.parse(String(body)) as object).length
    return sum
  }

  /** What a row gives for a search that wants what is contained: the contained resources that meet it, each as a row with its text alone. */
  cut(row: ResourceRow, find: ContainedFinder): ResourceRow[] {
    const text = row.body.toString()
    return containedTexts(text, find(JSON.parse(text) as object)).map((one) => ({ ...row, body: Buffer.from(one.text), fragment: one.id }))
  }

  /** Candidates among resources that are not contained, in the order of rid where they are many. Each source is written with the types of all containers. */
  #driver({ drivers }: Condition, own: Scope): Driver {
    const driver = this.#compiler.least(drivers.filter(({ sources }) => sources.length <= MOST_SOURCES / 4))
    return driver !== undefined && (driver.ordered || this.#statements.isSmall(driver)) ? driver : everything(own)
  }

  #contains({ types }: SearchQuery, token: Sql): Sql {
    const path = this.#dictionary.paths[pathNumber('token', CONTAINED)!]!
    return sql`${token}.path = ${path} AND ${token}.code = ${types[0]!} AND ${token}.system = 0`
  }
}
