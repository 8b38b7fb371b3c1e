/** Rows of tables to resources, in a worker. */
import {
  type CompiledPack,
  type CompiledTable,
  type MappedResource,
  type MergedValues,
  mergeContributions,
  type Rejection
} from '../mapping/index.js'
import { arrange, type BadRow, type Layout, parseBlock } from './csv.js'
import { printOf } from './fingerprints.js'
import type { ContributeResult, NamesResult, Results, RowsResult, TableBlock } from './protocol.js'
import type { Division } from './shard.js'
import { lookUp, type SortedFile } from './sorted-file.js'
import { UnmappedValues } from './unmapped-values.js'
import { refusal, type WorkerSink } from './worker-sink.js'

/** Rows in the order of the mapping's columns, with the line each stands on and its cells as they are shown when it is rejected. */
interface Rows {
  readonly cells: readonly (readonly string[])[]
  readonly line: (i: number) => number
  readonly shown: (i: number) => BadRow['row']
}

export class RowTasks {
  readonly #pack: CompiledPack
  readonly #sink: WorkerSink
  readonly #division: Division
  /** What other rows give to the resources of these rows. */
  mergedValues: SortedFile | undefined

  constructor(pack: CompiledPack, sink: WorkerSink, division: Division) {
    this.#pack = pack
    this.#sink = sink
    this.#division = division
  }

  /** What the rows of a block give to other rows' resources. Rows at fault give nothing; they are counted when they are mapped. */
  contribute({ table: name, layout, block, all }: TableBlock & { readonly all: boolean }): ContributeResult {
    const table = this.#table(name)
    const keys: number[] = []
    const contributions: Array<Array<readonly [string, string, string, string]>> = []
    for (const row of parseBlock(block, layout.names).rows) {
      const cells = arrange(row, layout)
      const given = table.contribute(cells)
      if (!Array.isArray(given) || (given.length === 0 && !all)) continue
      keys.push(...printOf(name, table.rowName(cells)))
      contributions.push(given.map(({ target, slot, order, value }) => [target, slot, order, value] as const))
    }
    return { keys: Uint32Array.from(keys), contributions }
  }

  /** Maps the rows of a block; every row ends as mapped, merged, unmapped or rejected. */
  async map({ table: name, layout, block, named: wanted }: TableBlock & { readonly named: boolean }): Promise<Results['rows']> {
    const table = this.#table(name)
    const { rows, lines, bad: malformed } = parseBlock(block, layout.names)
    const bad = this.#division.isWhole ? malformed : malformed.filter(({ line }) => this.#division.ownsLine(line))
    const cells = layout.take === undefined ? rows : rows.map((row) => arrange(row, layout))
    const result = await this.#mapRows(table, { cells, line: (i) => lines[i]!, shown: (i) => named(rows[i]!, layout) })
    const rejected = bad.length === 0 ? result.rejected : [...bad, ...result.rejected].sort((a, b) => a.line - b.line)
    const names = wanted ? Uint32Array.from(cells.flatMap((row) => printOf(name, table.rowName(row)))) : result.names
    return { ...result, rows: result.rows + bad.length, rejected, names, block }
  }

  /** What the rows of a block are called. */
  names({ table: name, layout, block }: TableBlock): NamesResult {
    const table = this.#table(name)
    const names: number[] = []
    const shared = new Set<string>()
    for (const row of parseBlock(block, layout.names).rows) {
      const cells = arrange(row, layout)
      names.push(...printOf(name, table.rowName(cells)))
      for (const { type, id } of table.sharedOf(cells)) shared.add(`${type}/${id()}`)
    }
    return { names: Uint32Array.from(names), shared: [...shared] }
  }

  /** Maps rows that are known by their cells alone. */
  async mapCells(name: string, cells: readonly (readonly string[])[]): Promise<Results['cells']> {
    const table = this.#table(name)
    const layout = { names: table.columns.map((column) => column.name), take: undefined }
    return this.#mapRows(table, { cells, line: () => 0, shown: (i) => named(cells[i]!, layout) })
  }

