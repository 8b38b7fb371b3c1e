/** What `ingest` and `map` have in common: options, progress, result, exit code, stopping. */
import type { Command } from 'commander'
import type { GoogleSettings } from '../config-google.js'
import { fail } from '../errors.js'
import type { LoadOptions, LoadReport } from '../ingest/index.js'
import { progressDisplay } from './progress.js'
import { reconciliation, remarks } from './report.js'
import { idSecret } from './store-access.js'

export interface LoadCommandOptions {
  readonly mapping: string
  readonly store?: string
  readonly state?: string
  readonly source?: string
  readonly timezone?: string
  readonly rejects?: string
  readonly allowErrors?: boolean
  readonly ignoreColumn?: readonly string[]
  readonly jobs?: string
  readonly shardIndex?: string
  readonly shardCount?: string
  readonly lineage?: boolean
  readonly json?: boolean
  readonly quiet?: boolean
}

/** Adds the options that both commands take. */
export function withLoadOptions(command: Command): Command {
  return command
    .option(
      '--source <uri>',
      "URI that names the hospital's system; base of all identifiers (default: the mapping's own, where it has one)"
    )
    .option('--timezone <zone>', "clock of the source: an offset such as -05:00, or an IANA zone (default: the mapping's own)")
    .option('--state <folder>', 'folder of service.db with the secret for ids (WARDBRIDGE_STATE); only for mappings that are not public')
    .option('--rejects <file>', 'write rejected rows here, as NDJSON with the reason')
    .option('--allow-errors', 'exit with 0 although rows were rejected; leave out tables whose header does not fit')
    .option('--ignore-column <name...>', 'columns that the mapping does not know and that are left aside')
    .option('--jobs <number>', 'worker threads (default: all cores)')
    .option('--shard-index <number>', 'do one part of the load: which one, from 0 (CLOUD_RUN_TASK_INDEX)')
    .option('--shard-count <number>', 'how many parts there are (CLOUD_RUN_TASK_COUNT)')
    .option('--lineage', 'each resource names its source row in meta.source')
    .option('--json', 'give the result as one line of JSON')
    .option('--quiet', 'no progress')
}

/** The options as the pipeline takes them. secret: for ids, instead of that of the state. Throws cli.usage, mapping.unknown-pack, store.open (state). */
export async function loadOptions(sources: readonly string[], options: LoadCommandOptions, secret?: Buffer): Promise<LoadOptions> {
  const { readPack } = await import('../files/packs.js')
  const jobs = options.jobs === undefined ? undefined : Number(options.jobs)
  if (jobs !== undefined && (!Number.isInteger(jobs) || jobs < 1)) {
    throw fail('cli.usage', { reason: `--jobs takes a whole number from 1, not "${options.jobs}"` })
  }
  const { shardOf } = await import('../ingest/index.js')
  const shard = shardOf(options)
  const pack = await readPack(options.mapping)
  const { source, timezone, rejects } = options
  return {
    sources,
    google: await googleFor(sources),
    pack,
    source,
    timezone,
    rejects,
    jobs,
    shard,
    idSecret: secret ?? (await secretFor(pack, options)),
    allowErrors: options.allowErrors === true,
    ignoreColumns: options.ignoreColumn ?? [],
    lineage: options.lineage === true
  }
}

/** The settings of Google Cloud where a source is there. Throws config. */
export async function googleFor(sources: readonly string[]): Promise<GoogleSettings | undefined> {
  const { isBucketPath, loadSettings } = await import('../config.js')
  return sources.some(isBucketPath) ? loadSettings({}).google : undefined
}

/** The secret a pack needs to make ids; undefined for a public pack. */
export async function secretFor(
  pack: LoadOptions['pack'],
  options: { readonly store?: string; readonly state?: string }
): Promise<Buffer | undefined> {
  const { isPublic } = await import('../mapping/index.js')
  return isPublic(pack) ? undefined : idSecret(options)
}

/**
 * Runs a load and shows its progress and its result (show: for people); sets the exit code: 1 when a row was rejected (unless allowed) or a file failed, 130 when it was
 * stopped by SIGINT or SIGTERM.
 */
export async function runLoad<T extends LoadReport = LoadReport>(
  options: LoadCommandOptions,
  run: (live: Required<Pick<LoadOptions, 'signal' | 'onProgress'>>) => Promise<T>,
  show: (report: T) => string = reconciliation
): Promise<void> {
  const stop = new AbortController()
  const onSignal = (): void => stop.abort()
  const display = progressDisplay(options.quiet === true)
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  try {
    const report = await run({ signal: stop.signal, onProgress: display.show })
    display.end()
    process.stderr.write(remarks(report, options.rejects))
    process.stdout.write(options.json === true ? `${JSON.stringify(report)}\n` : show(report))
    if (report.errors.length > 0 || (report.totals.rejected > 0 && options.allowErrors !== true)) process.exitCode = 1
  } catch (error) {
    display.end()
    if (!stop.signal.aborted) throw error
    process.stderr.write('stopped; run it again to complete the load\n')
    process.exitCode = 130
  } finally {
    process.off('SIGINT', onSignal)
    process.off('SIGTERM', onSignal)
  }
}
