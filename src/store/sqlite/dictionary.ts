/** The small numbers of types, paths and systems. Dictionaries only ever grow, so a number once seen stays right. */
import { resourceTypes } from '../../fhir/definitions.js'
import { CustomParameters } from '../../fhir/search-custom.js'
import { indexPaths, pathNumbers } from '../../fhir/search-index.js'
import { UCUM } from '../../fhir/units.js'
import { describe, isDescribed } from './index-state.js'
import type { Db } from './schema.js'

export interface Dictionary {
  readonly types: ReadonlyMap<string, number>
  readonly typeNames: ReadonlyMap<number, string>
  /** The store's number of a path by its number in indexPaths(), and beyond these of those of `custom`. */
  readonly paths: readonly number[]
  /** Uploaded search parameters, kept up to date by IndexState. */
  custom: CustomParameters
  /** False while a search would miss resources, because the indexes are built anew. */
  searchable: boolean
  /** Brings `custom` and `searchable` up to date; to be called first in a transaction. Set by IndexState. */
  refresh: () => void
}

/** Gives every type and path of this release a number, and says what the indexes hold; called when a file is opened, inside a write transaction. */
export function register(db: Db): void {
  const type = db.prepare('INSERT OR IGNORE INTO type(name) VALUES (?)')
  for (const name of resourceTypes()) type.run(name)
  const path = db.prepare('INSERT OR IGNORE INTO path(kind, name) VALUES (?, ?)')
  for (const { kind, name } of indexPaths()) path.run(kind, name)
  describe(db)
}

/** True when there is nothing to register. */
export function isRegistered(db: Db): boolean {
  if (!isDescribed(db)) return false
  const { types, paths } = readDictionary(db)
  return resourceTypes().every((name) => types.has(name)) && paths.every((path) => path !== undefined)
}

/** Reads the numbers of types and paths; register() ran before. What may change while the file is open is kept up to date by IndexState. */
export function readDictionary(db: Db): Dictionary {
  const rows = db.prepare<[], { id: number; name: string }>('SELECT id, name FROM type').all()
  const numbers = pathNumbers()
  const paths = new Array<number>(numbers.size).fill(undefined as never)
  for (const [key, id] of db.prepare<[], [string, number]>("SELECT name || ' ' || kind, id FROM path").raw().iterate()) {
    const number = numbers.get(key)
    if (number !== undefined) paths[number] = id
  }
  return {
    types: new Map(rows.map(({ id, name }) => [name, id])),
    typeNames: new Map(rows.map(({ id, name }) => [id, name])),
    paths,
    custom: new CustomParameters([], Number),
    searchable: true,
    refresh: () => {}
  }
}

/** No more are remembered than this: identifiers may come with any number of systems. */
const REMEMBERED = 10_000

/** Numbers of systems; 0 is "no system". */
export class Systems {
  readonly #known = new Map<string, number>()
  readonly #find
  readonly #add

  constructor(db: Db, table = 'system') {
    this.#find = db.prepare<[string], number>(`SELECT id FROM ${table} WHERE uri = ?`).pluck()
    this.#add = db.prepare(`INSERT INTO ${table}(uri) VALUES (?)`)
  }

  /** The number of a system, or undefined when no resource ever used it. */
  find(uri: string): number | undefined {
    if (uri === '') return 0
    const known = this.#known.get(uri) ?? this.#find.get(uri)
    if (known !== undefined) this.#remember(uri, known)
    return known
  }

  /** The number of a system; a new one is written in the transaction that is open. */
  number(uri: string): number {
    const known = this.#known.get(uri) ?? this.find(uri)
    if (known !== undefined) return known
    const added = Number(this.#add.run(uri).lastInsertRowid)
    this.#remember(uri, added)
    return added
  }

  /** After a rollback: numbers given in it are gone. */
  forget(): void {
    this.#known.clear()
  }

  #remember(uri: string, number: number): void {
    if (this.#known.size >= REMEMBERED) this.#known.clear()
    this.#known.set(uri, number)
  }
}

/** The UCUM codes in use: the units that quantities of a search are converted to. They only grow. */
export class Units {
  readonly #known = new Set<string>()
  readonly #systems: Systems
  readonly #add

  constructor(db: Db, systems: Systems) {
    this.#systems = systems
    this.#add = db.prepare('INSERT OR IGNORE INTO unit(system, code) VALUES (?, ?)')
  }

  /** Takes note of the unit of a quantity that is written in the transaction that is open. */
  note(system: number, code: string): void {
    if (system === 0 || this.#known.has(code) || system !== this.#systems.find(UCUM)) return
    this.#add.run(system, code)
    if (this.#known.size < REMEMBERED) this.#known.add(code)
  }

  /** After a rollback. */
  forget(): void {
    this.#known.clear()
  }
}
