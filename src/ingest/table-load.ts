/** The tables of a load: headers, then dictionaries, then what rows give to each other, then the rows themselves. */
import { fail } from '../errors.js'
import type { Block } from './blocks.js'
import { arrange, type BadRow, type Layout, parseBlock } from './csv.js'
import { isMadeBy, recallContributions, recallDictionaries, remakeTargets, type Targets } from './delta.js'
import { Fingerprints } from './fingerprints.js'
import { inOrder } from './in-order.js'
import type { Load } from './load.js'
import type { Results } from './protocol.js'
import { named } from './row-tasks.js'
import type { Repeated } from './sink.js'
import { SortedFileWriter } from './sorted-file.js'
import { homeTypes } from './stored-rows.js'
import { type OpenTable, openTable, rowsOf } from './tables.js'

/** Rows by dictionary table, in the order of the columns of the mapping. */
export type DictionaryRows = ReadonlyMap<string, readonly string[][]>

/** Reads the headers of all tables before any row is read, in the order of the pack. Files that fail are counted and left out. */
export async function openTables(load: Load): Promise<OpenTable[]> {
  const { pack, sources, tally, options } = load
  const ignored = new Set((options.ignoreColumns ?? []).map((name) => name.toLowerCase()))
  const tables: OpenTable[] = []
  for (const name of pack.order) {
    const file = sources.tables.find((one) => one.table === name)
    const table = pack.tables.get(name)
    if (file === undefined || table === undefined) continue
    const open = await load.guarded(() => openTable(file, table, ignored))
    if (open === undefined) continue
    tables.push(open)
    const left = open.layout.names.filter((column) => ignored.has(column) && !table.columns.some((known) => known.name === column))
    if (left.length > 0 && table.columns.length > 0) tally.notes.push(`${name}: column ${left.join(', ')} was ignored`)
  }
  load.bytesTotal =
    tables.reduce((sum, { file, table }) => sum + file.size * (table.contributes ? 2 : 1), 0) +
    [...sources.ndjson, ...sources.bundles].reduce((sum, { size }) => sum + size * 2, 0)
  return tables
}

/**
 * Reads the dictionaries. complete: each was read to its end; one that ends early would change what is said about every row that looks something up in
 * it.
 */
export async function readDictionaries(load: Load, tables: readonly OpenTable[]): Promise<{ rows: DictionaryRows; complete: boolean }> {
  const all = new Map<string, string[][]>()
  let complete = true
  for (const open of tables.filter(isDictionary)) {
    const { file, layout, table } = open
    const rows: string[][] = []
    const lines: number[] = []
    const bad: BadRow[] = []
    const done = await load.guarded(async () => {
      for await (const block of read(load, open)) {
        const parsed = parseBlock(block, layout.names)
        for (const row of parsed.rows) rows.push(arrange(row, layout))
        lines.push(...parsed.lines)
        bad.push(...parsed.bad)
      }
      return true
    })
    complete &&= done === true
    const rowsIn = rows.length + bad.length
    const columns = { names: table.columns.map((column) => column.name), take: undefined }
    for (const { index, column, rule, message } of load.pack.setDictionary(file.table, rows)) {
      bad.push({ line: lines[index]!, column, rule, message, row: named(rows[index]!, columns) })
    }
    // Every task needs all of it; one counts it.
    const tally = load.tally.table(file.table)
    if (load.division.owns(load.pack.dictionaryId(file.table) ?? file.table)) {
      tally.rowsIn = rowsIn
      tally.rejected = bad.length
      tally.dictionary = rowsIn - bad.length
      load.reject(file.table, file.path, bad)
    }
    all.set(file.table, rows)
  }
  return { rows: all, complete }
}

