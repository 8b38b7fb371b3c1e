/** A clause of a search as SQL: a check on one resource, and where candidates can be taken from. */
import type { SearchClause, SearchValue } from '../../fhir/search-criterion.js'
import type { IndexKind } from '../../fhir/search-index.js'
import type { Dictionary, Systems } from './dictionary.js'
import { packId } from './pack.js'
import type { Db } from './schema.js'
import { and, type Condition, type Driver, type Scope, type Source, typeCheck } from './search-condition.js'
import { type DateBounds, dateBounds, dateMatches, numberMatches } from './search-ranges.js'
import { any, FALSE, join, name, type Parameter, type Sql, sql } from './sql.js'

/** One row key of a point index: all key columns but rid. */
interface Point {
  readonly table: 'token' | 'reference' | 'uri' | 'string'
  readonly columns: Readonly<Record<string, Parameter>>
}

/** The alias of an index table inside a check. */
const ROW = name('i')

export class ClauseCompiler {
  readonly #dictionary: Dictionary
  readonly #systems: Systems
  readonly #nextSystem
  readonly #nextType

  constructor(db: Db, dictionary: Dictionary, systems: Systems) {
    this.#dictionary = dictionary
    this.#systems = systems
    const next = (table: string, key: string, column: string) =>
      db.prepare<Parameter[], number | null>(`SELECT min(${column}) FROM ${table} WHERE path = ? AND ${key} = ? AND ${column} > ?`).pluck()
    this.#nextSystem = next('token', 'code', 'system')
    this.#nextType = next('reference', 'target', 'type')
  }

  compile(clause: SearchClause, scope: Scope): Condition {
    if (clause.kind === 'id') return this.#id(clause, scope)
    if (clause.kind === 'lastUpdated') return this.#lastUpdated(clause, scope)
    if (clause.modifier === 'missing') return this.#missing(clause, scope)
    const { points, rest } = this.#match(clause, scope)
    const check = any([...points.map((point) => pointCheck(point, scope)), ...rest])
    if (clause.modifier === 'not') return { check: sql`NOT ${check}`, drivers: [] }
    if (clause.kind === 'date') {
      const bounds = dateBounds(valuesOf(clause, 'date'), scope.now)
      return { check, drivers: [this.dates(clause.paths, bounds, scope)], dates: { paths: clause.paths, bounds } }
    }
    const ranged = this.#ranges(clause, scope)
    if (ranged !== undefined) return { check, drivers: [{ sources: ranged, ordered: false, exact: true }] }
    if (rest.length > 0) return { check, drivers: [] }
    return { check, drivers: [{ sources: points.map((point) => pointSource(point, scope)), ordered: true, exact: true }] }
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

  #match(clause: SearchClause, scope: Scope): { points: Point[]; rest: Sql[] } {
    const points: Point[] = []
    const rest: Sql[] = []
    for (const value of clause.values) {
      for (const { path, targets } of clause.paths) {
        const number = this.#path(path)
        if (value.kind === 'token') {
          if (value.code === '') rest.push(...this.#anyCode(path, value.system, scope))
          else points.push(...this.#tokenPoints(number, value.system, value.code))
        } else if (value.kind === 'reference') points.push(...this.#referencePoints(number, value, targets))
        else if (value.kind === 'uri') points.push({ table: 'uri', columns: { path: number, value: value.value } })
        else if (value.kind === 'string' && clause.modifier === 'exact') {
          points.push({ table: 'string', columns: { path: number, folded: value.folded, exact: value.text } })
        } else rest.push(rowCheck(clause.kind as IndexKind, number, this.#rowMatches(ROW, value, clause.modifier, scope.now), scope))
      }
    }
    return { points, rest }
  }

  /** The part of an index that holds what a clause on strings, numbers or quantities asks for. */
  #ranges(clause: SearchClause, { source: x, now }: Scope): Source[] | undefined {
    if (clause.modifier === 'exact' || clause.modifier === 'contains') return undefined
    if (clause.kind !== 'string' && clause.kind !== 'number' && clause.kind !== 'quantity') return undefined
    return clause.values.flatMap((value) =>
      clause.paths.map(({ path }) => ({
        from: sql`${name(clause.kind)} ${x}`,
        where: sql`${x}.path = ${this.#path(path)} AND ${this.#rowMatches(x, value, undefined, now)}`
      }))
    )
  }

  /** A condition on one row x of a range index. */
  #rowMatches(x: Sql, value: SearchValue, modifier: SearchClause['modifier'], now: number): Sql {
    switch (value.kind) {
      case 'string':
        if (modifier === 'contains') return sql`instr(${x}.folded, ${value.folded}) > 0`
        return sql`${x}.folded >= ${value.folded} AND ${x}.folded < ${`${value.folded}\u{10ffff}`}`
      case 'date':
        return dateMatches(sql`${x}.start`, sql`${x}.stop`, value, now)
      case 'number':
        return numberMatches(x, value)
      case 'quantity': {
        const unit = this.#unit(x, value.system, value.code)
        return unit === undefined ? numberMatches(x, value) : sql`${numberMatches(x, value)} AND ${unit}`
      }
      default:
        throw new Error(`No range index for ${value.kind}`)
    }
  }

  /** Without a system, the code may also be the unit as people write it (R4 search.html#quantity). */
  #unit(x: Sql, system: string | undefined, code: string | undefined): Sql | undefined {
    if (code === undefined || code === '') return undefined
    if (system === undefined || system === '') return sql`(${x}.code = ${code} OR ${x}.unit = ${code})`
    const number = this.#systems.find(system)
    return number === undefined ? FALSE : sql`${x}.code = ${code} AND ${x}.system = ${number}`
  }

  #tokenPoints(path: number, system: string | undefined, code: string): Point[] {
    const numbers = system === undefined ? distinct(this.#nextSystem, path, code) : [this.#systems.find(system)]
    return numbers.filter((number) => number !== undefined).map((number) => ({ table: 'token', columns: { path, code, system: number } }))
  }

  /** `system|`: the index is sorted by code, so the resource itself is looked at. */
  #anyCode(path: number, system: string | undefined, scope: Scope): Sql[] {
    return system === undefined ? [] : [found({ paths: [{ path }], system }, scope)]
  }

  #referencePoints(path: number, value: Extract<SearchValue, { kind: 'reference' }>, targets: readonly string[] | undefined): Point[] {
    const point = (target: Parameter, type: number): Point => ({ table: 'reference', columns: { path, target, type } })
    if (value.url !== undefined) return targets === undefined ? [point(value.url, 0)] : []
    const target = packId(value.id)
    const wanted = value.type === '' ? targets : targets === undefined || targets.includes(value.type) ? [value.type] : []
    const types = wanted?.map((type) => this.#dictionary.types.get(type)) ?? distinct(this.#nextType, path, target)
    return types.filter((type) => type !== undefined && type > 0).map((type) => point(target, type!))
  }

  #id({ modifier, values }: SearchClause, scope: Scope): Condition {
    const { row, source: x } = scope
    const ids = join(
      values.map((value) => (value.kind === 'token' ? sql`${packId(value.code)}` : FALSE)),
      ', '
    )
    const check = sql`${row}.id IN (${ids})`
    if (modifier === 'not') return { check: sql`NOT ${check}`, drivers: [] }
    const source = { from: sql`resource ${x}`, where: sql`${typeCheck({ row: x, types: scope.types })} AND ${x}.id IN (${ids})` }
    return { check, drivers: [{ sources: [source], ordered: false, exact: true }] }
  }

