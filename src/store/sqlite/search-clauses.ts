/** A clause of a search as SQL: a check on one resource, and where candidates can be taken from. */

import { fail } from '../../errors.js'
import type { CriterionPath, SearchClause, SearchValue } from '../../fhir/search-criterion.js'
import { looksAtElements, matcher } from '../../fhir/search-elements.js'
import { inUnit, UCUM } from '../../fhir/units.js'
import { above, belowPrefix } from '../../fhir/uri-hierarchy.js'
import type { Dictionary, Systems } from './dictionary.js'
import { packId } from './pack.js'
import type { Db } from './schema.js'
import {
  type Condition,
  type Driver,
  MOST_SOURCES,
  oneOf,
  ridsOf,
  type Scope,
  type Source,
  ticking,
  typeCheck
} from './search-condition.js'
import { Points, pointSource, pointsCondition } from './search-points.js'
import { type DateBounds, dateBounds, dateMatches, numberMatches } from './search-ranges.js'
import type { Statements } from './search-statements.js'
import { isInShapes, shapesWith } from './shapes.js'
import { any, join, name, type Sql, sql } from './sql.js'

type Value<Kind extends SearchValue['kind']> = Extract<SearchValue, { kind: Kind }>

/** The alias of an index table inside a check. */
const ROW = name('i')
const LAST = '\u{10ffff}'
/** UCUM codes of a store that a quantity is converted to. */
const MOST_UNITS = 5000

export class ClauseCompiler {
  readonly #dictionary: Dictionary
  readonly #systems: Systems
  readonly #statements: Statements
  readonly #points: Points
  readonly #units

  constructor(db: Db, dictionary: Dictionary, systems: Systems, statements: Statements) {
    this.#dictionary = dictionary
    this.#systems = systems
    this.#statements = statements
    this.#points = new Points(db, dictionary, systems)
    this.#units = db.prepare<[number], string>(`SELECT code FROM unit WHERE system = ? LIMIT ${MOST_UNITS}`).pluck()
  }

  compile(clause: SearchClause, scope: Scope): Condition {
    if (clause.modifier === 'missing') return this.#missing(clause, scope)
    if (clause.kind === 'id') return this.#id(clause, scope)
    if (clause.kind === 'lastUpdated') return this.#lastUpdated(clause, scope)
    if (clause.modifier === 'not') {
      const { check } = this.#positive({ ...clause, modifier: undefined }, scope)
      return { check: sql`NOT ${check}`, drivers: [] }
    }
    return this.#positive(clause, scope)
  }