  async #mapRows(table: CompiledTable, rows: Rows): Promise<RowsResult> {
    const { cells, line, shown } = rows
    const rejected: BadRow[] = []
    const mergedLines: number[] = []
    const values = new UnmappedValues()
    const shared = new SharedResources(table)
    const count = (column: string, value: string): void => values.add(column, value)
    const counts = { mapped: 0, merged: 0, unmapped: 0 }
    let own = 0
    for (const [i, row] of cells.entries()) {
      const isOwn = this.#division.isWhole || this.#division.owns(table.keyOf(row))
      if (isOwn) own++
      // A row of another task may give a resource of this one.
      else if (!table.sharedOf(row).some(({ key }) => this.#division.owns(key))) continue
      if (table.disposition === 'unmapped') {
        counts.unmapped++
        continue
      }
      const made = table.apply(row, this.#mergedFor(table, row), isOwn ? count : () => {})
      if (!Array.isArray(made)) {
        if (isOwn) rejected.push({ ...(made as Rejection), line: line(i), row: shown(i) })
      } else if (made.length === 0 && !table.contributes) {
        if (isOwn) counts.unmapped++
      } else {
        const fresh = shared.fresh(made)
        const kept = this.#division.isWhole ? fresh : this.#kept(table, row, fresh, isOwn)
        const message = this.#add(fresh, line(i), kept)
        if (message === undefined) {
          shared.keep(kept)
          const merged = table.isMerged(made)
          if (isOwn) counts[merged ? 'merged' : 'mapped']++
          if (merged && made.length > 0) mergedLines.push(line(i))
        } else if (isOwn) rejected.push({ column: undefined, rule: 'invalid', message, line: line(i), row: shown(i) })
      }
    }
    const unmappedValues = values.entries()
    const outputs = await this.#sink.take()
    return {
      ...counts,
      rows: own,
      rejected,
      mergedLines,
      unmappedValues,
      outputs,
      shared: shared.names(),
      names: new Uint32Array()
    }
  }

  /** Of the resources of a row those that this task makes. */
  #kept(table: CompiledTable, row: readonly string[], resources: MappedResource[], isOwn: boolean): MappedResource[] {
    if (table.shared.size === 0) return resources
    const shared = table.sharedOf(row).filter(({ key }) => this.#division.owns(key))
    const ids = new Set(shared.map(({ id }) => id()))
    return resources.filter(({ as, id }) => (table.shared.has(as) ? ids.has(id) : isOwn))
  }

  /** What is wrong with the resources of a row; undefined when they were taken. */
  #add(resources: readonly MappedResource[], line: number, kept: readonly MappedResource[]): string | undefined {
    try {
      this.#sink.addAll(resources, line, kept)
      return undefined
    } catch (error) {
      return refusal(error)
    }
  }

  #mergedFor(table: CompiledTable, cells: readonly string[]): MergedValues | undefined {
    const file = this.mergedValues
    if (file === undefined || table.mergedFrom.length === 0) return undefined
    const found = table.targetIds(cells).flatMap((id) => lookUp(file, id))
    if (found.length === 0) return undefined
    // Slots name their target space, so that the values of several targets of one row can stand side by side.
    return new Map([...mergeContributions(found).values()].flatMap((slots) => [...slots]))
  }

  #table(name: string): CompiledTable {
    const table = this.#pack.tables.get(name)
    if (table === undefined) throw new Error(`table ${name} is not in the pack`)
    return table
  }
}

/**
 * Resources that several rows give alike, such as the Organization behind an insurance: given on once per block, and named, so that they are counted
 * once per load.
 */
class SharedResources {
  readonly #spaces: ReadonlySet<string>
  readonly #texts = new Map<string, string>()

  constructor(table: CompiledTable) {
    this.#spaces = table.shared
  }

  /** The resources of a row less those that came before with the same content. */
  fresh(resources: MappedResource[]): MappedResource[] {
    if (this.#spaces.size === 0) return resources
    return resources.filter(({ as, type, id, text }) => !this.#spaces.has(as) || this.#texts.get(`${type}/${id}`) !== text)
  }

  /** Remembers what was given on. */
  keep(resources: readonly MappedResource[]): void {
    if (this.#spaces.size === 0) return
    for (const { as, type, id, text } of resources) {
      const name = `${type}/${id}`
      if (this.#spaces.has(as) && !this.#texts.has(name)) this.#texts.set(name, text)
    }
  }

  names(): string[] {
    return [...this.#texts.keys()]
  }
}

/** Cells by the column names of the file. */
export function named(row: readonly string[], { names }: Layout): Record<string, string> {
  return Object.fromEntries(row.map((cell, i) => [names[i]!, cell]))
}
