/**
 * The shape of a resource: which paths have a value in it, of which systems its tokens are and which types its references name. Resources of one kind
 * have few shapes, so that one number in `resource` says for every path whether anything is there (docs/decisions/0025).
 */
import { indexPaths } from '../../fhir/search-index.js'
import type { Db } from './schema.js'
import { join, type Sql, sql } from './sql.js'

/** A path with a value, and a part of it: the system of a token, the type a reference names, 0 for neither. */
export type Trait = number

/** Part of a token path whose value has no code at all. */
export const NO_CODE = 0xffff_ffff

const PART = 2 ** 32

export function trait(path: number, part: number): Trait {
  return path * PART + part
}

/** Traits in one text, equal for equal sets; '' for none. */
export function shapeKey(traits: readonly Trait[]): string {
  const sorted = Float64Array.from(traits).sort()
  let key = ''
  for (let n = 0; n < sorted.length; n++) {
    const one = sorted[n]!
    if (n > 0 && one === sorted[n - 1]) continue
    const path = Math.floor(one / PART)
    key += `${key === '' ? '' : ' '}${path}.${one - path * PART}`
  }
  return key
}

function traitsOf(key: string): Array<readonly [path: number, part: number]> {
  return key.split(' ').map((pair) => {
    const [path, part] = pair.split('.')
    return [Number(path), Number(part)] as const
  })
}

/** The key with the parts of token paths translated: the numbers of systems differ between a stage and the store. */
function translated(key: string, isToken: (path: number) => boolean, system: (number: number) => number): string {
  return shapeKey(traitsOf(key).map(([path, part]) => trait(path, isToken(path) && part !== NO_CODE ? system(part) : part)))
}

/** No more are remembered than this. */
const REMEMBERED = 10_000

/** Numbers of shapes. They only ever grow; 0 is the shape without traits. */
export class Shapes {
  readonly #known = new Map<string, number>()
  readonly #find
  readonly #add
  readonly #addPath

  constructor(db: Db) {
    this.#find = db.prepare<[number, string], number>('SELECT id FROM main.shape WHERE type = ? AND traits = ?').pluck()
    this.#add = db.prepare('INSERT INTO main.shape(type, traits) VALUES (?, ?)')
    this.#addPath = db.prepare('INSERT INTO main.shape_path(path, part, shape) VALUES (?, ?, ?)')
  }

  /** The number of a shape; a new one is written in the transaction that is open. */
  number(type: number, key: string): number {
    if (key === '') return 0
    const name = `${type} ${key}`
    const known = this.#known.get(name) ?? this.#find.get(type, key) ?? this.#new(type, key)
    if (this.#known.size >= REMEMBERED) this.#known.clear()
    this.#known.set(name, known)
    return known
  }

  /** After a rollback: numbers given in it are gone. */
  forget(): void {
    this.#known.clear()
  }

  #new(type: number, key: string): number {
    const number = Number(this.#add.run(type, key).lastInsertRowid)
    for (const [path, part] of traitsOf(key)) this.#addPath.run(path, part, number)
    return number
  }
}

/** Fills temp.stage_shape: the store's number for each shape of the attached stage. temp.stage_system must be filled. */
export function mapShapes(db: Db): void {
  db.exec(`CREATE TEMP TABLE IF NOT EXISTS stage_shape(id INTEGER PRIMARY KEY, number INTEGER); DELETE FROM temp.stage_shape;
    INSERT INTO temp.stage_shape VALUES (0, 0)`)
  const shapes = new Shapes(db)
  const tokens = new Set(db.prepare<[], number>("SELECT id FROM main.path WHERE kind = 'token'").pluck().all())
  const system = db.prepare<[number], number>('SELECT number FROM temp.stage_system WHERE id = ?').pluck()
  const add = db.prepare('INSERT INTO temp.stage_shape VALUES (?, ?)')
  const staged = db.prepare<[], { id: number; type: number; traits: string }>('SELECT id, type, traits FROM stage.shape').all()
  for (const { id, type, traits } of staged) {
    const key = translated(
      traits,
      (path) => tokens.has(path),
      (number) => system.get(number)!
    )
    add.run(id, shapes.number(type, key))
  }
}

/** Gives resources that are there already the shapes that were staged for them, by rid. temp.stage_shape must be filled. */
export function setShapes(db: Db): void {
  db.exec(`UPDATE main.resource SET shape = m.number FROM stage.shaped s CROSS JOIN temp.stage_shape m
    WHERE m.id = s.shape AND resource.rid = s.n AND resource.shape <> m.number`)
}

/** Lists every shape by its traits anew. */
export function listShapes(db: Db): void {
  const add = db.prepare('INSERT INTO main.shape_path(path, part, shape) VALUES (?, ?, ?)')
  db.exec('DELETE FROM main.shape_path')
  for (const { id, traits } of db.prepare<[], { id: number; traits: string }>('SELECT id, traits FROM main.shape').all()) {
    for (const [path, part] of traitsOf(traits)) add.run(path, part, id)
  }
}

/** The shapes that have a value in one of the paths (numbers of the store). parts: only with one of these. */
export function shapesWith(paths: ReadonlyArray<{ readonly path: number; readonly parts?: readonly number[] }>): Sql {
  const list = (numbers: readonly number[]) =>
    join(
      numbers.map((number) => sql`${number}`),
      ', '
    )
  return join(
    paths.map(({ path, parts }) =>
      parts === undefined
        ? sql`SELECT shape FROM shape_path WHERE path = ${path}`
        : sql`SELECT shape FROM shape_path WHERE path = ${path} AND part IN (${list(parts)})`
    ),
    ' UNION ALL '
  )
}

/** True for the paths that shapes know: not those of uploaded search parameters. path: its number in indexPaths(). */
export function isInShapes(path: number): boolean {
  return path < indexPaths().length
}