  /** Candidates by dates within bounds; paths undefined: by lastUpdated. Narrow rows are found by their start, the others by their end. */
  dates(paths: SearchClause['paths'] | undefined, { from, to, stopAfter }: DateBounds, { source: x, types }: Scope): Driver {
    const updated = (type: number): Source => ({
      from: sql`resource ${x} INDEXED BY resource_updated`,
      where: sql`${x}.type = ${type} AND ${x}.deleted = 0 AND ${x}.updated >= ${from} AND ${x}.updated < ${to}`
    })
    const ranges = (path: number): Source[] => [
      { from: sql`date ${x}`, where: sql`${x}.path = ${path} AND ${x}.start >= ${from} AND ${x}.start < ${to} AND ${x}.wide = 0` },
      { from: sql`date ${x} INDEXED BY date_wide`, where: sql`${x}.path = ${path} AND ${x}.wide = 1 AND ${x}.stop > ${stopAfter}` }
    ]
    const sources = paths === undefined ? types.map(updated) : paths.flatMap(({ path }) => ranges(this.#path(path)))
    return { sources, ordered: false, exact: false }
  }

  #positive(clause: SearchClause, scope: Scope): Condition {
    switch (clause.modifier) {
      case 'in':
      case 'not-in':
        throw fail('search.unsupported-modifier', { modifier: clause.modifier, parameter: clause.parameter })
      case 'of-type':
        return this.#ofType(clause, scope)
      case 'above':
      case 'below':
        return this.#hierarchy(clause, scope)
    }
    if (looksAtElements(clause)) return this.#byElements(clause, this.#textDrivers(clause, scope), scope)
    if (clause.values.some(({ kind }) => kind === 'codes')) return this.#codes(clause, scope)
    if (clause.kind === 'date') {
      const values = valuesOf(clause, 'date')
      const bounds = dateBounds(values, scope.now)
      const check = any(
        values.map((value) => this.#rowCheck(clause, dateMatches(name('i.start'), name('i.stop'), value, scope.now), scope))
      )
      return { check, drivers: [this.dates(clause.paths, bounds, scope)], dates: { paths: clause.paths, bounds } }
    }
    if (clause.kind === 'number' || clause.kind === 'quantity' || (clause.kind === 'string' && clause.modifier !== 'exact'))
      return this.#ranges(clause, scope)
    if (isOfSystems(clause)) {
      const systems = valuesOf(clause, 'token').map(({ system }) => this.#systems.find(system!))
      const parts = systems.filter((system) => system !== undefined)
      return shaped(shapesWith(clause.paths.map(({ path }) => ({ path: this.#path(path), parts }))), false, scope)
    }
    const points = this.#points.of(clause)
    return points === undefined ? this.#byElements(clause, [], scope) : pointsCondition(points, scope)
  }

  /** Strings, numbers and quantities lie together in their index. */
  #ranges(clause: SearchClause, scope: Scope): Condition {
    const { source: x } = scope
    const matches = (row: Sql) => clause.values.flatMap((value) => this.#rowMatches(row, value, clause))
    const sources = matches(x).flatMap((where) =>
      clause.paths.map(({ path }) => ({ from: sql`${name(clause.kind)} ${x}`, where: sql`${x}.path = ${this.#path(path)} AND ${where}` }))
    )
    return { check: this.#rowCheck(clause, any(matches(ROW)), scope), drivers: [{ sources, ordered: false, exact: true }] }
  }

  /** Conditions on one row x of a range index, ORed: each a part of the index. */
  #rowMatches(x: Sql, value: SearchValue, { modifier }: SearchClause): Sql[] {
    if (value.kind === 'number') return [numberMatches(x, value)]
    if (value.kind === 'quantity') return this.#quantityMatches(x, value)
    if (value.kind !== 'string') throw new Error(`No range index for ${value.kind}`)
    const { folded, match } = value
    if (modifier === 'contains') return [sql`(${ticking(x)} AND instr(${x}.folded, ${folded}) > 0)`]
    if (match === 'whole') return [sql`${x}.folded = ${folded}`]
    if (match === 'end') return [sql`(${ticking(x)} AND substr(${x}.folded, ${-[...folded].length}) = ${folded})`]
    return [sql`(${x}.folded >= ${folded} AND ${x}.folded < ${folded + LAST})`]
  }

  /** Without a system, the code may also be the unit as people write it (R4 search.html#quantity). With UCUM, other units count as well. */
  #quantityMatches(x: Sql, value: Value<'quantity'>): Sql[] {
    const { system, code } = value
    const matches = (one: Value<'quantity'>, unit: Sql) => sql`(${numberMatches(x, one)} AND ${unit})`
    if (system === undefined)
      return code === undefined ? [numberMatches(x, value)] : [matches(value, sql`(${x}.code = ${code} OR ${x}.unit = ${code})`)]
    const number = this.#systems.find(system)
    if (number === undefined) return []
    const inSystem = sql`${x}.system = ${number}`
    if (code === undefined) return [matches(value, inSystem)]
    const units = system === UCUM ? this.#units.all(number) : []
    const converted = units.map((unit) => inUnit(value, system, unit)).filter((one) => one !== undefined)
    return [value, ...converted].map((one) => matches(one, sql`${x}.code = ${one.code!} AND ${inSystem}`))
  }

  /** Any of many codes, passed as one JSON parameter. */
  #codes(clause: SearchClause, scope: Scope): Condition {
    const { source: x } = scope
    const codes = valuesOf(clause, 'codes').flatMap((value) => value.codes)
    const keys = codes.flatMap(([system, code]) => {
      const number = this.#systems.find(system)
      return number === undefined ? [] : [[code, number] as const]
    })
    const others = clause.values.filter(({ kind }) => kind !== 'codes')
    const points = others.length === 0 ? [] : this.#points.of({ ...clause, values: others })
    if (points === undefined) return this.#byElements(clause, [], scope)
    const paths = clause.paths.map(({ path }) => this.#path(path))
    const source: Source = {
      from: sql`json_each(${JSON.stringify(keys)}) j${x} CROSS JOIN token ${x}`,
      where: sql`${oneOf(sql`${x}.path`, paths)} AND ${x}.code = j${x}.value ->> 0 AND ${x}.system = j${x}.value ->> 1`
    }
    const driver = {
      sources: [...(keys.length === 0 ? [] : [source]), ...points.map((point) => pointSource(point, scope))],
      ordered: false,
      exact: true
    }
    return this.#bySet(clause, driver, scope)
  }

  /** URLs above or below others. Of tokens the service leaves none. */
  #hierarchy(clause: SearchClause, scope: Scope): Condition {
    const { source: x } = scope
    if (clause.kind !== 'uri') throw fail('search.unsupported-modifier', { modifier: clause.modifier!, parameter: clause.parameter })
    const values = valuesOf(clause, 'uri')
    const paths = clause.paths.map(({ path }) => this.#path(path))
    if (clause.modifier === 'above') {
      const urls = values.flatMap(({ value }) => above(value))
      return pointsCondition(
        urls.map((value) => ({ table: 'uri', paths, columns: { value } })),
        scope
      )
    }
    const sources = values.flatMap(({ value }) => {
      const prefix = belowPrefix(value)
      const from = sql`uri ${x}`
      const own = { from, where: sql`${oneOf(sql`${x}.path`, paths)} AND ${x}.value = ${value}` }
      if (prefix === undefined) return [own]
      return [own, { from, where: sql`${oneOf(sql`${x}.path`, paths)} AND ${x}.value >= ${prefix} AND ${x}.value < ${prefix + LAST}` }]
    })
    return this.#bySet(clause, { sources, ordered: false, exact: true }, scope)
  }

  /** The value of the identifier is in the index, its type is not. */
  #ofType(clause: SearchClause, scope: Scope): Condition {
    const values = valuesOf(clause, 'identifier').map(({ value }): SearchValue => ({ kind: 'token', system: undefined, code: value }))
    const points = this.#points.of({ ...clause, values }) ?? []
    return this.#byElements(clause, [{ sources: points.map((point) => pointSource(point, scope)), ordered: true, exact: false }], scope)
  }

  /** Of `:text`: the codes that stand beside such texts anywhere, and the texts without a code. */
  #textDrivers({ modifier, paths, values }: SearchClause, { source: x }: Scope): Driver[] {
    if (modifier !== 'text') return []
    const sources = values.flatMap((value): Source[] => {
      if (value.kind !== 'string') return []
      const begins = (row: Sql) => sql`${row}.folded >= ${value.folded} AND ${row}.folded < ${value.folded + LAST}`
      return paths.flatMap(({ path }) => [
        {
          from: sql`text j${x} CROSS JOIN token ${x}`,
          where: sql`j${x}.path = ${this.#path(path)} AND ${begins(sql`j${x}`)}
            AND ${x}.path = j${x}.path AND ${x}.code = j${x}.code AND ${x}.system = j${x}.system`
        },
        { from: sql`string ${x}`, where: sql`${x}.path = ${this.#path(path)} AND ${begins(x)}` }
      ])
    })
    return [{ sources, ordered: false, exact: false }]
  }

  /** drivers: ways to all resources that may meet the clause. */
  #byElements(clause: SearchClause, drivers: readonly Driver[], scope: Scope): Condition {
    return { check: this.#statements.meets(matcher(clause, scope.now, this.#dictionary.custom), scope.row), drivers, costly: true }
  }

  /** A few resources are found first; many are looked at one by one. */
  #bySet(clause: SearchClause, driver: Driver, scope: Scope): Condition {
    if (driver.sources.length > MOST_SOURCES || !this.#statements.isSmall(driver)) return this.#byElements(clause, [driver], scope)
    return { check: sql`${scope.row}.rid IN (${ridsOf(driver.sources, scope)})`, drivers: [driver] }
  }

  #id({ modifier, values }: SearchClause, scope: Scope): Condition {
    const { row, source: x } = scope
    const tokens = values.filter((value) => value.kind === 'token')
    const ids = (some: typeof tokens) =>
      join(
        some.map(({ code }) => sql`${packId(code)}`),
        ', '
      )
    // A value with a system means a resource of that type.
    const typed = [...new Set(tokens.map(({ system }) => system))].map((system) => {
      const own = tokens.filter((value) => value.system === system)
      // Without an id: every resource of the type.
      const list = own.some(({ code }) => code === '') ? undefined : ids(own)
      if (system === undefined) return { types: scope.types, list }
      return { types: scope.types.filter((type) => this.#dictionary.typeNames.get(type) === system), list }
    })
    const some = typed.filter(({ types }) => types.length > 0)
    const matches = (from: Sql, { types, list }: (typeof some)[number]) =>
      list === undefined ? sql`(${typeCheck({ row: from, types })})` : sql`(${typeCheck({ row: from, types })} AND ${from}.id IN (${list}))`
    const check = any(some.map((one) => matches(row, one)))
    if (modifier === 'not') return { check: sql`NOT ${check}`, drivers: [] }
    if (some.some(({ list }) => list === undefined)) return { check, drivers: [] }
    const sources = some.map((one) => ({ from: sql`resource ${x}`, where: matches(x, one) }))
    return { check, drivers: [{ sources, ordered: false, exact: true }] }
  }

  #lastUpdated(clause: SearchClause, scope: Scope): Condition {
    const { row } = scope
    const values = valuesOf(clause, 'date')
    const check = any(values.map((value) => dateMatches(sql`${row}.updated`, sql`(${row}.updated + 1)`, value, scope.now)))
    const bounds = dateBounds(values, scope.now)
    return { check, drivers: [this.dates(undefined, bounds, scope)], dates: { paths: undefined, bounds } }
  }

  /** Shapes say it; of uploaded parameters, range indexes know which resources they hold, and for the others the elements are looked at. */
  #missing(clause: SearchClause, scope: Scope): Condition {
    const [value] = clause.values
    const wanted = value?.kind === 'token' && value.code === 'true'
    const { kind } = clause
    if (kind === 'id' || kind === 'lastUpdated') return { check: name(wanted ? '0' : '1'), drivers: [] }
    if (clause.paths.every(({ path }) => isInShapes(path)))
      return shaped(shapesWith(clause.paths.map((path) => this.#traits(path))), wanted, scope)
    if (kind === 'date' || kind === 'number' || kind === 'quantity') {
      const present = this.#rowCheck(clause, name('1'), scope)
      return { check: wanted ? sql`NOT ${present}` : present, drivers: [] }
    }
    return this.#byElements(clause, [], scope)
  }

  /** A path with a value, of the types wanted. */
  #traits({ path, targets }: CriterionPath): { path: number; parts?: number[] } {
    const parts = targets?.map((type) => this.#dictionary.types.get(type)).filter((type) => type !== undefined)
    return { path: this.#path(path), ...(parts === undefined ? {} : { parts }) }
  }

  /** True when a row of a range table meets a condition on i. Those tables have a second index by resource. */
  #rowCheck({ kind, paths }: SearchClause, matches: Sql, { row }: Scope): Sql {
    const table = name(kind)
    const numbers = oneOf(
      name('i.path'),
      paths.map(({ path }) => this.#path(path))
    )
    return sql`EXISTS (SELECT 1 FROM ${table} i INDEXED BY ${table}_rid WHERE ${numbers} AND i.rid = ${row}.rid AND ${matches})`
  }

  #path(path: number): number {
    return this.#dictionary.paths[path]!
  }
}

/** `code=a|,b|`: any code of these systems, in paths that shapes know. */
function isOfSystems({ kind, paths, values }: SearchClause): boolean {
  const ofSystem = (value: SearchValue) => value.kind === 'token' && value.code === '' && value.system !== undefined
  return kind === 'token' && values.every(ofSystem) && paths.every(({ path }) => isInShapes(path))
}

/** The resources whose shape is one of those that a SELECT gives, or (`without`) is none of them. */
function shaped(shapes: Sql, without: boolean, { row, source: x, types }: Scope): Condition {
  const check = sql`${row}.shape ${name(without ? 'NOT IN' : 'IN')} (${shapes})`
  const sources = types.map((type) => {
    const all = without ? sql`SELECT id FROM shape WHERE type = ${type} AND id NOT IN (${shapes}) UNION ALL SELECT 0` : shapes
    return {
      from: sql`resource ${x} INDEXED BY resource_shape`,
      where: sql`${x}.type = ${type} AND ${x}.deleted = 0 AND ${x}.shape IN (${all})`
    }
  })
  return { check, drivers: [{ sources, ordered: false, exact: true }] }
}

function valuesOf<Kind extends SearchValue['kind']>({ values }: SearchClause, kind: Kind): Array<Value<Kind>> {
  return values.filter((value): value is Value<Kind> => value.kind === kind)
}
