/** A store loaded from the demo and a server over it, as two processes of the command line; nothing is shared with them but HTTP. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'

export interface Served {
  /** The FHIR base URL. */
  readonly url: string
  /** Tables of which the pack leaves rows alone. */
  readonly unmapped: ReadonlySet<string>
  readonly rejected: ReadonlyMap<string, number>
  readonly seconds: number
  stop(): Promise<void>
}

const ENV = { PATH: process.env['PATH'] }

interface TableReport {
  readonly table: string
  readonly rowsIn: number
  readonly unmapped: number
  readonly rejected: number
}

interface Validated {
  readonly resources: number
  readonly valid: number
  readonly faults: ReadonlyArray<{ readonly severity: string }>
}

/** How many resources of a store are valid against R4 and the profiles they name, and some of the errors, as `wardbridge validate` says. */
export async function validated(store: string): Promise<Validated> {
  const child = spawn(process.execPath, ['dist/cli.js', 'validate', '--store', store, '--quiet', '--json'], {
    env: ENV,
    stdio: ['ignore', 'pipe', 'inherit']
  })
  const { resources, valid, faults } = JSON.parse(await text(child.stdout)) as Validated
  return { resources, valid, faults: faults.filter(({ severity }) => severity === 'error').slice(0, 5) }
}

/** Loads the tables of a folder with the pack mimic-iii into `store`, and serves it on a free port of this machine. */
export async function serveTables(folder: string, store: string): Promise<Served> {
  const started = Date.now()
  const load = ['dist/cli.js', 'ingest', folder, '--mapping', 'mimic-iii', '--source', 'urn:example:mimic-iii-demo']
  const done = spawnSync(process.execPath, [...load, '--store', store, '--quiet', '--json', '--allow-errors'], {
    encoding: 'utf8',
    env: ENV,
    maxBuffer: 1 << 28
  })
  const seconds = (Date.now() - started) / 1000
  if (done.status !== 0) throw new Error(done.stderr.slice(0, 2000))
  const { tables } = JSON.parse(done.stdout.trim().split('\n').at(-1) ?? '') as { tables: TableReport[] }

  const child = spawn(process.execPath, ['dist/cli.js', 'serve', '--port', '0', '--no-auth', '--store', store], {
    env: ENV,
    stdio: ['ignore', 'ignore', 'pipe']
  })
  const url = await new Promise<string>((resolve, reject) => {
    let told = ''
    child.stderr.on('data', (chunk) => {
      told += String(chunk)
      const found = /at (http:\S+)/.exec(told)?.[1]
      if (found !== undefined) resolve(found)
    })
    child.on('exit', () => reject(new Error(told)))
  })
  return {
    url: `${url.replace(/\/$/, '')}/fhir`,
    unmapped: new Set(tables.filter((one) => one.unmapped > 0).map((one) => one.table)),
    rejected: new Map(tables.filter((one) => one.rejected > 0).map((one) => [one.table, one.rejected])),
    seconds,
    async stop() {
      child.removeAllListeners('exit')
      child.kill()
      await once(child, 'exit')
    }
  }
}
