/** `wardbridge doctor`: what is missing around the service, and what to do about it. */
import type { Command } from 'commander'
import type { Finding } from '../service/surroundings.js'

interface DoctorOptions {
  readonly store?: string
  readonly state?: string
  readonly dataset?: string
  readonly json?: boolean
}

const SIGNS: Readonly<Record<Finding['state'], string>> = { ok: 'ok     ', missing: 'MISSING', unknown: 'unknown' }

export function register(program: Command): void {
  program
    .command('doctor')
    .description('check credentials, store, buckets and datasets; exit code 1 when something is missing')
    .option('--store <location>', 'file, or name of a store of the Cloud Healthcare API (WARDBRIDGE_STORE, default wardbridge.db)')
    .option('--state <place>', 'folder of service.db, or gs://bucket/prefix (WARDBRIDGE_STATE)')
    .option('--dataset <bq://project.dataset>', 'a BigQuery dataset that exports go to')
    .option('--json', 'give the result as one line of JSON')
    .action(async ({ dataset, json, ...options }: DoctorOptions) => {
      const { loadSettings } = await import('../config.js')
      const { checkSurroundings } = await import('../service/surroundings.js')
      const findings = await checkSurroundings(loadSettings(options), await datasetOf(dataset))
      if (json === true) process.stdout.write(`${JSON.stringify(findings)}\n`)
      else for (const finding of findings) process.stdout.write(lines(finding))
      if (findings.some(({ state }) => state === 'missing')) process.exitCode = 1
    })
}

function lines({ what, state, detail, remedy }: Finding): string {
  return `${SIGNS[state]}  ${what}: ${detail}\n${remedy === undefined ? '' : `         -> ${remedy}\n`}`
}

async function datasetOf(text: string | undefined): Promise<{ readonly project: string; readonly dataset: string } | undefined> {
  if (text === undefined) return undefined
  const [, project, dataset] = /^bq:\/\/([a-z0-9:.-]+)\.([A-Za-z0-9_]+)$/.exec(text) ?? []
  if (project !== undefined && dataset !== undefined) return { project, dataset }
  const { fail } = await import('../errors.js')
  throw fail('cli.usage', { reason: `--dataset takes bq://project.dataset, not "${text}"` })
}
