/** An export: all resources of some types as they are at one moment of the store, as files or tables. */
import type { GoogleSettings } from '../config-google.js'
import { fail } from '../errors.js'
import type { ExportView, Principal, Service } from '../service/contract.js'
import type { DeletedResource, SnapshotPage } from '../store/snapshot.js'
import { DEFAULT_DEPTH } from '../warehouse/table.js'
import { openOutput } from './outputs.js'
import type { Target } from './target.js'

export interface ExportOptions {
  readonly service: Pick<Service, 'openExport' | 'exportByStore'>
  readonly who: Principal
  readonly to: Target
  /** Undefined: all that they may see. */
  readonly types?: readonly string[] | undefined
  /** Milliseconds since 1970 UTC: only what was written from then on, deletions told. */
  readonly since?: number | undefined
  /** recursiveStructureDepth of tables, 1 to 5; 2 when not given. */
  readonly depth?: number | undefined
  /** Worker threads; all cores when not given. */
  readonly jobs?: number | undefined
  readonly google: GoogleSettings
  readonly progress?: ((now: ExportProgress) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

export interface ExportProgress {
  readonly type: string
  /** Resources looked at so far, of all types, and how many there are. */
  readonly done: number
  readonly total: number
  readonly seconds: number
}

export interface ExportedType {
  readonly type: string
  readonly resources: number
  readonly deleted: number
  /** Name of the file, object or table; undefined: there was nothing but deletions. */
  readonly name: string | undefined
  /** Of the file or object. */
  readonly bytes: number
}

export interface ExportReport {
  /** Place of the last write that was seen; undefined of a store that exports itself, which also does not tell types and bytes. */
  readonly seq: number | undefined
  /** Instants. */
  readonly since: string | undefined
  /**
   * What to give as since next time: then nothing that was written meanwhile is left out. What was written in the second before may come again. Undefined:
   * the store is empty.
   */
  readonly next: string | undefined
  readonly types: readonly ExportedType[]
  readonly resources: number
  readonly deleted: number
  readonly bytes: number
  readonly seconds: number
  readonly peakRssMb: number
}

/**
 * Where types go, one after the other. A type that is given up leaves nothing behind; types that are done stay.
 */
export interface Output {
  /** pages may be asked for twice. Gives the name of what was made and its bytes; undefined when there were no resources. */
  write(type: string, pages: () => AsyncIterable<SnapshotPage>): Promise<{ readonly name: string; readonly bytes: number } | undefined>
  /** What was deleted, and the report that goes with the files. Called once, at the end. */
  finish(deleted: readonly DeletedResource[], report: Omit<ExportReport, 'seconds' | 'peakRssMb'>): Promise<void>
  close(): Promise<void>
}

/** Milliseconds by which versions may be dated ahead of the clock: those of one resource that follow each other within a millisecond. */
const AHEAD = 1000
/** Milliseconds by which writes under way, and clocks within Google, may differ from the instant at which an operation says that it began. */
const CLOCKS = 60_000

/**
 * Throws auth.forbidden, resource.unknown-type, export.duckdb, export.not-empty, what the target throws, and the reason of the signal.
 */
export async function runExport(options: ExportOptions): Promise<ExportReport> {
  const { service, who, types, since } = options
  const started = performance.now()
  options.signal?.throwIfAborted()
  if (service.exportByStore !== undefined) return exportByStore(options, service.exportByStore, started)
  const output = await openOutput(options)
  try {
    const view = await service.openExport(who, types, since)
    try {
      const written = await writeAll(view, output, options, started)
      const report = { seq: view.seq, since: since === undefined ? undefined : instant(since), next: nextOf(view), ...written.report }
      await output.finish(written.deleted, report)
      return { ...report, ...spent(started) }
    } finally {
      await view.close()
    }
  } finally {
    await output.close()
  }
}

/** An export that the store makes itself: an operation of the Cloud Healthcare API. */
async function exportByStore(
  { who, to, types, since, depth = DEFAULT_DEPTH, progress, signal }: ExportOptions,
  run: NonNullable<Service['exportByStore']>,
  started: number
): Promise<ExportReport> {
  if (to.kind !== 'objects' && to.kind !== 'bigquery') throw fail('export.local')
  const place = to.kind === 'objects' ? to.prefix : `bq://${to.project}.${to.dataset}`
  const tell = (now: { readonly done: number; readonly total: number }) =>
    progress?.({ type: 'all types', ...now, seconds: (performance.now() - started) / 1000 })
  const { resources, begun } = await run(who, { to: place, types, since, depth }, { progress: tell, signal })
  return {
    ...{ seq: undefined, types: [], deleted: 0, bytes: 0, resources },
    since: since === undefined ? undefined : instant(since),
    next: instant(begun - CLOCKS),
    ...spent(started)
  }
}

function spent(started: number): Pick<ExportReport, 'seconds' | 'peakRssMb'> {
  return { seconds: (performance.now() - started) / 1000, peakRssMb: Math.round(process.resourceUsage().maxRSS / 1024) }
}

async function writeAll(view: ExportView, output: Output, { progress, signal }: ExportOptions, started: number) {
  const total = [...view.counts.values()].reduce((sum, count) => sum + count, 0)
  const types: ExportedType[] = []
  const deleted: DeletedResource[] = []
  let before = 0
  for (const [type, count] of view.counts) {
    let resources = 0
    const gone: DeletedResource[] = []
    const pages = async function* () {
      resources = 0
      gone.length = 0
      for await (const page of view.pages(type, signal)) {
        resources += page.lengths.length
        gone.push(...page.deleted)
        progress?.({ type, done: before + resources + gone.length, total, seconds: (performance.now() - started) / 1000 })
        yield page
      }
    }
    const made = await output.write(type, pages)
    signal?.throwIfAborted()
    before += count
    deleted.push(...gone)
    types.push({ type, resources, deleted: gone.length, name: made?.name, bytes: made?.bytes ?? 0 })
  }
  const sum = (of: (one: ExportedType) => number) => types.reduce((all, one) => all + of(one), 0)
  const report = { types, resources: sum((one) => one.resources), deleted: deleted.length, bytes: sum((one) => one.bytes) }
  return { report, deleted }
}

function nextOf({ updated }: ExportView): string | undefined {
  return updated === undefined ? undefined : instant(updated - AHEAD)
}

function instant(milliseconds: number): string {
  return new Date(milliseconds).toISOString()
}
