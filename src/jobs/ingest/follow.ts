/** What a load tells of itself while it runs and when it has ended, without any value of the data. */
import type { BadRow, LoadReport, Progress } from '../../ingest/index.js'

const FIRST_REJECTS = 100

/** How many rows were rejected by table and rule, and where the first ones are. */
export interface RejectsState {
  readonly byRule: Readonly<Record<string, number>>
  readonly first: readonly Rejected[]
}

interface Rejected {
  readonly table: string
  readonly file: string
  readonly line: number
  readonly column: string | undefined
  readonly rule: string
}

export class Follow {
  #report: (() => LoadReport) | undefined
  #progress: Progress | undefined
  #first: Rejected[] = []
  #byRule = new Map<string, number>()

  /** Options of a load. */
  readonly options = {
    onStart: (report: () => LoadReport): void => {
      this.#report = report
    },
    onProgress: (progress: Progress): void => {
      this.#progress = progress
    },
    onRejects: (table: string, file: string, rows: readonly BadRow[]): void => {
      for (const { line, column, rule } of rows) {
        this.#byRule.set(`${table}: ${rule}`, (this.#byRule.get(`${table}: ${rule}`) ?? 0) + 1)
        if (this.#first.length < FIRST_REJECTS) this.#first.push({ table, file, line, column, rule })
      }
    }
  }

  get bytes(): { readonly done: number; readonly total: number } {
    return { done: this.#progress?.bytesRead ?? 0, total: this.#progress?.bytesTotal ?? 0 }
  }

  rejects(): RejectsState {
    return { byRule: Object.fromEntries(this.#byRule), first: this.#first }
  }

  /** Counts on from what an earlier run met. */
  restore({ byRule, first }: RejectsState = { byRule: {}, first: [] }): void {
    this.#byRule = new Map(Object.entries(byRule))
    this.#first = [...first]
  }

  /** As it is kept with the run. */
  detail(): Record<string, unknown> {
    const report = this.#report?.()
    if (report === undefined) return {}
    const { tables, totals, seconds, resourcesPerSecond, peakRssMb, mapping, source, errors, skipped, notes } = report
    const { done, total } = this.bytes
    return {
      progress: {
        reading: this.#progress?.table,
        rows: totals.rowsIn,
        resources: totals.resources,
        rejected: totals.rejected,
        bytesRead: done,
        bytesTotal: total,
        seconds,
        rowsPerSecond: seconds > 0 ? Math.round(totals.rowsIn / seconds) : 0,
        resourcesPerSecond
      },
      totals,
      tables: tables.map(({ unmappedValues, ...table }) => ({ ...table, unmappedValues: Object.keys(unmappedValues).length })),
      rejects: this.rejects(),
      ...{ peakRssMb, mapping, source, errors, skipped, notes }
    }
  }
}
