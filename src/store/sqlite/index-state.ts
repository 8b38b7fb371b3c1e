/**
 * What the indexes of a store hold: by which rules, and which uploaded search parameters. Kept as a note, with a generation number that every
 * connection looks at before it reads or writes, so that all threads and processes learn of a change.
 */
import { fail } from '../../errors.js'
import { type CustomDefinition, CustomParameters, readSearchParameter } from '../../fhir/search-custom.js'
import { indexPaths, indexVersion } from '../../fhir/search-index.js'
import type { Dictionary } from './dictionary.js'
import { evaluate } from './evaluator.js'
import { INDEX_TABLES } from './index-rows.js'
import type { Db } from './schema.js'

/** Structured-clonable. */
export interface IndexDefinition {
  /** indexVersion() of the release that fills the indexes. */
  readonly version: string
  /** False while all indexes are built anew: a search would miss resources. */
  readonly complete: boolean
  /** Uploaded parameters. Those that are waiting or active are indexed with every write. */
  readonly parameters: readonly CustomDefinition[]
  /** Paths of parameters that are gone, whose rows have yet to be removed. */
  readonly abandoned: readonly number[]
}

/** Building indexes from bodies that are there already, in the order of rid; it goes on after `position`. */
export interface IndexPass {
  /** Paths that are added; undefined: all indexes are built anew. */
  readonly paths?: readonly number[]
  readonly position: number
  /** Last rid when it began: what came later was indexed when it was written. */
  readonly last: number
}

const DEFINITION = 'index'
const GENERATION = 'index.generation'
const PASS = 'index.pass'

/** The number that index sinks know an uploaded parameter's path by. */
const sinkNumber = (path: number): number => indexPaths().length + path

/** The parameters as an index is filled or searched by them; `dictionary` learns their paths. */
export function customParameters(definitions: readonly CustomDefinition[], dictionary: Pick<Dictionary, 'paths'>): CustomParameters {
  for (const { paths } of definitions) for (const path of paths) (dictionary.paths as number[])[sinkNumber(path)] = path
  return new CustomParameters(definitions, sinkNumber, evaluate)
}

/** Numbers for CustomParameters.index(). */
export function sinkNumbers(paths: readonly number[]): ReadonlySet<number> {
  return new Set(paths.map(sinkNumber))
}

/** True when a store says what its indexes hold. */
export function isDescribed(db: Db): boolean {
  return db.prepare('SELECT 1 FROM note WHERE key = ?').get(GENERATION) !== undefined
}

/** Equal for two lists of parameters that give the same index rows for resources of these types. */
export function basisKey(parameters: readonly CustomDefinition[], types: readonly string[]): string {
  const paths = parameters.flatMap((one) => one.paths.filter((_, n) => types.includes(one.types[n]!)))
  return JSON.stringify(paths.sort((a, b) => a - b))
}

/** For a store that does not say what its indexes hold: it is new, or of a release before there was a version of indexes. */
export function describe(db: Db): void {
  const isNew = db.prepare('SELECT 1 FROM resource').get() === undefined
  const definition: IndexDefinition = { version: isNew ? indexVersion() : '', complete: true, parameters: [], abandoned: [] }
  const add = db.prepare('INSERT OR IGNORE INTO note(key, value) VALUES (?, ?)')
  add.run(DEFINITION, JSON.stringify(definition))
  add.run(GENERATION, '1')
}

/** What one connection knows of the indexes. Reading only; IndexKeeper changes them. */
export class IndexState {
  readonly #dictionary: Dictionary
  readonly #sql
  #generation = ''
  #definition: IndexDefinition | undefined

  constructor(db: Db, dictionary: Dictionary) {
    this.#dictionary = dictionary
    this.#sql = db.prepare<[string], string>('SELECT value FROM note WHERE key = ?').pluck()
    dictionary.refresh = () => this.refresh()
    this.refresh()
  }

  get definition(): IndexDefinition {
    return this.#definition!
  }

  get pass(): IndexPass | undefined {
    const text = this.#sql.get(PASS)
    return text === undefined ? undefined : (JSON.parse(text) as IndexPass)
  }

