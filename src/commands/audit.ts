/** `wardbridge audit`: the audit log, for whoever can read store and state. */
import type { Command } from 'commander'
import { group } from './progress.js'
import { OPERATOR, withService } from './store-access.js'

interface VerifyOptions {
  readonly store?: string
  readonly state?: string
  readonly json?: boolean
}

export function register(program: Command): void {
  const audit = program.command('audit').description('check the audit log')

  audit
    .command('verify')
    .description('walk the chain of the audit log; exit code 1 when an entry was altered, taken out or cut off')
    .option('--store <location>', 'store whose log is checked (WARDBRIDGE_STORE, default wardbridge.db)')
    .option(
      '--state <place>',
      'folder of service.db with key and anchor, or gs://bucket/prefix (WARDBRIDGE_STATE); default: the folder of the store'
    )
    .option('--json', 'give the result as one line of JSON')
    .action((options: VerifyOptions) =>
      withService({ store: options.store, state: options.state }, async (service) => {
        const show = progressLine()
        const report = await service.verifyAudit(OPERATOR, show)
        show(undefined)
        const { batches, entries, problem, anchor } = report
        if (options.json === true) process.stdout.write(`${JSON.stringify(report)}\n`)
        else {
          const counted = `${group(entries)} entries in ${group(batches)} batches${problem === undefined ? '' : ' fit'}, anchor at ${anchor === undefined ? 'none' : `batch ${group(anchor)}`}\n`
          process.stdout.write(`${counted}${problem === undefined ? 'the log is whole' : problem.reason}\n`)
        }
        if (problem !== undefined) process.exitCode = 1
      })
    )
}

/** Shows how many batches were looked at, on a terminal only; undefined clears the line. */
function progressLine(): (done: number | undefined) => void {
  if (!process.stderr.isTTY) return () => {}
  return (done) => process.stderr.write(done === undefined ? '\r\x1b[2K' : `\r\x1b[2K${group(done)} batches`)
}
