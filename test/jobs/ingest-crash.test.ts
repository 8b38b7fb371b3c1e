import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { generateHospital } from '#wardbridge/generate/index.js'

t.setTimeout(240_000)

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'wardbridge-job-crash-'))
t.teardown(() => rmSync(folder, { recursive: true, force: true }))

function run(...words: readonly string[]) {
  const { stdout, stderr } = spawnSync(process.execPath, [CLI, ...words], { encoding: 'utf8', env: { WARDBRIDGE_STATE: folder } })
  const last = stdout.trim().split('\n').at(-1) ?? ''
  if (last === '') throw new Error(stderr)
  return JSON.parse(last)
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** A server that can be killed without warning and started again on the same store. */
async function server(t: Test, store: string, sources: string) {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  let child: ChildProcess | undefined
  t.teardown(() => child?.kill('SIGKILL'))
  const start = async () => {
    child = spawn(process.execPath, [CLI, 'serve', '--store', store, '--port', String(port), '--no-auth'], {
      stdio: 'ignore',
      env: { WARDBRIDGE_STATE: folder, WARDBRIDGE_INGEST_SOURCES: sources, WARDBRIDGE_LOG_LEVEL: 'error' }
    })
    for (let n = 0; n < 3000; n++) {
      const answers = await fetch(`${url}/livez`).then(
        () => true,
        () => false
      )
      if (answers) return
      await wait(20)
    }
    throw new Error('the server does not start')
  }
  const kill = async () => {
    const ended = new Promise((resolve) => child?.once('exit', resolve))
    child?.kill('SIGKILL')
    await ended
  }
  const ask = async (method: string, path: string, body?: object) => {
    const request = body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
    const response = await fetch(`${url}${path}`, { method, ...request })
    return { status: response.status, json: JSON.parse(await response.text()) }
  }
  await start()
  return { ask, kill, start }
}

t.test(
  'an ingest job goes on by itself after its server was killed, again and again, and leaves what an undisturbed one does',
  async (t) => {
    const tables = join(folder, 'tables')
    await generateHospital({ patients: 12, seed: 7, out: tables, charting: 720 })
    const source = 'urn:example:crash'
    const whole = run(
      'ingest',
      tables,
      '--mapping',
      'hospital',
      '--source',
      source,
      '--store',
      join(folder, 'whole.db'),
      '--json',
      '--quiet'
    )
    const expected = run('verify', '--store', join(folder, 'whole.db'), '--json')

    const store = join(folder, 'killed', 'store.db')
    // The ids of a mapping that is keyed come from the state.
    const { ask, kill, start } = await server(t, store, tables)
    const asked = await ask('POST', '/jobs/ingest', { sources: [tables], mapping: 'hospital', source, options: { workers: 1 } })
    t.equal(asked.status, 202)
    const path = `/jobs/${asked.json.id}`
    let job = asked.json
    const until = async (isThere: () => boolean) => {
      while (!isThere() && job.status !== 'done') {
        await wait(20)
        job = (await ask('GET', path)).json
        if (job.status === 'failed') throw new Error(JSON.stringify(job.error))
      }
    }
    const killedAt: number[] = []
    for (const share of [0, 0.4, 0.8]) {
      const rows = () => job.progress?.rows ?? 0
      await until(() => job.status === 'running' && rows() >= share * whole.totals.rowsIn)
      if (job.status === 'done') break
      killedAt.push(rows())
      await kill()
      await start()
      job = (await ask('GET', path)).json
    }
    await until(() => false)
    t.ok(killedAt.length >= 2, `killed at ${killedAt.join(', ')} of ${whole.totals.rowsIn} rows`)
    t.equal(job.runs.length, killedAt.length + 1, 'each run but the last was lost')
    t.strictSame(
      job.runs.map(({ outcome }: { outcome: string }) => outcome),
      ['done', ...killedAt.map(() => 'lost')]
    )
    const counters = ({ tables }: { tables: ReadonlyArray<Record<string, unknown>> }) =>
      tables.map(({ table, rowsIn, mapped, merged, dictionary, unmapped, rejected, resources }) => ({
        ...{ table, rowsIn, mapped, merged, dictionary, unmapped, rejected, resources }
      }))
    t.strictSame(counters(job), counters(whole), 'every row is counted once')
    const { created, updated, unchanged } = job.totals
    t.equal(created + unchanged, whole.totals.resources)
    t.equal(updated, 0)
    await kill()
    const found = run('verify', '--store', store, '--json')
    t.strictSame(found.problems, [])
    t.equal(found.digest, expected.digest)
    t.equal(found.versions, expected.versions, 'nothing was written twice')
  }
)