  #lastUpdated(clause: SearchClause, scope: Scope): Condition {
    const { row } = scope
    const values = valuesOf(clause, 'date')
    const check = any(values.map((value) => dateMatches(sql`${row}.updated`, sql`(${row}.updated + 1)`, value, scope.now)))
    if (clause.modifier === 'not') return { check: sql`NOT ${check}`, drivers: [] }
    const bounds = dateBounds(values, scope.now)
    return { check, drivers: [this.dates(undefined, bounds, scope)], dates: { paths: undefined, bounds } }
  }

  #missing({ paths, values }: SearchClause, scope: Scope): Condition {
    const [value] = values
    const present = found({ paths }, scope)
    return { check: value?.kind === 'token' && value.code === 'true' ? sql`NOT ${present}` : present, drivers: [] }
  }

  #path(path: number): number {
    return this.#dictionary.paths[path]!
  }
}

/** What found(), an SQL function (search.ts), looks for in the index entries of a body. Path numbers are those of indexPaths(). */
export interface Wanted {
  readonly paths: ReadonlyArray<{ readonly path: number; readonly targets?: readonly string[] }>
  /** Only tokens of this system. */
  readonly system?: string
}

/** True when the resource has an entry as wanted. There is no index from resources to entries: they are made again from the body. */
function found(wanted: Wanted, { row }: Scope): Sql {
  return sql`found((SELECT v.body FROM version v WHERE v.seq = ${row}.seq), ${JSON.stringify(wanted)})`
}

function pointMatches(x: Sql, { columns }: Point): Sql {
  return and(Object.entries(columns).map(([column, value]) => sql`${x}.${name(column)} = ${value}`))
}

function pointCheck(point: Point, { row }: Scope): Sql {
  return sql`EXISTS (SELECT 1 FROM ${name(point.table)} i WHERE ${pointMatches(ROW, point)} AND i.rid = ${row}.rid)`
}

function pointSource(point: Point, { source: x }: Scope): Source {
  return { from: sql`${name(point.table)} ${x}`, where: pointMatches(x, point) }
}

/** Range tables have a second index by resource. */
function rowCheck(kind: IndexKind, path: number, matches: Sql, { row }: Scope): Sql {
  const table = name(kind)
  return sql`EXISTS (SELECT 1 FROM ${table} i INDEXED BY ${table}_rid WHERE i.path = ${path} AND i.rid = ${row}.rid AND ${matches})`
}

function valuesOf<Kind extends SearchValue['kind']>({ values }: SearchClause, kind: Kind): Array<Extract<SearchValue, { kind: Kind }>> {
  return values.filter((value): value is Extract<SearchValue, { kind: Kind }> => value.kind === kind)
}

/** The different values of the column after a key, read with one seek each however many rows there are. */
function distinct(next: { get(...parameters: Parameter[]): number | null | undefined }, path: number, key: Parameter): number[] {
  const values: number[] = []
  for (let last = -1; ; ) {
    const value = next.get(path, key, last)
    if (value === null || value === undefined) return values
    values.push((last = value))
  }
}
