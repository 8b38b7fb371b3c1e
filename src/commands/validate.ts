/** `wardbridge validate`: resources of a store or of files against FHIR R4 and the profiles they claim. */
import type { Command } from 'commander'
import { fail } from '../errors.js'
import type { Count, Fault, ValidationOptions, ValidationProgress, ValidationReport } from '../validation/index.js'
import { googleFor } from './load-command.js'
import { display, group, progressBar } from './progress.js'
import { OPERATOR, withService } from './store-access.js'

interface ValidateOptions {
  readonly store?: string
  readonly profile?: readonly string[]
  readonly faults?: string
  readonly warnings?: boolean
  readonly jobs?: string
  readonly json?: boolean
  readonly quiet?: boolean
}

const SHOWN_FAULTS = 20
const SHOWN_WARNINGS = 5

export function register(program: Command): void {
  program
    .command('validate')
    .description('check resources against FHIR R4 and their profiles; exit code 1 when one is not valid')
    .argument('[source...]', 'files and folders of .ndjson, .json (.gz), local or gs://bucket/name; without them, everything in the store')
    .option('--store <file>', 'store to check (WARDBRIDGE_STORE, default wardbridge.db)')
    .option('--profile <url...>', 'profiles to meet beside those that the resources name')
    .option('--faults <file>', 'write every fault here, as NDJSON')
    .option('--warnings', 'warnings go into that file too')
    .option('--jobs <number>', 'worker threads (default: all cores)')
    .option('--json', 'give the result as one line of JSON')
    .option('--quiet', 'no progress')
    .action(run)
}

async function run(sources: readonly string[], options: ValidateOptions): Promise<void> {
  const jobs = options.jobs === undefined ? undefined : Number(options.jobs)
  if (jobs !== undefined && (!Number.isInteger(jobs) || jobs < 1)) {
    throw fail('cli.usage', { reason: `--jobs takes a whole number from 1, not "${options.jobs}"` })
  }
  const { fileInputs, storedInputs, validateAll } = await import('../validation/index.js')
  const stop = new AbortController()
  const onSignal = (): void => stop.abort()
  const progress = display(options.quiet === true, { line: progressLine, record: progressRecord })
  const settings: ValidationOptions = {
    profiles: options.profile ?? [],
    faults: options.faults,
    warnings: options.warnings === true,
    jobs,
    signal: stop.signal,
    onProgress: progress.show
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  try {
    const report =
      sources.length > 0
        ? await validateAll(await fileInputs(sources, await googleFor(sources)), settings)
        : await withService({ store: options.store }, async (service) => validateAll(await storedInputs(service, OPERATOR), settings))
    progress.end()
    process.stdout.write(options.json === true ? `${JSON.stringify(report)}\n` : textOf(report))
    if (report.stopped) process.exitCode = 130
    else if (report.valid < report.resources) process.exitCode = 1
  } finally {
    process.off('SIGINT', onSignal)
    process.off('SIGTERM', onSignal)
  }
}

function progressLine({ resources, invalid, done, total, seconds }: ValidationProgress): string {
  const rate = `${group(seconds > 0 ? resources / seconds : 0)} resources/s`
  return [progressBar(done, total), `${group(resources)} resources`, rate, `${group(invalid)} not valid`].join(' · ')
}

function progressRecord({ seconds, ...rest }: ValidationProgress): object {
  return { ...rest, seconds: Math.round(seconds * 10) / 10 }
}

/** Per type and per profile how many are valid, then the most frequent faults. */
function textOf({ resources, valid, types, profiles, faults, stopped, seconds, resourcesPerSecond }: ValidationReport): string {
  const errors = faults.filter(({ severity }) => severity === 'error')
  const warnings = byRule(faults.filter(({ severity }) => severity !== 'error'))
  const rows = [...Object.entries(types).map(row), ...Object.entries(profiles).map(row), row(['total', { total: resources, valid }])]
  const width = Math.max(...rows.map(([name]) => name.length))
  const lines = rows.map(([name, text]) => `${name.padEnd(width)}  ${text}`)
  const at = Object.keys(types).length
  const parts = [lines.slice(0, at), lines.slice(at, -1), lines.slice(-1), listed(errors, SHOWN_FAULTS), listed(warnings, SHOWN_WARNINGS)]
  const end = `${stopped ? 'stopped before the end · ' : ''}${seconds.toFixed(1)} s, ${group(resourcesPerSecond)} resources/s`
  return `${[...parts.filter((part) => part.length > 0).map((part) => part.join('\n')), end].join('\n\n')}\n`
}

function row([name, { total, valid }]: [string, Count]): [string, string] {
  const wrong = total - valid
  return [name, `${group(valid)} of ${group(total)} valid${wrong === 0 ? '' : `, ${group(wrong)} not`}`]
}

/** Warnings of one rule as one, wherever they are. */
function byRule(faults: readonly Fault[]): Fault[] {
  const rules = new Map<string, Fault>()
  for (const fault of faults) {
    const known = rules.get(fault.rule)
    if (known === undefined) rules.set(fault.rule, { ...fault })
    else known.count += fault.count
  }
  return [...rules.values()].sort((a, b) => b.count - a.count)
}

function listed(faults: readonly Fault[], most: number): string[] {
  const lines = faults
    .slice(0, most)
    .map(
      ({ severity, expression, text, count, profile, example }) =>
        `${group(count).padStart(9)} × ${severity} at ${expression}: ${text}\n            for example ${example.resource} at ${example.expression}${
          profile === undefined ? '' : ` (${profile})`
        }`
    )
  return faults.length > most ? [...lines, `          and ${group(faults.length - most)} more kinds; --json gives all`] : lines
}
