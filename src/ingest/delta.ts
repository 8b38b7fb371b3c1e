/**
 * What a load needs from earlier loads, when not all tables are given or the store holds rows that are not given again: the dictionaries, what stored
 * rows give to the resources of others, and the rows whose resources get something new although they are not in this load.
 */
import type { CompiledTable } from '../mapping/index.js'
import { type Fingerprints, printOf } from './fingerprints.js'
import type { Load } from './load.js'
import type { SortedFileWriter } from './sorted-file.js'
import { homeTypes, storedRows } from './stored-rows.js'

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

/** What a load has to look after beside the rows it is given. */
export interface Targets {
  /** Ids of resources of other rows that rows of this load give something to, each with one of the slots. */
  readonly given: Map<string, string>
  /** Ids of resources that rows of this load stood in before and do no longer. table: that of the rows. */
  readonly left: Map<string, { readonly type: string; readonly table: string }>
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
  targets: Targets
): Promise<void> {
  const { pack, sink } = load
  const { stored } = sink
  if (stored === undefined) return
  const tables = [...pack.tables.values()]
  const touched = tables.filter(({ table, mergedFrom }) => given.has(table) || mergedFrom.some((from) => given.has(from)))
  const contributors = tables.filter(({ table }) => touched.some(({ mergedFrom }) => mergedFrom.includes(table)))
  for await (const { table, type, id, text } of eachHome(load, contributors, (one) => homeTypes(one, !one.homesContribute))) {
    const rows = given.get(table.table)
    const isGiven = (name: string): boolean => rows?.has(printOf(table.table, name)) === true
    if (isGiven(id) && !table.mergesInto.some((name) => !given.has(name))) continue
    for (const cells of await storedRows(table, stored, id, text, !table.homesContribute)) {
      const contributions = table.contribute(cells)
      if (!Array.isArray(contributions)) {
        load.tally.notes.push(misfit(table.table, `what it gives to others (${type}/${id})`, contributions.message))
        continue
      }
      const speaks = !isGiven(table.rowName(cells))
      for (const { target, slot, order, value } of contributions) {
        if (speaks) merges.add(target, slot, order, value)
        else if (isMadeBy(table, slot)) targets.left.set(target, { type, table: table.table })
        else targets.given.set(target, slot)
      }
    }
  }
}

/** The resources in the store in which rows of the tables may stand, for each such table; each type is read once. */
async function* eachHome(
  { sink, options }: Load,
  tables: readonly CompiledTable[],
  typesOf: (table: CompiledTable) => ReadonlySet<string>
): AsyncGenerator<{ readonly table: CompiledTable; readonly type: string; readonly id: string; readonly text: string }> {
  const { stored } = sink
  for (const type of new Set(tables.flatMap((table) => [...typesOf(table)]))) {
    if ((await stored?.has(type)) !== true) continue
    const here = tables.filter((table) => typesOf(table).has(type))
    for await (const { id, text } of stored?.each(type) ?? []) {
      options.signal?.throwIfAborted()
      for (const table of here) yield { table, type, id, text }
    }
  }
}

/** Whether the rows that give to a slot make the resource themselves. */
export function isMadeBy(table: CompiledTable, slot: string): boolean {
  return table.shared.has(spaceOf(slot))
}

/** Slots are named mode:space:table.…, and latest:join:table:column. */
function spaceOf(slot: string): string {
  return slot.split(':')[1] ?? ''
}

function contributorOf(slot: string): string {
  return slot.split(':')[2]?.split('.')[0] ?? ''
}

/**
 * Makes the resources anew that get something from rows of this load, or get no longer, while their own row is only in the store. seen: fingerprints of the
 * rows of this load, by table.
 */
export async function remakeTargets(load: Load, targets: Targets, seen: ReadonlyMap<string, Fingerprints>): Promise<void> {
  const { stored } = load.sink
  if (stored === undefined || targets.given.size + targets.left.size === 0) return
  const tables = [...load.pack.tables.values()]
  const batches = new Map(tables.map((table) => [table, new Batch(load, table)]))
  const isSeen = (table: CompiledTable, name: string): boolean => seen.get(table.table)?.has(printOf(table.table, name)) === true
  const leads = new Map(
    tables.flatMap((table) => table.homes.flatMap(({ as, type, item }) => (item ? [] : [[as, { table, type }] as const])))
  )
  const named = new Set<string>()
  // An id that is not that of a row's own resource does not say which rows it concerns: they are found by looking at all that may be.
  const others = new Set(targets.left.keys())
  const contributors = new Set([...targets.left.values()].map(({ table }) => table))
  for (const [id, slot] of targets.given) {
    const lead = leads.get(spaceOf(slot))
    if (lead === undefined) {
      others.add(id)
      contributors.add(contributorOf(slot))
    } else if (!isSeen(lead.table, id)) {
      named.add(id)
      const text = await stored.read(lead.type, id)
      for (const row of text === undefined ? [] : await storedRows(lead.table, stored, id, text)) await batches.get(lead.table)?.add(row)
    }
  }
  const found = new Set<string>()
  const concerned = tables.filter(({ mergedFrom }) => mergedFrom.some((name) => contributors.has(name)))
  for await (const { table, id, text } of eachHome(load, concerned, (one) => homeTypes(one))) {
    if (named.has(id) || isSeen(table, id)) continue
    for (const row of await storedRows(table, stored, id, text)) {
      const now = isSeen(table, table.rowName(row)) ? [] : table.targetIds(row).filter((target) => others.has(target))
      for (const target of now) found.add(target)
      if (now.length > 0) await batches.get(table)?.add(row)
    }
  }
  for (const batch of batches.values()) await batch.end()
  for (const [id, { type }] of targets.left) {
    if (found.has(id) || !load.division.owns(id)) continue
    await load.sink.remove?.(type, id)
    load.tally.notes.push(`${type}/${id} was deleted: all rows that stood in it now stand elsewhere`)
  }
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
