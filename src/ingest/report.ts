/** What a load did, row by row and resource by resource: rowsIn = mapped + merged + dictionary + unmapped + rejected for every table. */
import type { WardbridgeError } from '../errors.js'
import type { Outcomes } from '../store/repository.js'
import { UnmappedValues } from './unmapped-values.js'

/** Key of the note in the store that holds the report of the last load (JSON of LoadReport). */
export const LAST_LOAD = 'last-load'

export interface Dispositions {
  rowsIn: number
  mapped: number
  merged: number
  dictionary: number
  unmapped: number
  rejected: number
}

export interface TableReport extends Readonly<Dispositions> {
  readonly table: string
  /** Resources by type: created, updated and unchanged ones. */
  readonly resources: Readonly<Record<string, number>>
  /** "column=value" of values without a row in their code map, and how often. */
  readonly unmappedValues: Readonly<Record<string, number>>
}

export interface FileError {
  readonly file: string | undefined
  readonly line: number | undefined
  readonly column: number | undefined
  readonly code: string
  readonly message: string
}

/** What an NDJSON file or a file with one document holds. */
export interface FhirFile {
  readonly file: string
  /** As the Cloud Healthcare API names it for imports; mixed: lines of both kinds, which it does not take. */
  readonly contentStructure: 'RESOURCE' | 'BUNDLE' | 'RESOURCE_PRETTY' | 'BUNDLE_PRETTY' | 'mixed' | 'unreadable'
  readonly resources: number
  readonly bundles: number
  readonly unreadable: number
  /** Resources, those in Bundles too, that bring no id of their own. */
  readonly withoutId: number
}

export interface LoadReport {
  readonly tables: readonly TableReport[]
  readonly totals: Readonly<Dispositions> & { readonly resources: number } & Readonly<Outcomes>
  readonly seconds: number
  readonly resourcesPerSecond: number
  readonly peakRssMb: number
  readonly mapping: string
  readonly source: string
  readonly finishedAt: string
  /** Files that could not be read, or not to their end. */
  readonly errors: readonly FileError[]
  /** Files of a folder that are no source. */
  readonly skipped: ReadonlyArray<{ readonly file: string; readonly reason: string }>
  /** What else a person should know. */
  readonly notes: readonly string[]
}

/** The counters of one table while it is loaded. */
export class TableTally implements Dispositions {
  rowsIn = 0
  mapped = 0
  merged = 0
  dictionary = 0
  unmapped = 0
  rejected = 0
  readonly resources = new Map<string, number>()
  readonly unmappedValues = new UnmappedValues()

  /** The counters that a report holds. */
  static of({ resources, unmappedValues, table: _table, ...rows }: TableReport): TableTally {
    const tally = Object.assign(new TableTally(), rows)
    for (const [type, count] of Object.entries(resources)) tally.resources.set(type, count)
    for (const [name, count] of Object.entries(unmappedValues)) tally.unmappedValues.addCount(name, count)
    return tally
  }

  addResources(byType: Readonly<Record<string, Outcomes>>): void {
    for (const [type, { created, updated, unchanged }] of Object.entries(byType)) {
      const count = (this.resources.get(type) ?? 0) + created + updated + unchanged
      if (count !== 0) this.resources.set(type, count)
    }
  }

  report(table: string): TableReport {
    const { rowsIn, mapped, merged, dictionary, unmapped, rejected } = this
    const resources = Object.fromEntries([...this.resources].sort(([a], [b]) => (a < b ? -1 : 1)))
    const unmappedValues = Object.fromEntries(this.unmappedValues.entries())
    return { table, rowsIn, mapped, merged, dictionary, unmapped, rejected, resources, unmappedValues }
  }
}

/** All counters of a load, as JSON. */
export interface TallyState {
  readonly tables: ReadonlyArray<readonly [name: string, counters: TableReport]>
  readonly outcomes: Readonly<Outcomes>
  readonly errors: readonly FileError[]
  readonly notes: readonly string[]
}

/** All counters of a load. */
export class Tally {
  readonly #started: number
  #tables = new Map<string, TableTally>()
  outcomes: Outcomes = { created: 0, updated: 0, unchanged: 0 }
  errors: FileError[] = []
  notes: string[] = []
  skipped: LoadReport['skipped'] = []

  /** started: when the load began, as performance.now() gives it. */
  constructor(started: number) {
    this.#started = started
  }

  /** The counters of a table; they are shown in the order in which they are first asked for. */
  table(name: string): TableTally {
    let tally = this.#tables.get(name)
    if (tally === undefined) this.#tables.set(name, (tally = new TableTally()))
    return tally
  }

  addOutcomes(byType: Readonly<Record<string, Outcomes>>): void {
    for (const { created, updated, unchanged } of Object.values(byType)) {
      this.outcomes.created += created
      this.outcomes.updated += updated
      this.outcomes.unchanged += unchanged
    }
  }

  addError(error: WardbridgeError): void {
    const { file, line, column } = error.place ?? {}
    // A run that goes on where another one ended may meet again what ended a file.
    const isKnown = this.errors.some((one) => one.file === file && one.line === line && one.code === error.code)
    if (!isKnown) this.errors.push({ file, line, column, code: error.code, message: error.message })
  }

  /** The counters as they are now. */
  state(): TallyState {
    return structuredClone({
      tables: [...this.#tables].map(([name, tally]) => [name, tally.report(name)] as const),
      outcomes: this.outcomes,
      errors: this.errors,
      notes: this.notes
    })
  }

  /** Counts on from there. */
  restore({ tables, outcomes, errors, notes }: TallyState): void {
    this.#tables = new Map(tables.map(([name, counters]) => [name, TableTally.of(counters)]))
    this.outcomes = { ...outcomes }
    this.errors = [...errors]
    this.notes = [...notes]
  }

  sum(name: keyof Dispositions): number {
    return [...this.#tables.values()].reduce((sum, table) => sum + table[name], 0)
  }

  get resources(): number {
    return this.outcomes.created + this.outcomes.updated + this.outcomes.unchanged
  }

  report(mapping: string, source: string): LoadReport {
    const seconds = (performance.now() - this.#started) / 1000
    const { resources } = this
    const dispositions = {
      rowsIn: this.sum('rowsIn'),
      mapped: this.sum('mapped'),
      merged: this.sum('merged'),
      dictionary: this.sum('dictionary'),
      unmapped: this.sum('unmapped'),
      rejected: this.sum('rejected')
    }
    return {
      tables: [...this.#tables].map(([name, tally]) => tally.report(name)),
      totals: { ...dispositions, resources, ...this.outcomes },
      seconds: Math.round(seconds * 1000) / 1000,
      resourcesPerSecond: Math.round(resources / seconds),
      peakRssMb: Math.round(process.resourceUsage().maxRSS / 1024),
      mapping,
      source,
      finishedAt: new Date().toISOString(),
      errors: this.errors,
      skipped: this.skipped,
      notes: this.notes
    }
  }
}
