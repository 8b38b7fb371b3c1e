/** The report of a divided load: what its tasks reported, added up. */
import type { Outcomes } from '../store/repository.js'
import type { Dispositions, LoadReport, TableReport } from './report.js'

const ROWS = ['rowsIn', 'mapped', 'merged', 'dictionary', 'unmapped', 'rejected'] as const
const TOTALS = [...ROWS, 'resources', 'created', 'updated', 'unchanged'] as const

/** As if one task had done it all. What every task says (a file that cannot be read, a note) is said once; seconds are those of the slowest. */
export function addReports(reports: readonly [LoadReport, ...LoadReport[]]): LoadReport {
  const [first] = reports
  const names = new Set(reports.flatMap(({ tables }) => tables.map(({ table }) => table)))
  const totals = sum(
    TOTALS,
    reports.map((report) => report.totals)
  ) as Dispositions & Outcomes & { resources: number }
  const seconds = Math.max(...reports.map((report) => report.seconds))
  return {
    ...first,
    tables: [...names].map((name) => addTables(reports.flatMap(({ tables }) => tables.filter(({ table }) => table === name)))),
    totals,
    seconds,
    resourcesPerSecond: seconds > 0 ? Math.round(totals.resources / seconds) : 0,
    peakRssMb: Math.max(...reports.map(({ peakRssMb }) => peakRssMb)),
    finishedAt: reports
      .map(({ finishedAt }) => finishedAt)
      .sort()
      .at(-1)!,
    errors: once(reports.flatMap(({ errors }) => errors)),
    skipped: once(reports.flatMap(({ skipped }) => skipped)),
    notes: once(reports.flatMap(({ notes }) => notes))
  }
}

function addTables(tables: readonly TableReport[]): TableReport {
  return {
    table: tables[0]!.table,
    ...(sum(ROWS, tables) as Dispositions),
    resources: addCounts(tables.map(({ resources }) => resources)),
    unmappedValues: addCounts(tables.map(({ unmappedValues }) => unmappedValues))
  }
}

function sum<K extends string>(names: readonly K[], all: ReadonlyArray<Readonly<Record<K, number>>>): Record<K, number> {
  return Object.fromEntries(names.map((name) => [name, all.reduce((total, one) => total + one[name], 0)])) as Record<K, number>
}

/** By name, sorted. */
function addCounts(all: ReadonlyArray<Readonly<Record<string, number>>>): Record<string, number> {
  const counts = new Map<string, number>()
  for (const one of all) for (const [name, count] of Object.entries(one)) counts.set(name, (counts.get(name) ?? 0) + count)
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)))
}

function once<T>(all: readonly T[]): T[] {
  return [...new Map(all.map((one) => [JSON.stringify(one), one])).values()]
}
