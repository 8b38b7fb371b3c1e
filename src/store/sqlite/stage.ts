/**
 * Worker side of a bulk load: resources and their index rows go to a file of their own, unsorted and without indexes,
 * so that workers share nothing and the writer thread has only sorting and copying left (merge.ts).
 */
import { randomUUID } from 'node:crypto'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { fail } from '../../errors.js'
import { splitBody } from '../../fhir/json.js'
import type { CustomDefinition } from '../../fhir/search-custom.js'
import type { Stage, StageHandle } from '../repository.js'
import { type Dictionary, Systems } from './dictionary.js'
import { storeError } from './failure.js'
import { INDEX_TABLES, type Indexed, indexRows } from './index-rows.js'
import { customParameters } from './index-state.js'
import { packId } from './pack.js'
import type { Db } from './schema.js'
import { Texts } from './texts.js'
import { contentHash } from './write.js'

/** Structured-clonable; made by BulkLoad (bulk.ts). */
export interface StageOptions {
  readonly folder: string
  readonly dictionary: Pick<Dictionary, 'types' | 'typeNames' | 'paths'>
  /** Uploaded search parameters when the session was opened. */
  readonly parameters: readonly CustomDefinition[]
}

/** Tables of a stage. n counts its resources from 1; system holds the URIs that `token.system` and `quantity.system` number within this stage; custom the uploaded search parameters it was indexed by. */
const TABLES = `
  CREATE TABLE entry(n INTEGER PRIMARY KEY, type INTEGER, id, hash BLOB, again INTEGER, origin INTEGER);
  CREATE TABLE body(n INTEGER PRIMARY KEY, head TEXT, tail TEXT);
  CREATE TABLE system(id INTEGER PRIMARY KEY, uri TEXT UNIQUE);
  CREATE TABLE custom(parameters TEXT, given_up TEXT);
  ${indexTables('main')}
`

/** SQL that makes the staged index tables in a database of a connection. */
export function indexTables(schema: string): string {
  const tables = INDEX_TABLES.map(({ name, columns }) => `CREATE TABLE ${schema}.${name}(n INTEGER, ${columns.map(declared).join(', ')});`)
  return `${tables.join('\n')}
    CREATE TABLE ${schema}.text(path INTEGER, folded TEXT, code TEXT, system INTEGER, UNIQUE(path, folded, code, system));
    CREATE TABLE ${schema}.shape(id INTEGER PRIMARY KEY, type INTEGER, traits TEXT);
    CREATE TABLE ${schema}.shaped(n INTEGER PRIMARY KEY, shape INTEGER);`
}

/** A column without affinity would turn the numbers of JavaScript into REAL. */
function declared(column: string): string {
  if (['path', 'system', 'type', 'start', 'stop', 'wide'].includes(column)) return `${column} INTEGER`
  return column
}

/** Rows that go to SQLite in one call: the call costs more than the row. */
const ROWS = 32

/** Inserts into one table, ROWS rows at a time. */
class Inserter {
  readonly #one
  readonly #many
  readonly #width: number
  #values: unknown[] = []

  constructor(db: Db, table: string, width: number) {
    const row = `(?${', ?'.repeat(width - 1)})`
    this.#one = db.prepare(`INSERT INTO ${table} VALUES ${row}`)
    this.#many = db.prepare(`INSERT INTO ${table} VALUES ${row}${`, ${row}`.repeat(ROWS - 1)}`)
    this.#width = width
  }

