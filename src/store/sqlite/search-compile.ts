/** Criteria of every kind as SQL: chains, `_has`, composites, compartments and groups around clauses (search-clauses.ts). */

import { containedChain, testOf } from '../../fhir/search-contained.js'
import type {
  ChainCriterion,
  CompartmentCriterion,
  CompositeCriterion,
  Criterion,
  CriterionPath,
  GroupCriterion,
  HasCriterion
} from '../../fhir/search-criterion.js'
import { isClause } from '../../fhir/search-criterion.js'
import { matcher } from '../../fhir/search-elements.js'
import { CONTAINED, type IndexSink, indexResource, pathNumber } from '../../fhir/search-index.js'
import { limited } from '../../fhir/search-limits.js'
import type { Dictionary, Systems } from './dictionary.js'
import { type Pending, textCondition } from './fulltext.js'
import { SEVERAL } from './index-rows.js'
import { packId } from './pack.js'
import type { Db } from './schema.js'
import { ClauseCompiler } from './search-clauses.js'
import {
  and,
  type Condition,
  type Driver,
  MOST_SOURCES,
  oneOf,
  ridsOf,
  type Scope,
  type Source,
  scopeOf,
  typeCheck
} from './search-condition.js'
import { SMALL, type Statements, type TargetFinder } from './search-statements.js'
import { any, FALSE, join, name, type Sql, sql } from './sql.js'

/** Compartments that are looked up for each candidate. */
const FEW_PATIENTS = 16

/** Rows counted to compare drivers: few first, more when that does not tell them apart. */
export const SAMPLES: readonly number[] = [64, 256, 1024, SMALL]

export class CriterionCompiler {
  readonly #dictionary: Dictionary
  readonly #statements: Statements
  readonly #pending
  readonly #hasContainers
  /** Number of the path CONTAINED. */
  readonly #contained: number
  readonly clauses: ClauseCompiler

  constructor(db: Db, dictionary: Dictionary, systems: Systems, statements: Statements) {
    this.#dictionary = dictionary
    this.#statements = statements
    this.#contained = dictionary.paths[pathNumber('token', CONTAINED)!]!
    this.#hasContainers = db.prepare<[number, string]>('SELECT 1 FROM token WHERE path = ? AND code = ? AND system = 0 LIMIT 1')
    this.#pending = db.prepare<[], Pending>('SELECT first, last FROM text_pending')
    this.clauses = new ClauseCompiler(db, dictionary, systems, statements)
  }

