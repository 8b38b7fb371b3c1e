/** `wardbridge verify`: whether bodies, indexes and history of a store agree; can build the indexes anew. */
import type { Command } from 'commander'
import { group } from './progress.js'
import { OPERATOR, withService } from './store-access.js'

interface VerifyOptions {
  readonly store?: string
  readonly state?: string
  readonly rebuild?: boolean
  readonly json?: boolean
}

export function register(program: Command): void {
  program
    .command('verify')
    .description('check that bodies, indexes and history of a store agree; exit code 1 when they do not')
    .option('--store <file>', 'store to check (WARDBRIDGE_STORE, default wardbridge.db)')
    .option('--state <folder>', 'folder of service.db (WARDBRIDGE_STATE); default: the folder of the store')
    .option('--rebuild', 'build the indexes anew from the bodies')
    .option('--json', 'give the result as one line of JSON')
    .action((options: VerifyOptions) =>
      withService({ store: options.store, state: options.state }, async (service) => {
        const show = progressLine()
        const report = await service.verify(OPERATOR, { rebuild: options.rebuild === true, progress: show })
        show(undefined)
        const { resources, versions, indexRows, digest, problems, rebuilt } = report
        if (options.json === true) process.stdout.write(`${JSON.stringify(report)}\n`)
        else {
          const verdict = problems.length === 0 ? 'everything agrees' : `${group(problems.length)} problems`
          process.stdout.write(
            `${group(resources)} resources, ${group(versions)} versions, ${group(indexRows)} index rows${rebuilt ? ', rebuilt' : ''}\n`
          )
          process.stdout.write(`digest ${digest}\n${problems.map((problem) => `${problem}\n`).join('')}${verdict}\n`)
        }
        if (problems.length > 0) process.exitCode = 1
      })
    )
}

/** Shows how many resources were looked at, on a terminal only; undefined clears the line. */
function progressLine(): (done: number | undefined) => void {
  if (!process.stderr.isTTY) return () => {}
  return (done) => process.stderr.write(done === undefined ? '\r\x1b[2K' : `\r\x1b[2K${group(done)} resources`)
}