  add(n: number, values: readonly unknown[]): void {
    this.#values.push(n, ...values)
    if (this.#values.length < ROWS * this.#width) return
    this.#many.run(this.#values)
    this.#values = []
  }

  flush(): void {
    for (let at = 0; at < this.#values.length; at += this.#width) this.#one.run(this.#values.slice(at, at + this.#width))
    this.#values = []
  }
}

/** Writes the index rows and shapes of staged resources; also used to build all indexes anew. */
export class StageRows {
  readonly #tables: readonly Inserter[]
  readonly #shaped: Inserter
  readonly #addShape
  readonly #shapes = new Map<string, number>()
  readonly #texts: Texts

  constructor(db: Db, schema = 'main') {
    this.#tables = INDEX_TABLES.map(({ name, columns }) => new Inserter(db, `${schema}.${name}`, columns.length + 1))
    this.#shaped = new Inserter(db, `${schema}.shaped`, 2)
    this.#texts = new Texts(db, schema)
    this.#addShape = db.prepare(`INSERT INTO ${schema}.shape VALUES (?, ?, ?)`)
  }

  add(n: number, { type, rows, shape, texts }: Indexed): void {
    this.#texts.note(texts)
    for (const { table, values } of rows) this.#tables[table]!.add(n, values)
    if (shape !== '') this.#shaped.add(n, [this.#shape(type, shape)])
  }

  /** Writes what is still held back. */
  flush(): void {
    for (const table of [...this.#tables, this.#shaped]) table.flush()
  }

  #shape(type: number, traits: string): number {
    const key = `${type} ${traits}`
    let number = this.#shapes.get(key)
    if (number === undefined) {
      number = this.#shapes.size + 1
      this.#shapes.set(key, number)
      this.#addShape.run(number, type, traits)
    }
    return number
  }
}

/** An empty stage file, open in a transaction. It needs no durability: after a crash it is thrown away. */
function createStage(file: string): Db {
  const db = new Database(file)
  db.pragma('page_size = 16384')
  db.pragma('journal_mode = OFF')
  db.pragma('synchronous = OFF')
  db.pragma('locking_mode = EXCLUSIVE')
  db.pragma('cache_size = -4096')
  db.exec(TABLES)
  db.exec('BEGIN')
  return db
}

/** Opens a stage in the folder of a bulk session. Throws store.full when the disk is full (add and finish, too). */
export function openStage(options: unknown): Stage {
  const { folder, dictionary: numbers, parameters } = options as StageOptions
  const custom = customParameters(parameters, numbers)
  const dictionary: Dictionary = { ...numbers, custom, searchable: true, refresh: () => {} }
  const file = join(folder, `${randomUUID()}.db`)
  const db = createStage(file)
  const entries = new Inserter(db, 'entry', 6)
  const bodies = new Inserter(db, 'body', 3)
  const rows = new StageRows(db)
  const systems = new Systems(db)
  const seen = new Set<string>()
  let resources = 0
  let bytes = 0

  const close = () => {
    if (db.open) db.close()
  }
  return {
    get resources() {
      return resources
    },
    get bytes() {
      return bytes
    },
    add(type, id, text, parsed, origin) {
      const number = dictionary.types.get(type)
      if (number === undefined) throw fail('resource.unknown-type', { type })
      const split = splitBody(text, id)
      const key = `${type}/${id}`
      const again = seen.has(key) ? 1 : 0
      try {
        const n = ++resources
        entries.add(n, [number, packId(id), contentHash(split.content), again, origin])
        bodies.add(n, [split.head, split.tail])
        // What comes again is written, if at all, by the way of single writes.
        if (again === 0)
          rows.add(
            n,
            indexRows(parsed, dictionary, (uri) => systems.number(uri))
          )
      } catch (error) {
        throw storeError(error, file)
      }
      seen.add(key)
      bytes += text.length
    },
    finish(): StageHandle | undefined {
      try {
        for (const rest of [entries, bodies, rows]) rest.flush()
        const givenUp = [...custom.givenUp.keys()].map(({ id }) => id)
        db.prepare('INSERT INTO custom VALUES (?, ?)').run(JSON.stringify(parameters), JSON.stringify(givenUp))
        db.exec('COMMIT')
      } catch (error) {
        throw storeError(error, file)
      } finally {
        close()
      }
      if (resources > 0) return { file, resources }
      rmSync(file, { force: true })
      return undefined
    },
    discard() {
      close()
      rmSync(file, { force: true })
    }
  }
}