  /** Throws search.unsupported-modifier for what the service should have expanded, search.too-costly. */
  compile(criterion: Criterion, scope: Scope): Condition {
    if (isClause(criterion)) return this.clauses.compile(criterion, scope)
    switch (criterion.kind) {
      case 'chain':
        return this.#chain(criterion, scope)
      case 'has':
        return this.#has(criterion, scope)
      case 'composite':
        return this.#composite(criterion, scope)
      case 'compartment':
        return this.#compartment(criterion, scope)
      case 'type': {
        const types = criterion.types.map((type) => this.#dictionary.types.get(type)).filter((type) => type !== undefined)
        return { check: types.length === 0 ? FALSE : oneOf(sql`${scope.row}.type`, types), drivers: [] }
      }
      case 'text':
        return textCondition(criterion, scope, this.#pending.all(), this.#statements)
      case 'group':
        return this.#group(criterion, scope)
    }
  }

  /** A chain goes to resources of the store, and where there are such to contained ones. */
  #chain(criterion: ChainCriterion, scope: Scope): Condition {
    const outside = this.#chainOutside(criterion, scope)
    const types = criterion.to.map(({ type }) => type).filter((type) => this.#hasContainers.get(this.#contained, type) !== undefined)
    const inside = types.length === 0 ? undefined : containedChain(criterion, scope.now, this.#dictionary.custom)
    if (inside === undefined) return outside
    const codes = join(
      types.map((type) => sql`${type}`),
      ', '
    )
    const contains = (token: Sql) => sql`${token}.path = ${this.#contained} AND ${token}.code IN (${codes}) AND ${token}.system = 0`
    const { row: r, source: x } = scope
    const check = sql`(EXISTS (SELECT 1 FROM token i WHERE ${contains(name('i'))} AND i.rid = ${r}.rid) AND ${this.#statements.meets(inside, r)})`
    const [driver] = outside.drivers
    const drivers: Driver[] =
      driver === undefined || driver.sources.length >= MOST_SOURCES
        ? []
        : [{ sources: [...driver.sources, { from: sql`token ${x}`, where: contains(x) }], ordered: false, exact: false }]
    return { ...outside, check: sql`(${outside.check} OR ${check})`, drivers }
  }

  /**
   * Either the targets are found first and the reference index leads from them to candidates, or the references of a candidate are followed. A few
   * resources found the first way are kept as a set; where there are many, each candidate is looked at.
   */
  #chainOutside({ paths, to }: ChainCriterion, scope: Scope): Condition {
    const { row: r, source: x } = scope
    const sources: Source[] = []
    const checks: Sql[] = []
    const wanted: number[] = []
    let complete = true
    for (const { type, criterion } of to) {
      const number = this.#dictionary.types.get(type)!
      const inner = scopeOf([number], scope.depth + 1, scope.now, scope.limits)
      const condition = this.compile(limited(criterion, type, scope.limits), inner)
      wanted.push(number)
      checks.push(sql`(${typeCheck(inner)} AND ${condition.check})`)
      const driver = this.least(condition.drivers)
      const leading = this.#paths(paths.filter(({ targets }) => targets === undefined || targets.includes(type)))
      if (driver === undefined) complete = false
      else if (leading.length > 0)
        for (const source of driver.sources) {
          const reached = this.#reached(source, driver, condition.check, inner)
          sources.push({
            from: sql`${reached.from} CROSS JOIN reference ${x}`,
            where: sql`${reached.where} AND ${oneOf(sql`${x}.path`, leading)} AND ${x}.target = ${inner.row}.id AND ${x}.type = ${number}`
          })
        }
    }
    const driver = complete && sources.length <= MOST_SOURCES ? { sources, ordered: false, exact: true } : undefined
    if (driver !== undefined && this.#statements.isSmall(driver))
      return { check: sql`${r}.rid IN (${ridsOf(sources, scope)})`, drivers: [driver] }

    const { row: next } = scopeOf(wanted, scope.depth + 1, scope.now)
    const targets = this.#statements.targets(this.#finder(paths, new Set(wanted)), bodyOf(r))
    const t = name(`t${scope.depth}`)
    const check = sql`EXISTS (SELECT 1 FROM ${targets} ${t} CROSS JOIN resource ${next}
      WHERE ${next}.type = ${t}.type AND ${next}.id = ${t}.id AND ${next}.deleted = 0 AND tick() AND ${any(checks)})`
    return { check, drivers: driver === undefined ? [] : [driver], costly: true }
  }

  /** The other way round: the reference index leads from a candidate to what refers to it. */
  #has({ from, paths, criterion }: HasCriterion, scope: Scope): Condition {
    const { row: r } = scope
    const number = this.#dictionary.types.get(from)!
    const inner = scopeOf([number], scope.depth + 1, scope.now, scope.limits)
    const { row: r1, source: x1 } = inner
    const condition = this.compile(limited(criterion, from, scope.limits), inner)
    const leads = ({ targets }: CriterionPath) =>
      targets === undefined || scope.types.some((type) => targets.includes(this.#dictionary.typeNames.get(type)!))
    const some = paths.filter(leads)
    if (some.length === 0) return { check: FALSE, drivers: [{ sources: [], ordered: true, exact: true }] }

    const driver = this.#hasDriver(condition, some, inner, scope)
    if (driver !== undefined && this.#statements.isSmall(driver))
      return { check: sql`${r}.rid IN (${ridsOf(driver.sources, scope)})`, drivers: [driver] }
    const check = sql`EXISTS (SELECT 1 FROM reference ${x1} CROSS JOIN resource ${r1}
      WHERE ${oneOf(sql`${x1}.path`, this.#paths(some))} AND ${x1}.target = ${r}.id AND ${x1}.type = ${r}.type
      AND ${r1}.rid = ${x1}.rid AND tick() AND ${typeCheck(inner)} AND ${r1}.deleted = 0 AND ${condition.check})`
    return { check, drivers: driver === undefined ? [] : [driver] }
  }

  #hasDriver(condition: Condition, paths: readonly CriterionPath[], inner: Scope, { source: x, types, depth }: Scope): Driver | undefined {
    const driver = this.least(condition.drivers)
    if (driver === undefined) return undefined
    const v = name(`v${depth}`)
    const t = name(`t${depth}`)
    const sources = driver.sources.map((source): Source => {
      const reached = this.#reached(source, driver, condition.check, inner)
      const targets = this.#statements.targets(this.#finder(paths, new Set(types)), sql`${v}.body`)
      return {
        from: sql`${reached.from} CROSS JOIN version ${v} CROSS JOIN ${targets} ${t} CROSS JOIN resource ${x}`,
        where: sql`${reached.where} AND ${v}.seq = ${inner.row}.seq AND ${x}.type = ${t}.type AND ${x}.id = ${t}.id`
      }
    })
    return { sources, ordered: false, exact: true, gauge: driver.gauge ?? driver.sources }
  }

  /** The rows of resource that a source leads to and that meet the check. */
  #reached({ from, where }: Source, { exact }: Driver, check: Sql, scope: Scope): Source {
    const { row, source } = scope
    const terms = [sql`${row}.rid = ${source}.rid`, name('tick()'), typeCheck(scope), sql`${row}.deleted = 0`, ...(exact ? [] : [check])]
    return { from: sql`${from} CROSS JOIN resource ${row}`, where: and([where, ...terms]) }
  }

  /** Index checks on the parts leave a few; which values stand in one element is seen in the body. */
  #composite(criterion: CompositeCriterion, scope: Scope): Condition {
    const parts = criterion.parts.map(({ clause }) => this.clauses.compile(clause, scope))
    const same = this.#statements.meets(matcher(criterion, scope.now), scope.row)
    return { check: sql`(${and([...parts.map(({ check }) => check), same])})`, drivers: inexact(parts.flatMap(({ drivers }) => drivers)) }
  }

  #group({ operator, criteria }: GroupCriterion, scope: Scope): Condition {
    const conditions = criteria.map((criterion) => this.compile(criterion, scope))
    const checks = conditions.map(({ check }) => check)
    if (operator === 'not') return { check: sql`NOT ${any(checks)}`, drivers: [] }
    if (operator === 'and') {
      const drivers = conditions.flatMap((condition) => condition.drivers)
      return { check: sql`(${and(checks)})`, drivers: conditions.length === 1 ? drivers : inexact(drivers) }
    }
    const all = conditions.map(({ drivers }) => this.least(drivers))
    const drivers = all.filter((driver) => driver !== undefined)
    const sources = drivers.flatMap((driver) => driver.sources)
    if (drivers.length < all.length || sources.length > MOST_SOURCES) return { check: any(checks), drivers: [] }
    const driver: Driver = {
      sources,
      ordered: drivers.every(({ ordered }) => ordered),
      exact: drivers.every(({ exact }) => exact),
      gauge: drivers.flatMap(({ sources, gauge = sources }) => gauge)
    }
    return { check: any(checks), drivers: [driver] }
  }

  /** The driver with the fewest rows; of those that have many, the first. */
  least(drivers: readonly Driver[]): Driver | undefined {
    const possible = drivers.filter(({ sources }) => sources.length <= MOST_SOURCES)
    if (possible.length < 2) return possible[0]
    return this.#statements.fewest(possible, SAMPLES) ?? possible[0]
  }

  /** The targets of a resource's references at some paths, of some types. */
  #finder(paths: readonly CriterionPath[], types: ReadonlySet<number>): TargetFinder {
    const numbers = this.#dictionary.types
    return (resource) => {
      const found: Array<{ type: number; id: Buffer | string }> = []
      const sink: IndexSink = {
        ...NOTHING,
        reference: (path, type, id) => {
          const number = numbers.get(type)
          const wanted = paths.find((one) => one.path === path)
          if (number === undefined || !types.has(number) || wanted === undefined) return
          if (wanted.targets === undefined || wanted.targets.includes(type)) found.push({ type: number, id: packId(id) })
        }
      }
      indexResource(resource, sink, this.#dictionary.custom)
      return found
    }
  }

  /** Few patients are looked up one by one for each candidate; many are looked for in its body. */
  #compartment(criterion: CompartmentCriterion, scope: Scope): Condition {
    const { patients, alone } = criterion
    const { row: r, source: x } = scope
    if (patients.length === 0) return { check: FALSE, drivers: [{ sources: [], ordered: true, exact: true }] }
    const ids = patients.map(packId)
    const few = ids.length <= FEW_PATIENTS
    const among = (row: Sql) =>
      few
        ? sql`${row}.patient IN (${join(
            ids.map((id) => sql`${id}`),
            ', '
          )})`
        : sql`${row}.patient IN (SELECT packed(value) FROM json_each(${JSON.stringify(patients)}))`
    const single = alone
      ? sql` AND NOT EXISTS (SELECT 1 FROM compartment s WHERE s.patient = ${SEVERAL} AND s.type = ${r}.type AND s.rid = ${r}.rid)`
      : name('')
    const check = few
      ? sql`(EXISTS (SELECT 1 FROM compartment i WHERE ${among(name('i'))} AND i.type = ${r}.type AND i.rid = ${r}.rid)${single})`
      : this.#statements.meets(testOf(criterion, scope.now), r)
    const sources = scope.types.map((type) => ({ from: sql`compartment ${x}`, where: sql`${x}.type = ${type} AND ${among(x)}` }))
    return { check, drivers: [{ sources, ordered: ids.length === 1, exact: !alone && ids.length === 1, keyed: ids.length === 1 }] }
  }

  #paths(paths: readonly CriterionPath[]): number[] {
    return paths.map(({ path }) => this.#dictionary.paths[path]!)
  }
}

const ignore = () => {}
const NOTHING: IndexSink = {
  token: ignore,
  string: ignore,
  reference: ignore,
  date: ignore,
  number: ignore,
  quantity: ignore,
  uri: ignore,
  patient: ignore
}

function inexact(drivers: readonly Driver[]): Driver[] {
  return drivers.map((driver) => ({ ...driver, exact: false }))
}

function bodyOf(row: Sql): Sql {
  return sql`(SELECT v.body FROM version v WHERE v.seq = ${row}.seq)`
}
