/** `wardbridge analysis`: one of the analyses that come with the program, on an export, or its SQL. */
import type { Command } from 'commander'
import { columns } from './columns.js'

interface AnalysisOptions {
  readonly from: string
  readonly sql?: boolean
  readonly json?: boolean
}

export function register(program: Command): void {
  program
    .command('analysis')
    .description('run an analysis on an export to Parquet, or print its SQL; see docs/guides/analytics.md')
    .argument('<name>', 'admissions, lab-trend or waiting-times')
    .requiredOption('--from <export>', 'parquet:FOLDER of an export, or bq://PROJECT.DATASET, for which the SQL is printed')
    .option('--sql', 'print the SQL and run nothing')
    .option('--json', 'give the rows as NDJSON')
    .action(run)
}

async function run(name: string, { from, sql: printed, json }: AnalysisOptions): Promise<void> {
  const { existsSync } = await import('node:fs')
  const { join } = await import('node:path')
  const { fail } = await import('../errors.js')
  const { parseTarget } = await import('../export/target.js')
  const { analysisSql, analysisTables } = await import('../warehouse/analyses.js')
  const place = parseTarget(from, '--from')
  if (place.kind === 'bigquery') {
    process.stdout.write(analysisSql(name, 'bigquery', `${place.project}.${place.dataset}`))
    return
  }
  if (place.kind !== 'parquet') throw fail('cli.usage', { reason: `--from takes parquet:FOLDER or bq://PROJECT.DATASET, not "${from}"` })
  const sql = analysisSql(name, 'duckdb', place.folder)
  if (printed === true) {
    process.stdout.write(sql)
    return
  }
  if (!existsSync(place.folder)) throw fail('source.not-found', { path: place.folder })
  const files = analysisTables(name).map((type) => `${type}.parquet`)
  const absent = files.filter((file) => !existsSync(join(place.folder, file)))
  if (absent.length > 0) throw fail('analysis.tables', { folder: place.folder, files: absent.join(' and ') })
  const { query } = await import('../warehouse/duckdb.js')
  const rows = await query(sql)
  if (json === true) process.stdout.write(rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
  else if (rows.length === 0) process.stdout.write('no rows\n')
  else process.stdout.write(columns([Object.keys(rows[0]!), ...rows.map((row) => Object.values(row).map((value) => String(value ?? '')))]))
}
