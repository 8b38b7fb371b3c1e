/** Loading hospital tables and FHIR files: into a store, or as NDJSON into a folder. */
import type { Principal, Service } from '../service/contract.js'
import { openFolderSink } from './folder-sink.js'
import { type LoadOptions, load } from './load.js'
import { LAST_LOAD, type LoadReport } from './report.js'
import { openStoreSink } from './store-sink.js'

export { addReports } from './add-reports.js'
export type { Checkpoint, CheckpointOptions } from './checkpoint.js'
export type { BadRow } from './csv.js'
export { type DryRunReport, dryRun } from './dry-run.js'
export type { LoadOptions, Progress } from './load.js'
export { compileFor } from './load.js'
export { revive, type ThreadError, threadError } from './pool.js'
export type { FileError, LoadReport, TableReport } from './report.js'
export { type Shard, shardOf } from './shard.js'
export { storedResources } from './stored.js'
export {
  type UnmapProgress,
  type UnmappedTable,
  unmap
} from './unmap.js'

/** Loads sources into a store. Errors as load(). The report is kept in the store as a note. */
export async function ingest(options: LoadOptions, service: Service, who: Principal): Promise<LoadReport> {
  let opened = false
  const report = await load(options, async (_pack, since) => {
    opened = true
    return openStoreSink(service, who, since)
  })
  if (opened) await service.setNote(who, LAST_LOAD, JSON.stringify(report))
  return report
}

/** Maps sources to NDJSON, one file per resource type, in a folder. Resources are checked against R4 only with validate. Errors as load(). */
export async function mapToFolder(options: LoadOptions & { readonly validate?: boolean }, folder: string): Promise<LoadReport> {
  let foreign: readonly string[] = []
  const report = await load(options, async () => {
    const sink = openFolderSink(folder, options.validate === true, options.shard)
    foreign = sink.foreign
    return sink
  })
  if (foreign.length === 0) return report
  return { ...report, notes: [...report.notes, `${folder} also holds ${foreign.join(', ')}, which this run did not write`] }
}
