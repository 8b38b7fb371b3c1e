/** From a resource to the rows it is found by. One list of tables drives writing, removing, staging, merging and checking. */
import { codedTexts } from '../../fhir/coded-texts.js'
import { fold } from '../../fhir/fold.js'
import { eachReference } from '../../fhir/literal-references.js'
import { referencedType } from '../../fhir/references.js'
import { type IndexSink, indexPaths, indexResource } from '../../fhir/search-index.js'
import type { Dictionary } from './dictionary.js'
import { type PackedId, packId } from './pack.js'
import type { Db } from './schema.js'
import { isInShapes, NO_CODE, shapeKey, type Trait, trait } from './shapes.js'
import type { TextEntry } from './texts.js'

export type Value = number | string | Buffer

/** A row of an index table without its last column, rid. */
export interface IndexRow {
  /** Position in INDEX_TABLES. */
  readonly table: number
  readonly values: readonly Value[]
}

/** Every index table: name and key columns in key order; the key ends with rid. */
export const INDEX_TABLES = [
  { name: 'token', columns: ['path', 'code', 'system'] },
  { name: 'reference', columns: ['path', 'target', 'type'] },
  { name: 'uri', columns: ['path', 'value'] },
  { name: 'string', columns: ['path', 'folded', 'exact'] },
  { name: 'date', columns: ['path', 'start', 'stop', 'wide'] },
  { name: 'number', columns: ['path', 'value'] },
  { name: 'quantity', columns: ['path', 'value', 'code', 'system', 'unit'] },
  { name: 'compartment', columns: ['patient', 'type'] }
] as const satisfies ReadonlyArray<{ readonly name: string; readonly columns: readonly string[] }>

const TABLE = Object.fromEntries(INDEX_TABLES.map(({ name }, position) => [name, position])) as Record<
  (typeof INDEX_TABLES)[number]['name'],
  number
>

/** The path of references that stand where no search parameter looks. */
export const ELSEWHERE = 0
/** The units of the quantities among rows, as system and code. */
export function unitsOf(rows: readonly IndexRow[]): ReadonlyArray<readonly [system: number, code: string]> {
  return rows.flatMap(({ table, values: [, , code, system] }) =>
    table === TABLE.quantity ? [[system as number, code as string] as const] : []
  )
}

/** The codes of the tokens among rows. */
export function codesOf(rows: readonly IndexRow[]): string[] {
  return rows.flatMap(({ table, values: [, code] }) => (table === TABLE.token ? [code as string] : []))
}

/** Longest span, in milliseconds, of a date row that is found by its start alone: a day, and an hour for time zones. */
export const NARROW = 25 * 3_600_000

/** What a resource is found by. */
export interface Indexed {
  /** Number of its type. */
  readonly type: number
  /** A row may come twice; tables ignore the second. */
  readonly rows: readonly IndexRow[]
  /** Key of its shape (shapes.ts). */
  readonly shape: string
  /** Texts beside its codes (texts.ts); may come twice. */
  readonly texts: readonly TextEntry[]
}

/**
 * Index rows and shape of a parsed resource. systemNumber: gives the number of a system URI. only: rows of these uploaded search parameters' paths and
 * no others; the shape is '' then.
 */
export function indexRows(
  resource: { resourceType: string },
  dictionary: Dictionary,
  systemNumber: (uri: string) => number,
  only?: ReadonlySet<number>
): Indexed {
  const collector = new Collector(dictionary, systemNumber, dictionary.types.get(resource.resourceType) ?? 0)
  if (only === undefined) {
    indexResource(resource, collector, dictionary.custom)
    eachReference(resource, (type, id) => collector.elsewhere(type, id))
  } else dictionary.custom.index(resource, collector, only)
  return collector.finish()
}

/** The patient of a row that says: this resource is in the compartment of several. No id is like it. */
export const SEVERAL = '*'

class Collector implements IndexSink {
  readonly #paths: readonly number[]
  readonly #types: ReadonlyMap<string, number>
  readonly #system: (uri: string) => number
  readonly #type: number
  readonly #rows: IndexRow[] = []
  readonly #traits: Trait[] = []
  readonly #texts: TextEntry[] = []
  /** References that a path has: `Patient/1`. */
  readonly #referred = new Set<string>()
  readonly #patients = new Set<string>()
  /** Path of the last trait. */
  #path = -1
  #dates: Array<readonly [path: number, start: number, stop: number]> | undefined

  constructor(dictionary: Dictionary, systemNumber: (uri: string) => number, type: number) {
    this.#paths = dictionary.paths
    this.#types = dictionary.types
    this.#system = systemNumber
    this.#type = type
  }

  token(path: number, system: string, code: string): void {
    const number = this.#systemNumber(system)
    this.#add(TABLE.token, this.#paths[path]!, code, number)
    // The identifier of a reference is a token of a reference path, whose parts are types.
    if (indexPaths()[path]?.kind === 'token') this.#trait(path, number)
  }

  string(path: number, folded: string, exact: string): void {
    this.#add(TABLE.string, this.#paths[path]!, folded, exact)
  }