  /** Learns of changes, its own transaction's ones too; call it first in every transaction. */
  refresh(): void {
    const generation = this.#sql.get(GENERATION)!
    if (generation === this.#generation) return
    this.#generation = generation
    const definition = JSON.parse(this.#sql.get(DEFINITION)!) as IndexDefinition
    this.#definition = definition
    this.#dictionary.custom = customParameters(definition.parameters, this.#dictionary)
    this.#dictionary.searchable = definition.complete && definition.version === indexVersion()
  }

  /** After a rollback: what was read may be of the transaction that is gone. */
  forget(): void {
    this.#generation = ''
  }
}

/** Changes what the indexes hold, in the transaction that is open. Only the writer has one. */
export class IndexKeeper extends IndexState {
  readonly #db: Db
  readonly #types: ReadonlyMap<string, number>
  readonly #custom: () => CustomParameters
  readonly #set
  readonly #unset
  readonly #addPath
  readonly #hasAny
  /** True once a transaction began with indexes of ours. */
  #adopted = false

  constructor(db: Db, dictionary: Dictionary) {
    super(db, dictionary)
    this.#db = db
    this.#types = dictionary.types
    this.#custom = () => dictionary.custom
    this.#set = db.prepare('INSERT INTO note(key, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value')
    this.#unset = db.prepare('DELETE FROM note WHERE key = ?')
    this.#addPath = db.prepare<[string, string], number>('INSERT INTO path(kind, name) VALUES (?, ?) RETURNING id').pluck()
    this.#hasAny = db.prepare<[number]>('SELECT 1 FROM resource INDEXED BY resource_type WHERE type = ? AND deleted = 0')
  }

  change(change: Partial<IndexDefinition>): void {
    this.#set.run(DEFINITION, JSON.stringify({ ...this.definition, ...change }))
    const generation = this.#db.prepare<[], string>(`SELECT value FROM note WHERE key = '${GENERATION}'`).pluck().get()!
    this.#set.run(GENERATION, String(Number(generation) + 1))
    this.refresh()
  }

  setPass(pass: IndexPass | undefined): void {
    if (pass === undefined) this.#unset.run(PASS)
    else this.#set.run(PASS, JSON.stringify(pass))
  }

  /**
   * When the indexes were filled by other rules than ours they are emptied, to be filled again by a pass: true then. Throws store.version when another
   * release has taken the store over meanwhile.
   */
  adopt(last: number): boolean {
    const ours = indexVersion()
    const { version } = this.definition
    if (version === ours) this.#adopted = true
    else if (this.#adopted) throw fail('store.version', { path: this.#db.name, actual: version, expected: ours })
    else {
      for (const { name } of INDEX_TABLES) this.#db.exec(`DELETE FROM main.${name}`)
      this.#db.exec('UPDATE main.resource SET shape = 0 WHERE shape <> 0')
      this.change({ version: ours, complete: last === 0, abandoned: [] })
      this.setPass(last === 0 ? undefined : { position: 0, last })
      return true
    }
    return false
  }

  /** A SearchParameter was written (its parsed body) or deleted (undefined). */
  searchParameter(id: string, resource: object | undefined): void {
    const { parameters } = this.definition
    const before = parameters.find((one) => one.id === id)
    const request = resource === undefined ? undefined : readSearchParameter(resource).request
    if (before === undefined && request === undefined) return
    const others = parameters.filter((one) => one !== before)
    if (before !== undefined && request !== undefined && sameIndex(before, request)) {
      this.change({
        parameters: parameters.map((one) => (one === before ? { ...before, url: request.url, targets: request.targets } : one))
      })
      return
    }
    const wanted: CustomDefinition[] = [
      ...others,
      ...(request === undefined ? [] : [{ ...request, state: 'failed', reason: 'taken', paths: [] } as const])
    ]
    this.change({ parameters: this.#settled(wanted), abandoned: [...this.definition.abandoned, ...(before?.paths ?? [])] })
  }

  /** Puts parameters out of use whose expression was given up (by this thread, or by stages: ids). */
  giveUp(ids: readonly string[] = []): void {
    const out = new Set([...ids, ...[...this.#custom().givenUp.keys()].map(({ id }) => id)])
    const gone = this.definition.parameters.filter(({ id, state }) => out.has(id) && state !== 'failed')
    if (gone.length === 0) return
    const parameters = this.definition.parameters.map((one) =>
      gone.includes(one) ? ({ ...one, state: 'failed', reason: 'slow', paths: [] } as const) : one
    )
    this.change({ parameters, abandoned: [...this.definition.abandoned, ...gone.flatMap(({ paths }) => paths)] })
  }

  /** Gives paths to parameters that had to stand back for another one with the same code, where that one is gone. */
  #settled(parameters: readonly CustomDefinition[]): CustomDefinition[] {
    const settled: CustomDefinition[] = parameters.filter(({ reason }) => reason !== 'taken')
    for (const one of parameters.filter(({ reason }) => reason === 'taken')) {
      const taken = settled.some(
        ({ code, types, state }) => state !== 'failed' && code === one.code && types.some((type) => one.types.includes(type))
      )
      settled.push(taken ? one : this.#started(one))
    }
    return settled
  }

  #started({ reason: _, ...parameter }: CustomDefinition): CustomDefinition {
    const { id, kind, types } = parameter
    // It is searched by the paths of its parts.
    if (kind === 'composite') return { ...parameter, state: 'active', paths: [] }
    const last = this.#db.prepare<[], number>('SELECT max(id) FROM path').pluck().get()!
    const paths = types.map((type) => this.#addPath.get(kind, `SearchParameter/${id} ${type} ${last}`)!)
    // Nothing to index: it works at once.
    const idle = types.every((type) => this.#hasAny.get(this.#types.get(type)!) === undefined)
    return { ...parameter, state: idle ? 'active' : 'waiting', paths }
  }
}

function sameIndex(one: CustomDefinition, other: Omit<CustomDefinition, 'state' | 'paths'>): boolean {
  const key = ({ code, kind, types, expression, component }: typeof other) => JSON.stringify([code, kind, types, expression, component])
  return key(one) === key(other)
}
