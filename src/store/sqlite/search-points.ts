/** Keys of the point indexes: what a clause on tokens, references, URIs or exact strings looks up. */

import { leadsTo } from '../../fhir/references.js'
import type { SearchClause, SearchValue } from '../../fhir/search-criterion.js'
import type { Dictionary, Systems } from './dictionary.js'
import { packId } from './pack.js'
import type { Db } from './schema.js'
import { and, type Condition, MOST_SOURCES, oneOf, type Scope, type Source } from './search-condition.js'
import { Spellings } from './spellings.js'
import { any, name, type Parameter, type Sql, sql } from './sql.js'

/** One row key of a point index: all key columns but rid. */
export interface Point {
  readonly table: 'token' | 'reference' | 'uri' | 'string'
  readonly paths: readonly number[]
  readonly columns: Readonly<Record<string, Parameter>>
}

/** Different codes of a path that are looked through for those of one system. */
const MOST_CODES = 256

export class Points {
  readonly #dictionary: Dictionary
  readonly #systems: Systems
  readonly #spellings: Spellings
  readonly #nextSystem
  readonly #nextType
  readonly #nextCode

  constructor(db: Db, dictionary: Dictionary, systems: Systems) {
    this.#dictionary = dictionary
    this.#systems = systems
    this.#spellings = new Spellings(db)
    const next = (table: string, key: string, column: string) =>
      db.prepare<Parameter[], number | null>(`SELECT min(${column}) FROM ${table} WHERE path = ? AND ${key} = ? AND ${column} > ?`).pluck()
    this.#nextSystem = next('token', 'code', 'system')
    this.#nextType = next('reference', 'target', 'type')
    this.#nextCode = db.prepare<[number, string], string | null>('SELECT min(code) FROM token WHERE path = ? AND code > ?').pluck()
  }

  /** Every resource that has one of the keys. undefined: the index does not have them together. */
  of(clause: SearchClause): Point[] | undefined {
    const points: Point[] = []
    for (const value of clause.values) {
      for (const { path, targets } of clause.paths) {
        const number = this.#dictionary.paths[path]!
        if (value.kind === 'token') {
          const found =
            value.code === ''
              ? this.#systemPoints(number, value.system)
              : this.#spelled(value).flatMap((code) => this.#tokenPoints(number, value.system, code))
          if (found === undefined) return undefined
          points.push(...found)
        } else if (value.kind === 'reference') points.push(...this.#referencePoints(number, value, targets))
        else if (value.kind === 'uri') points.push({ table: 'uri', paths: [number], columns: { value: value.value } })
        else if (value.kind === 'string')
          points.push({ table: 'string', paths: [number], columns: { folded: value.folded, exact: value.text } })
      }
    }
    return gathered(points)
  }

  #spelled({ code, anyCase }: Extract<SearchValue, { kind: 'token' }>): readonly string[] {
    return anyCase === true ? this.#spellings.of(code) : [code]
  }

  #tokenPoints(path: number, system: string | undefined, code: string): Point[] {
    const numbers = system === undefined ? distinct(this.#nextSystem, path, code) : [this.#systems.find(system)]
    return numbers
      .filter((number) => number !== undefined)
      .map((number) => ({ table: 'token', paths: [path], columns: { code, system: number } }))
  }

  /** `system|`: all codes of the path, where these are few. */
  #systemPoints(path: number, system: string | undefined): Point[] | undefined {
    if (system === undefined) return []
    const number = this.#systems.find(system)
    if (number === undefined) return []
    const codes = this.#codesOf(path)
    return codes?.map((code) => ({ table: 'token', paths: [path], columns: { code, system: number } }))
  }

  /** The different codes of a path; undefined when they are many. */
  #codesOf(path: number): string[] | undefined {
    const codes: string[] = []
    for (let last = ''; ; ) {
      const code = this.#nextCode.get(path, last)
      if (code === null || code === undefined) return codes
      if (codes.length === MOST_CODES) return undefined
      codes.push((last = code))
    }
  }

  #referencePoints(path: number, value: Extract<SearchValue, { kind: 'reference' }>, targets: readonly string[] | undefined): Point[] {
    const point = (target: Parameter, type: number): Point => ({ table: 'reference', paths: [path], columns: { target, type } })
    if (value.url !== undefined) return leadsTo(value.url, targets) ? [point(value.url, 0)] : []
    const target = packId(value.id)
    const wanted = value.type === '' ? targets : targets === undefined || targets.includes(value.type) ? [value.type] : []
    const types = wanted?.map((type) => this.#dictionary.types.get(type)) ?? distinct(this.#nextType, path, target)
    const relative = types.filter((type) => type !== undefined && type > 0).map((type) => point(target, type!))
    // The same resource, referred to by its whole address.
    const addressed = value.base === undefined ? [] : (wanted ?? value.types ?? [])
    const absolute = addressed.map((type) => point(`${value.base}/${type}/${value.id}`, 0))
    return [...relative, ...absolute]
  }
}

/** The resources that have one of the keys. */
export function pointsCondition(points: readonly Point[], scope: Scope): Condition {
  const sources = points.map((point) => pointSource(point, scope))
  const ordered = points.every(({ paths }) => paths.length === 1)
  return { check: any(points.map((point) => pointCheck(point, scope))), drivers: [{ sources, ordered, exact: true, keyed: ordered }] }
}

function pointMatches(x: Sql, { paths, columns }: Point): Sql {
  return and([oneOf(sql`${x}.path`, paths), ...Object.entries(columns).map(([column, value]) => sql`${x}.${name(column)} = ${value}`)])
}

function pointCheck(point: Point, { row }: Scope): Sql {
  return sql`EXISTS (SELECT 1 FROM ${name(point.table)} i WHERE ${pointMatches(name('i'), point)} AND i.rid = ${row}.rid)`
}

/** The rows of a key. */
export function pointSource(point: Point, { source: x }: Scope): Source {
  return { from: sql`${name(point.table)} ${x}`, where: pointMatches(x, point) }
}

/** Keys that differ in their path only, as one; a few are left as they are: each gives its rids in order. */
function gathered(points: Point[]): Point[] {
  if (points.length <= MOST_SOURCES / 10) return points
  const byKey = new Map<string, Point>()
  for (const point of points) {
    const key = JSON.stringify([point.table, Object.entries(point.columns)])
    const same = byKey.get(key)
    byKey.set(key, same === undefined ? point : { ...same, paths: [...same.paths, ...point.paths] })
  }
  return [...byKey.values()]
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