  reference(path: number, type: string, id: string): void {
    const known = this.#types.get(type)
    const target: PackedId = known === undefined ? (type === '' ? id : `${type}/${id}`) : packId(id)
    this.#add(TABLE.reference, this.#paths[path]!, target, known ?? 0)
    this.#referred.add(`${type}/${id}`)
  }

  /** Every literal reference of the resource; those of no path get a row, so that what refers to a resource can be told. */
  elsewhere(type: string, id: string): void {
    if (!this.#referred.has(`${type}/${id}`)) this.#add(TABLE.reference, ELSEWHERE, packId(id), this.#types.get(type)!)
  }

  date(path: number, from: number, to: number): void {
    this.#dates ??= []
    this.#dates.push([this.#paths[path]!, safe(from), safe(to)])
  }

  number(path: number, value: number): void {
    if (!Number.isNaN(value)) this.#add(TABLE.number, this.#paths[path]!, value)
  }

  quantity(path: number, value: number, system: string, code: string, unit: string): void {
    if (!Number.isNaN(value)) this.#add(TABLE.quantity, this.#paths[path]!, value, code, this.#systemNumber(system), unit)
  }

  uri(path: number, value: string): void {
    this.#add(TABLE.uri, this.#paths[path]!, value)
  }

  present(path: number, value: unknown): void {
    const { kind } = indexPaths()[path]!
    if (kind === 'token' && typeof value === 'object') this.#codedTexts(path, value)
    if (kind === 'reference') this.#trait(path, this.#types.get(referencedType(value) ?? '') ?? 0)
    // Its tokens came just before.
    else if (kind !== 'token') this.#trait(path, 0)
    else if (this.#path !== path) this.#trait(path, NO_CODE)
  }

  patient(id: string): void {
    this.#add(TABLE.compartment, packId(id), this.#type)
    this.#patients.add(id)
  }

  finish(): Indexed {
    const dates = this.#dates ?? []
    for (const [path, start, stop] of dates) {
      // Search narrows rows that are alone and short by their start only, and looks at the others one by one.
      const alone = dates.length === 1 || dates.every((other) => other[0] !== path || (other[1] === start && other[2] === stop))
      this.#add(TABLE.date, path, start, stop, alone && stop - start <= NARROW ? 0 : 1)
    }
    if (this.#patients.size > 1) this.#add(TABLE.compartment, SEVERAL, this.#type)
    return { type: this.#type, rows: this.#rows, shape: shapeKey(this.#traits), texts: this.#texts }
  }

  #codedTexts(number: number, value: unknown): void {
    const path = this.#paths[number]!
    for (const { text, system, code } of codedTexts(value)) {
      if (code !== '') this.#texts.push({ path, text, code, system: this.#systemNumber(system) })
      else {
        const folded = fold(text)
        if (folded !== '') this.#add(TABLE.string, path, folded, '')
      }
    }
  }

  #trait(path: number, part: number): void {
    if (!isInShapes(path)) return
    this.#path = path
    this.#traits.push(trait(this.#paths[path]!, part))
  }

  #systemNumber(uri: string): number {
    return uri === '' ? 0 : this.#system(uri)
  }

  #add(table: number, ...values: readonly Value[]): void {
    this.#rows.push({ table, values })
  }
}

/** A time as SQLite keeps it exactly; open ends become the first and last safe integer. */
export function safe(time: number): number {
  return Math.min(Math.max(Math.trunc(time), Number.MIN_SAFE_INTEGER), Number.MAX_SAFE_INTEGER)
}

const prepareAll = (db: Db, sql: (name: string, columns: readonly string[]) => string) =>
  INDEX_TABLES.map(({ name, columns }) => db.prepare(sql(name, columns)))

const where = (columns: readonly string[]) => [...columns, 'rid'].map((column) => `${column} = ?`).join(' AND ')

/** Writes and removes the index rows of single resources. */
export class IndexWriter {
  readonly #insert
  readonly #remove

  constructor(db: Db) {
    this.#insert = prepareAll(
      db,
      (name, columns) => `INSERT OR IGNORE INTO ${name}(${columns.join(', ')}, rid) VALUES (${'?, '.repeat(columns.length)}?)`
    )
    this.#remove = prepareAll(db, (name, columns) => `DELETE FROM ${name} WHERE ${where(columns)}`)
  }

  insert(rid: number, rows: readonly IndexRow[]): void {
    for (const { table, values } of rows) this.#insert[table]!.run(...values, rid)
  }

  remove(rid: number, rows: readonly IndexRow[]): void {
    for (const { table, values } of rows) this.#remove[table]!.run(...values, rid)
  }
}

/** Looks for single index rows. */
export class IndexReader {
  readonly #find

  constructor(db: Db) {
    this.#find = prepareAll(db, (name, columns) => `SELECT 1 FROM ${name} WHERE ${where(columns)}`)
  }

  has(rid: number, row: IndexRow): boolean {
    return this.#find[row.table]!.get(...row.values, rid) !== undefined
  }
}
