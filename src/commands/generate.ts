/** `wardbridge generate`: writes the tables of a generated hospital. */

import { type Command, InvalidArgumentError } from 'commander'
import { generateHospital } from '../generate/index.js'

interface Options {
  readonly patients: number
  readonly seed: number
  readonly out: string
  readonly charting: number
  readonly gzip?: boolean
  readonly json?: boolean
}

export function register(program: Command): void {
  program
    .command('generate')
    .description('write the tables of a generated hospital in the shape of MIMIC-III; the same number and seed give the same bytes')
    .requiredOption('--patients <n>', 'how many patients', wholeNumber(1))
    .option('--seed <n>', 'another seed gives another hospital', wholeNumber(0), 1)
    .requiredOption('--out <dir>', 'folder for the tables; files of the same name are replaced')
    .option(
      '--charting <minutes>',
      'minutes between charted vital signs in intensive care; 15 gives as many rows as MIMIC-III has',
      wholeNumber(15),
      60
    )
    .option('--gzip', 'write .csv.gz files')
    .option('--json', 'print the result as one line of JSON')
    .action(run)
}

async function run(options: Options): Promise<void> {
  const begun = performance.now()
  const tables = await generateHospital({ ...options, progress: reporter(process.stderr) })
  const rows = Object.values(tables).reduce((sum, n) => sum + n, 0)
  const seconds = (performance.now() - begun) / 1000
  if (options.json) {
    const { patients, seed } = options
    process.stdout.write(`${JSON.stringify({ patients, seed, tables, rows, seconds: Number(seconds.toFixed(3)) })}\n`)
    return
  }
  const width = Math.max(...Object.keys(tables).map((name) => name.length))
  for (const [name, n] of Object.entries(tables)) process.stdout.write(`${name.padEnd(width)} ${String(n).padStart(12)}\n`)
  process.stdout.write(`${rows} rows in ${seconds.toFixed(1)} s, in ${options.out}\n`)
}

/** A line that is written over on a terminal, a line of JSON per second otherwise. */
function reporter(stream: NodeJS.WriteStream): (done: number, total: number) => void {
  const interval = stream.isTTY ? 100 : 1000
  let last = performance.now()
  let shown = false
  return (done, total) => {
    const now = performance.now()
    if (now - last < interval && !(shown && done === total)) return
    last = now
    shown = true
    if (stream.isTTY) stream.write(`\rgenerating: ${done} of ${total} patients${done === total ? '\n' : ''}`)
    else stream.write(`${JSON.stringify({ step: 'generate', done, total })}\n`)
  }
}

function wholeNumber(lowest: number): (text: string) => number {
  return (text) => {
    const number = Number(text)
    if (!/^\d+$/.test(text) || !Number.isSafeInteger(number) || number < lowest) {
      throw new InvalidArgumentError(`A whole number from ${lowest} is needed.`)
    }
    return number
  }
}