/** Loads the tables that are no dictionaries, and the CodeSystems of those that are. */
export async function loadTables(load: Load, tables: readonly OpenTable[], dictionaries: DictionaryRows): Promise<void> {
  const { pool, jobs } = load
  const merges = new SortedFileWriter()
  try {
    await setDictionaries(load, dictionaries)
    const others = tables.filter((table) => !isDictionary(table))
    await recallDictionaries(
      load,
      others.map(({ table }) => table),
      new Set(dictionaries.keys())
    )
    const targets = await contribute(load, others, merges)
    // Only a store that may know rows of earlier loads needs to hear which rows were in this one.
    const seen = new Map(others.map(({ file }) => [file.table, new Fingerprints()]))
    const isNamed = ({ table }: OpenTable): boolean => targets.given.size + targets.left.size > 0 && table.mergedFrom.length > 0
    const { resumes } = load
    if (resumes !== undefined) load.resume(resumes)
    await inOrder(
      blocksOf(load, rowsToRead(load, others, isNamed), false),
      jobs * 2,
      ({ table, block, isDone }) => {
        const task = { table: table.file.table, layout: table.layout, block }
        if (isDone) return pool.run({ kind: 'names', ...task }, [block.bytes.buffer])
        return pool.run({ kind: 'rows', ...task, named: isNamed(table) }, [block.bytes.buffer])
      },
      async (result, { table, isDone }) => {
        const { names, shared } = result
        for (let i = 0; i < names.length; i += 2) seen.get(table.file.table)?.addOrGet(names[i]!, names[i + 1]!, 0)
        if (isDone) for (const name of shared) load.noteShared(name)
        else await finishRows(load, result as Results['rows'], table)
      }
    )
    await remakeTargets(load, targets, seen)
    if (resumes?.place.tables !== true) await load.reached({ tables: true }, true)
  } finally {
    merges.close()
  }
}

/** Tables that an earlier run of this load has done need not be read, where nobody has to know what their rows are called. */
function rowsToRead(load: Load, tables: readonly OpenTable[], isNamed: (table: OpenTable) => boolean): Reading[] {
  const { rows, tables: all } = load.resumes?.place ?? {}
  const current = rows === undefined ? -1 : tables.findIndex(({ file }) => file.table === rows.table)
  return tables.flatMap((table, i) => {
    const doneTo = all === true || i < current ? Number.POSITIVE_INFINITY : i === current ? rows!.line : 0
    const isNeeded = isNamed(table) || table.table.shared.size > 0
    if (doneTo < Number.POSITIVE_INFINITY || isNeeded) return [{ table, doneTo, isNeeded }]
    load.reading(table.file.table)
    load.read(table.file.size)
    return []
  })
}

interface Reading {
  readonly table: OpenTable
  /** Blocks that begin up to this line are done. */
  readonly doneTo: number
  /** What the rows of these are called is needed. */
  readonly isNeeded: boolean
}

async function setDictionaries(load: Load, dictionaries: DictionaryRows): Promise<void> {
  const { pack, pool, tally } = load
  for (const [table, rows] of dictionaries) await pool.broadcast({ kind: 'dictionary', table, rows })
  const resources = pack.dictionaryResources()
  for (const table of dictionaries.keys()) {
    const resource = resources.find(({ id }) => id === pack.dictionaryId(table))
    if (resource === undefined || !load.division.owns(resource.id)) continue
    const { outputs, rejected } = await pool.run({ kind: 'stage', resources: [{ ...resource, origin: 0 }] })
    if (rejected[0] !== undefined) throw fail('resource.invalid', { reason: `CodeSystem of ${table}: ${rejected[0].message}` })
    await load.accept(outputs, tally.table(table))
  }
}

/**
 * Collects what rows give to other rows' resources, before any of these is made; with what rows in the store give to them.
 * Returns the resources that rows of this load give something to, where the store may know their rows.
 */
