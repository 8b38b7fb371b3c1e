/** The result of a load for people: one line per table, and what needs attention. */
import type { LoadReport, TableReport } from '../ingest/index.js'
import { group } from './progress.js'

const COLUMNS = ['rows in', 'mapped', 'merged', 'dictionary', 'unmapped', 'rejected'] as const
const NAMES = ['rowsIn', 'mapped', 'merged', 'dictionary', 'unmapped', 'rejected'] as const

const RULE = 120

/** The reconciliation table with totals. */
export function dispositions(report: LoadReport): string {
  const header = ['table', ...COLUMNS, 'resources by type']
  const rows = report.tables.map((table) => [table.table, ...NAMES.map((name) => group(table[name])), byType(table)])
  const total = ['total', ...NAMES.map((name) => group(report.totals[name])), group(report.totals.resources)]
  return table([header, ...rows, total])
}

/** The reconciliation table with totals, then counts and rates. */
export function reconciliation(report: LoadReport): string {
  const { created, updated, unchanged } = report.totals
  const rate = `${report.seconds.toFixed(1)} s, ${group(report.resourcesPerSecond)} resources/s, ${group(report.peakRssMb)} MB`
  return `${dispositions(report)}\n\n${group(created)} created, ${group(updated)} updated, ${group(unchanged)} unchanged · ${rate}\n${unknownCodes(report)}`
}

/** Left column left, numbers right, the last column as it is; a rule below the first row and above the last. */
function table(rows: readonly string[][]): string {
  const last = rows[0]!.length - 1
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)))
  const lines = rows.map((row) =>
    row
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : i === last ? cell : cell.padStart(widths[i]!)))
      .join('  ')
      .trimEnd()
  )
  const rule = '-'.repeat(Math.min(RULE, Math.max(...lines.map((line) => line.length))))
  return [lines[0], rule, ...lines.slice(1, -1), rule, lines.at(-1)].join('\n')
}

function byType({ resources }: TableReport): string {
  return Object.entries(resources)
    .map(([type, count]) => `${type} ${group(count)}`)
    .join(', ')
}

/** How many values had no row in their code map, with the most frequent one of each table. */
function unknownCodes({ tables }: LoadReport): string {
  return tables
    .map(({ table, unmappedValues }) => ({ table, values: Object.entries(unmappedValues).sort(([, a], [, b]) => b - a) }))
    .filter(({ values }) => values.length > 0)
    .map(
      ({ table, values }) =>
        `${table}: ${count(values.length, 'value')} kept as it is, most often ${values[0]![0]} (${group(values[0]![1])})\n`
    )
    .join('')
}

/** What a person must know beside the table: damaged files, rejected rows, skipped files. For stderr. */
export function remarks({ errors, totals, skipped, notes }: LoadReport, rejects: string | undefined): string {
  const rejected =
    totals.rejected === 0
      ? []
      : [
          `${count(totals.rejected, 'row')} rejected; ${rejects === undefined ? '--rejects FILE keeps them with the reason' : `see ${rejects}`}`
        ]
  return [
    ...errors.map(({ message }) => `error: ${message}`),
    ...rejected,
    ...notes,
    ...skipped.map(({ file, reason }) => `skipped: ${file} (${reason})`)
  ]
    .map((line) => `${line}\n`)
    .join('')
}

/** `1 row`, `2,000 rows`. */
export function count(n: number, noun: string): string {
  return `${group(n)} ${noun}${n === 1 ? '' : 's'}`
}
