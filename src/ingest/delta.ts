/**
 * What a load needs from earlier loads, when not all tables are given or the store holds rows that are not given again: the dictionaries, what stored
 * rows give to the resources of others, and the rows whose resources get something new although they are not in this load.
 */
import type { CompiledTable } from '../mapping/index.js'
import { type Fingerprints, printOf } from './fingerprints.js'
import type { Load } from './load.js'
import type { StoredResources } from './sink.js'
import type { SortedFileWriter } from './sorted-file.js'
import { storedRow } from './stored-rows.js'

const BATCH = 2000

/** Fills dictionaries that are in the store but not in this load, for the tables that look things up in them. */
export async function recallDictionaries(load: Load, tables: readonly CompiledTable[], given: ReadonlySet<string>): Promise<void> {
  const { pack, pool, tally, sink } = load
  const wanted = new Set(tables.flatMap((table) => table.dictionaries).filter((name) => !given.has(name)))
  for (const name of wanted) {
    const id = pack.dictionaryId(name)
    const text = id === undefined ? undefined : await sink.stored?.read('CodeSystem', id)
    if (text === undefined) {
      const users = tables.filter((table) => table.dictionaries.includes(name)).map(({ table }) => table)
      tally.notes.push(
        `${name} is not among the sources${sink.stored === undefined ? '' : ' or in the store'}: ${users.join(', ')} was mapped without it`
      )
      continue
    }
    const rows = pack.invertDictionary(name, text)
    await pool.broadcast({ kind: 'dictionary', table: name, rows })
  }
}

/**
 * Adds what stored rows give to the resources that this load makes or adds to. given: the tables of this load, with fingerprints of the rows that were
 * seen where the table contributes; those rows speak for themselves. What they gave to when they were loaded before is added to the targets, where the
 * table of these is not in this load.
 */
export async function recallContributions(
  load: Load,
  given: ReadonlyMap<string, Fingerprints | undefined>,
  merges: SortedFileWriter,
  targets: Map<string, string>
): Promise<void> {
  const { pack, sink, options } = load
  const { stored } = sink
  if (stored === undefined) return
  const tables = [...pack.tables.values()]
  const touched = tables.filter(({ table, mergedFrom }) => given.has(table) || mergedFrom.some((from) => given.has(from)))
  const contributors = tables.filter(({ table }) => touched.some(({ mergedFrom }) => mergedFrom.includes(table)))
  for (const table of contributors) {
    if (table.first === undefined || !(await stored.has(table.first.type))) continue
    const rows = given.get(table.table)
    const mayMove = table.mergesInto.some((name) => !given.has(name))
    for await (const { id, text } of stored.each(table.first.type)) {
      options.signal?.throwIfAborted()
      const speaks = rows?.has(printOf(table.table, id)) !== true
      if (!speaks && !mayMove) continue
      const cells = await storedRow(table, stored, id, text)
      const contributions = cells === undefined ? [] : table.contribute(cells)
      if (!Array.isArray(contributions)) {
        load.tally.notes.push(misfit(table.table, `what it gives to others (${table.first.type}/${id})`, contributions.message))
        continue
      }
      for (const { target, slot, order, value } of contributions) {
        if (speaks) merges.add(target, slot, order, value)
        else targets.set(target, slot)
      }
    }
  }
}

/**
 * Makes the resources anew that get something from rows of this load while their own row is only in the store. targets: by the id that a row gives
 * something to, one of the slots; seen: fingerprints of the rows of this load, by table.
 */
export async function remakeTargets(
  load: Load,
  targets: ReadonlyMap<string, string>,
  seen: ReadonlyMap<string, Fingerprints>
): Promise<void> {
  const { stored } = load.sink
  if (stored === undefined || targets.size === 0) return
  const tables = [...load.pack.tables.values()]
  const space = (slot: string): string | undefined => slot.split(':')[1]
  const spaces = new Set(tables.map(({ first }) => first?.as))
  // An id that is not that of a row's first resource does not say which rows it concerns: they are found by looking at all of them.
  const others = new Set([...targets].filter(([, slot]) => !spaces.has(space(slot))).map(([id]) => id))
  for (const table of tables) {
    const { first } = table
    if (first === undefined) continue
    const unseen = (id: string): boolean => seen.get(table.table)?.has(printOf(table.table, id)) !== true
    const named = new Set([...targets].filter(([id, slot]) => space(slot) === first.as && unseen(id)).map(([id]) => id))
    const rows = new Batch(load, table)
    for (const id of named) await rows.add(await storedRowOf(table, stored, id))
    if (others.size > 0 && table.mergedFrom.length > 0) {
      for await (const { id, text } of stored.each(first.type)) {
        if (named.has(id) || !unseen(id)) continue
        const row = await storedRow(table, stored, id, text)
        if (row !== undefined && table.targetIds(row).some((target) => others.has(target))) await rows.add(row)
      }
    }
    await rows.end()
  }
}

async function storedRowOf(table: CompiledTable, stored: StoredResources, id: string): Promise<string[] | undefined> {
  const text = table.first === undefined ? undefined : await stored.read(table.first.type, id)
  return text === undefined ? undefined : storedRow(table, stored, id, text)
}

/** A resource that was edited in the store until its row no longer fits: it is left as it is, and named. */
function misfit(table: string, what: string, message: string): string {
  return `a stored row of ${table} no longer fits its mapping, ${what} stayed as it was: ${message}`
}

/** Rows of a table that are mapped again, some at a time. */
class Batch {
  readonly #load: Load
  readonly #table: CompiledTable
  #rows: string[][] = []

  constructor(load: Load, table: CompiledTable) {
    this.#load = load
    this.#table = table
  }

  async add(row: string[] | undefined): Promise<void> {
    if (row !== undefined) this.#rows.push(row)
    if (this.#rows.length >= BATCH) await this.end()
  }

  async end(): Promise<void> {
    if (this.#rows.length === 0) return
    const { table } = this.#table
    const result = await this.#load.pool.run({ kind: 'cells', table, rows: this.#rows })
    this.#rows = []
    await this.#load.accept(result.outputs, this.#load.tally.table(table), result.shared)
    for (const { message } of result.rejected) this.#load.tally.notes.push(misfit(table, 'what it made', message))
  }
}