async function contribute(load: Load, tables: readonly OpenTable[], merges: SortedFileWriter): Promise<Targets> {
  const { pool, jobs } = load
  const known = await haveStoredRows(load, tables)
  const seen = new Map(tables.map(({ file, table }) => [file.table, table.contributes ? new Fingerprints() : undefined]))
  const targets: Targets = { given: new Map(), left: new Map() }
  const made = new Set<string>()
  await inOrder(
    blocksOf(
      load,
      tables.flatMap((table) => (table.table.contributes ? [{ table, doneTo: 0, isNeeded: true }] : [])),
      true
    ),
    jobs * 2,
    ({ table, block }) => {
      // Where rows are items, most rows of a table may give nothing: whether one of them was there before matters to a store that knows it only.
      const all = known || table.table.homesContribute
      return pool.run({ kind: 'contribute', table: table.file.table, layout: table.layout, block, all }, [block.bytes.buffer])
    },
    ({ keys, contributions }, { table }) => {
      const rows = seen.get(table.file.table)
      contributions.forEach((row, i) => {
        // A row whose key came before will be rejected, or is the same row again.
        if (rows?.addOrGet(keys[2 * i]!, keys[2 * i + 1]!, 0) !== undefined) return
        for (const contribution of row) {
          merges.add(...contribution)
          if (!known) continue
          if (isMadeBy(table.table, contribution[1])) made.add(contribution[0])
          else targets.given.set(contribution[0], contribution[1])
        }
      })
    }
  )
  await recallContributions(load, seen, merges, targets)
  // What other rows of this load give to is made anew by these.
  for (const id of made) targets.left.delete(id)
  await pool.broadcast({ kind: 'merged-values', file: merges.finish() })
  return targets
}

/** Whether the store may hold rows to whose resources these tables give something. */
async function haveStoredRows({ pack, sink }: Load, tables: readonly OpenTable[]): Promise<boolean> {
  for (const name of new Set(tables.flatMap(({ table }) => table.mergesInto))) {
    const table = pack.tables.get(name)
    for (const type of table === undefined ? [] : homeTypes(table)) if ((await sink.stored?.has(type)) === true) return true
  }
  return false
}

/** Blocks of all tables, one after the other. Damage ends its table only. */
async function* blocksOf(
  load: Load,
  readings: readonly Reading[],
  firstPass: boolean
): AsyncGenerator<{ readonly table: OpenTable; readonly block: Block; readonly isDone: boolean }> {
  for (const { table, doneTo, isNeeded } of readings) {
    if (!firstPass) load.tally.table(table.file.table)
    try {
      for await (const block of read(load, table)) {
        const isDone = block.line <= doneTo
        if (!isDone || isNeeded) yield { table, block, isDone }
      }
    } catch (error) {
      load.fileFailed(error, firstPass)
    }
  }
}

async function* read(load: Load, table: OpenTable): AsyncGenerator<Block> {
  load.reading(table.file.table)
  for await (const block of rowsOf(table, (bytes) => load.read(bytes))) {
    load.options.signal?.throwIfAborted()
    yield block
  }
}

async function finishRows(load: Load, result: Results['rows'], { file, layout }: OpenTable): Promise<void> {
  const tally = load.tally.table(file.table)
  const repeats = await load.accept(result.outputs, tally, result.shared)
  const repeated = new Set(repeats.map(({ origin }) => origin))
  tally.rowsIn += result.rows
  const unmerged = result.mergedLines.filter((line) => repeated.has(line)).length
  tally.mapped += result.mapped - (repeated.size - unmerged)
  tally.merged += result.merged - unmerged
  tally.unmapped += result.unmapped
  tally.rejected += result.rejected.length + repeated.size
  for (const [name, count] of result.unmappedValues) tally.unmappedValues.addCount(name, count)
  const bad = repeated.size === 0 ? [] : repeatedRows(result.block, layout, repeats)
  load.reject(
    file.table,
    file.path,
    [...result.rejected, ...bad].sort((a, b) => a.line - b.line)
  )
  load.progress()
  await load.reached({ rows: { table: file.table, line: result.block.line } })
}

/** Rows whose resources came before in the load with other content (the first row stands), or that a rule refuses. */
function repeatedRows(block: Block, layout: Layout, repeats: readonly Repeated[]): BadRow[] {
  const { rows, lines } = parseBlock(block, layout.names)
  const first = new Map([...repeats].reverse().map((one) => [one.origin, one]))
  return [...lines.entries()].flatMap(([i, line]) => {
    const repeat = first.get(line)
    if (repeat === undefined) return []
    const { rule = 'duplicate-key', message = 'an earlier row of this load has the same key and says something else' } = repeat
    return [{ line, column: undefined, rule, message, row: named(rows[i]!, layout) }]
  })
}

function isDictionary({ table }: OpenTable): boolean {
  return table.disposition === 'dictionary'
}
