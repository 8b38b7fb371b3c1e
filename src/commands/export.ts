/** `wardbridge export`: what is in a store, as FHIR NDJSON or as tables for analysts. */
import type { Command } from 'commander'
import type { ExportProgress, ExportReport } from '../export/export.js'
import { columns } from './columns.js'
import { display, group, progressBar } from './progress.js'
import { OPERATOR, withService } from './store-access.js'

interface ExportCommandOptions {
  readonly to: string
  readonly store?: string
  readonly state?: string
  readonly types?: string
  readonly since?: string
  readonly depth?: string
  readonly jobs?: string
  readonly json?: boolean
  readonly quiet?: boolean
}

export function register(program: Command): void {
  program
    .command('export')
    .description('write what is in a store, as it is at one moment, to files or tables for analysts; see docs/guides/analytics.md')
    .requiredOption('--to <target>', 'ndjson:FOLDER, parquet:FOLDER, gs://BUCKET/PREFIX (NDJSON) or bq://PROJECT.DATASET')
    .option(
      '--store <location>',
      'store to export: a file, or the name of one of the Cloud Healthcare API (WARDBRIDGE_STORE, default wardbridge.db)'
    )
    .option('--state <place>', 'folder of service.db, or gs://bucket/prefix (WARDBRIDGE_STATE); default: the folder of the store')
    .option('--types <list>', 'resource types, separated by commas (default: all there are)')
    .option(
      '--since <instant>',
      'only what was written from then on, deletions told: `next` of an earlier export, or an instant such as 2026-01-31T00:00:00Z'
    )
    .option('--depth <number>', 'of tables: how often a field name may stand on the way to a column, 1 to 5 (default 2)')
    .option('--jobs <number>', 'worker threads (default: all cores)')
    .option('--json', 'give the result as one line of JSON')
    .option('--quiet', 'no progress')
    .action(run)
}

async function run({ to, store, state, types, since, depth, jobs, json, quiet }: ExportCommandOptions): Promise<void> {
  const { existsSync } = await import('node:fs')
  const { isStoreName, loadSettings } = await import('../config.js')
  const { fail } = await import('../errors.js')
  const { dateRange } = await import('../fhir/dates.js')
  const { runExport } = await import('../export/export.js')
  const { parseTarget } = await import('../export/target.js')
  const number = (name: string, text: string | undefined, most: number): number | undefined => {
    if (text === undefined) return undefined
    const value = Number(text)
    if (Number.isInteger(value) && value >= 1 && value <= most) return value
    throw fail('cli.usage', { reason: `--${name} takes a whole number from 1 to ${most}, not "${text}"` })
  }
  const from = since === undefined ? undefined : dateRange(since)?.from
  if (since !== undefined && from === undefined)
    throw fail('cli.usage', { reason: `--since takes an instant such as 2026-01-31T00:00:00Z, not "${since}"` })
  const options = {
    to: parseTarget(to),
    types: types === undefined ? undefined : [...new Set(types.split(',').map((type) => type.trim()))],
    since: from,
    depth: number('depth', depth, 5),
    jobs: number('jobs', jobs, 256)
  }
  const settings = loadSettings({ store, state })
  // Opening would make it.
  if (!isStoreName(settings.store) && !existsSync(settings.store)) throw fail('source.not-found', { path: settings.store })
  const stop = new AbortController()
  const onSignal = (): void => stop.abort()
  const shown = display<ExportProgress>(quiet === true, { line, record })
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  try {
    const live = { progress: shown.show, signal: stop.signal, google: settings.google }
    const report = await withService({ store, state }, (service) => runExport({ ...options, ...live, service, who: OPERATOR }))
    shown.end()
    process.stdout.write(json === true ? `${JSON.stringify(report)}\n` : summary(report))
  } catch (error) {
    shown.end()
    if (!stop.signal.aborted) throw error
    process.stderr.write('stopped; the files of types that were done are complete\n')
    process.exitCode = 130
  } finally {
    process.off('SIGINT', onSignal)
    process.off('SIGTERM', onSignal)
  }
}

function line({ type, done, total, seconds }: ExportProgress): string {
  const rate = `${group(seconds > 0 ? done / seconds : 0)} resources/s`
  return `${progressBar(done, total)} ${type} · ${group(done)} of ${group(total)} · ${rate}`
}

function record({ seconds, ...progress }: ExportProgress): object {
  return { ...progress, seconds: Math.round(seconds * 10) / 10 }
}

function summary({ types, resources, deleted, bytes, seconds, peakRssMb, next }: ExportReport): string {
  const rows = types.map((one) => [one.type, group(one.resources), group(one.deleted), group(one.bytes), one.name ?? ''])
  const rate = `${seconds.toFixed(1)} s, ${group(resources / seconds)} resources/s, ${group(peakRssMb)} MB`
  const again = next === undefined ? '' : `next time: --since ${next}\n`
  const table = types.length === 0 ? '' : `${columns([['type', 'resources', 'deleted', 'bytes', 'name'], ...rows])}\n`
  return `${table}${group(resources)} resources, ${group(deleted)} deletions, ${group(bytes)} bytes · ${rate}\n${again}`
}
