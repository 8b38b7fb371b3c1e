/** A clause of a search as SQL: a check on one resource (r), and where candidates can be taken from. */
import type { IndexKind } from '../../fhir/search-index.js'
import type { SearchClause, SearchValue } from '../../fhir/search-query.js'
import type { Dictionary, Systems } from './dictionary.js'
import { packId } from './pack.js'
import type { Db } from './schema.js'
import { type DateBounds, dateBounds, dateMatches, numberMatches } from './search-ranges.js'
import { any, FALSE, join, name, type Parameter, type Sql, sql } from './sql.js'

export interface Condition {
  /** True for the row r of `resource` that is looked at. */
  readonly check: Sql
  /**
   * `FROM ... x WHERE ...` pieces that give x.rid; together they give every resource the check accepts, and (except for dates) no other.
   * Undefined: candidates cannot be taken from here.
   */
  readonly sources?: readonly Sql[]
  /** Each source gives its rids once and in ascending order. */
  readonly ordered?: boolean
  /** Narrows the date index; sources are made from all clauses on the same paths (search.ts). */
  readonly bounds?: DateBounds
}

/** One row key of a point index: all key columns but rid. */
interface Point {
  readonly table: 'token' | 'reference' | 'uri' | 'string'
  readonly columns: Readonly<Record<string, Parameter>>
}

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

  /** type: number of the resource type. now: milliseconds since 1970. */
  compile(clause: SearchClause, type: number, now: number): Condition {
    if (clause.kind === 'id') return this.#id(clause, type)
    if (clause.kind === 'lastUpdated') return lastUpdated(clause, now)
    if (clause.modifier === 'missing') return this.#missing(clause)
    const { points, rest } = this.#match(clause, now)
    const check = any([...points.map(pointCheck), ...rest])
    if (clause.modifier === 'not') return { check: sql`NOT ${check}` }
    if (clause.kind === 'date') return { check, bounds: dateBounds(valuesOf(clause, 'date'), now) }
    const ranged = this.#ranges(clause)
    if (ranged !== undefined) return { check, sources: ranged, ordered: false }
    return rest.length > 0 ? { check } : { check, sources: points.map(pointSource), ordered: true }
  }

  /** `FROM` pieces for a date path within bounds: narrow rows by their start, the others by their end. */
  dateSources({ paths }: SearchClause, { from, to, stopAfter }: DateBounds): Sql[] {
    return paths.flatMap(({ path }) => [
      sql`FROM date x WHERE x.path = ${this.#path(path)} AND x.start >= ${from} AND x.start < ${to} AND x.wide = 0`,
      sql`FROM date x INDEXED BY date_wide WHERE x.path = ${this.#path(path)} AND x.wide = 1 AND x.stop > ${stopAfter}`
    ])
  }

  #match(clause: SearchClause, now: number): { points: Point[]; rest: Sql[] } {
    const points: Point[] = []
    const rest: Sql[] = []
    for (const value of clause.values) {
      for (const { path, targets } of clause.paths) {
        const number = this.#path(path)
        if (value.kind === 'token') {
          if (value.code === '') rest.push(...this.#anyCode(path, value.system))
          else points.push(...this.#tokenPoints(number, value.system, value.code))
        } else if (value.kind === 'reference') points.push(...this.#referencePoints(number, value, targets))
        else if (value.kind === 'uri') points.push({ table: 'uri', columns: { path: number, value: value.value } })
        else if (value.kind === 'string' && clause.modifier === 'exact') {
          points.push({ table: 'string', columns: { path: number, folded: value.folded, exact: value.text } })
        } else rest.push(rowCheck(clause.kind as IndexKind, number, this.#rowMatches(value, clause.modifier, now)))
      }
    }
    return { points, rest }
  }

  /** The part of an index that holds what a clause on strings, numbers or quantities asks for. */
  #ranges(clause: SearchClause): Sql[] | undefined {
    if (clause.modifier === 'exact' || clause.modifier === 'contains') return undefined
    if (clause.kind !== 'string' && clause.kind !== 'number' && clause.kind !== 'quantity') return undefined
    return clause.values.flatMap((value) =>
      clause.paths.map(
        ({ path }) => sql`FROM ${name(clause.kind)} x WHERE x.path = ${this.#path(path)} AND ${this.#rowMatches(value, undefined, 0)}`
      )
    )
  }

  /** A condition on one row x of a range index. */
  #rowMatches(value: SearchValue, modifier: SearchClause['modifier'], now: number): Sql {
    switch (value.kind) {
      case 'string':
        if (modifier === 'contains') return sql`instr(x.folded, ${value.folded}) > 0`
        return sql`x.folded >= ${value.folded} AND x.folded < ${`${value.folded}\u{10ffff}`}`
      case 'date':
        return dateMatches(name('x.start'), name('x.stop'), value, now)
      case 'number':
        return numberMatches(value)
      case 'quantity': {
        const unit = this.#unit(value.system, value.code)
        return unit === undefined ? numberMatches(value) : sql`${numberMatches(value)} AND ${unit}`
      }
      default:
        throw new Error(`No range index for ${value.kind}`)
    }
  }

  /** Without a system, the code may also be the unit as people write it (R4 search.html#quantity). */
  #unit(system: string | undefined, code: string | undefined): Sql | undefined {
    if (code === undefined || code === '') return undefined
    if (system === undefined || system === '') return sql`(x.code = ${code} OR x.unit = ${code})`
    const number = this.#systems.find(system)
    return number === undefined ? FALSE : sql`x.code = ${code} AND x.system = ${number}`
  }

  #tokenPoints(path: number, system: string | undefined, code: string): Point[] {
    const numbers = system === undefined ? distinct(this.#nextSystem, path, code) : [this.#systems.find(system)]
    return numbers.filter((number) => number !== undefined).map((number) => ({ table: 'token', columns: { path, code, system: number } }))
  }

  /** `system|`: the index is sorted by code, so the resource itself is looked at. */
  #anyCode(path: number, system: string | undefined): Sql[] {
    return system === undefined ? [] : [found({ paths: [{ path }], system })]
  }

  #referencePoints(path: number, value: Extract<SearchValue, { kind: 'reference' }>, targets: readonly string[] | undefined): Point[] {
    const point = (target: Parameter, type: number): Point => ({ table: 'reference', columns: { path, target, type } })
    if (value.url !== undefined) return targets === undefined ? [point(value.url, 0)] : []
    const target = packId(value.id)
    const wanted = value.type === '' ? targets : targets === undefined || targets.includes(value.type) ? [value.type] : []
    const types = wanted?.map((type) => this.#dictionary.types.get(type)) ?? distinct(this.#nextType, path, target)
    return types.filter((type) => type !== undefined && type > 0).map((type) => point(target, type!))
  }

  #id({ modifier, values }: SearchClause, type: number): Condition {
    const ids = values.map((value) => (value.kind === 'token' ? sql`${packId(value.code)}` : FALSE))
    const check = sql`r.id IN (${join(ids, ', ')})`
    if (modifier === 'not') return { check: sql`NOT ${check}` }
    return { check, sources: [sql`FROM resource x WHERE x.type = ${type} AND x.id IN (${join(ids, ', ')})`], ordered: false }
  }

  #missing({ paths, values }: SearchClause): Condition {
    const [value] = values
    const present = found({ paths })
    return { check: value?.kind === 'token' && value.code === 'true' ? sql`NOT ${present}` : present }
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
function found(wanted: Wanted): Sql {
  return sql`found((SELECT v.body FROM version v WHERE v.seq = r.seq), ${JSON.stringify(wanted)})`
}

function pointMatches({ columns }: Point): Sql {
  return join(
    Object.entries(columns).map(([column, value]) => sql`x.${name(column)} = ${value}`),
    ' AND '
  )
}

function pointCheck(point: Point): Sql {
  return sql`EXISTS (SELECT 1 FROM ${name(point.table)} x WHERE ${pointMatches(point)} AND x.rid = r.rid)`
}

function pointSource(point: Point): Sql {
  return sql`FROM ${name(point.table)} x WHERE ${pointMatches(point)}`
}

/** Range tables have a second index by resource. */
function rowCheck(kind: IndexKind, path: number, matches: Sql): Sql {
  const table = name(kind)
  return sql`EXISTS (SELECT 1 FROM ${table} x INDEXED BY ${table}_rid WHERE x.path = ${path} AND x.rid = r.rid AND ${matches})`
}

function lastUpdated(clause: SearchClause, now: number): Condition {
  const values = valuesOf(clause, 'date')
  const check = any(values.map((value) => dateMatches(name('r.updated'), name('(r.updated + 1)'), value, now)))
  return clause.modifier === 'not' ? { check: sql`NOT ${check}` } : { check, bounds: dateBounds(values, now) }
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
