/** The part of the last load's report that the page shows. The note was written by an earlier run, maybe of another version: what does not fit is left out. */

export const DISPOSITIONS = ['mapped', 'merged', 'dictionary', 'unmapped', 'rejected'] as const
export type Disposition = (typeof DISPOSITIONS)[number]

export interface TableCounts {
  readonly table: string
  readonly rowsIn: number
  readonly rows: Readonly<Record<Disposition, number>>
  /** Resources made from the table. */
  readonly resources: number
}

export interface LoadSummary {
  readonly tables: readonly TableCounts[]
  /** Name of the mapping pack, URI of the source, and when it ended (ISO 8601), as far as the note tells. */
  readonly mapping: string | undefined
  readonly source: string | undefined
  readonly finishedAt: string | undefined
}

/** Reads the note; undefined when there is none or it holds no tables. */
export function parseLoadReport(note: string | undefined): LoadSummary | undefined {
  let report: unknown
  try {
    report = JSON.parse(note ?? 'null')
  } catch {
    return undefined
  }
  const { tables, mapping, source, finishedAt } = (report ?? {}) as Record<string, unknown>
  if (!Array.isArray(tables) || tables.length === 0) return undefined
  return { tables: tables.map(tableCounts), mapping: text(mapping), source: text(source), finishedAt: text(finishedAt) }
}

function tableCounts(entry: Record<string, unknown> | null): TableCounts {
  return {
    table: String(entry?.['table'] ?? ''),
    rowsIn: count(entry?.['rowsIn']),
    rows: Object.fromEntries(DISPOSITIONS.map((name) => [name, count(entry?.[name])])) as Record<Disposition, number>,
    resources: Object.values((entry?.['resources'] as Record<string, unknown> | undefined) ?? {}).reduce<number>(
      (sum, part) => sum + count(part),
      0
    )
  }
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function count(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : 0
}
