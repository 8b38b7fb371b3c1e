import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { generateHospital } from '#wardbridge/generate/index.js'

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url))

/** Runs a command; killed without warning after `after` milliseconds when given. Resolves with the last line of stdout. */
function run(words: readonly string[], after?: number): Promise<{ code: number | null; last: string }> {
  const child = spawn(process.execPath, [CLI, ...words], { stdio: ['ignore', 'pipe', 'ignore'] })
  let out = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text
  })
  const timer = after === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), after)
  return new Promise((resolve) => {
    child.on('close', (code) => {
      clearTimeout(timer)
      resolve({ code, last: out.trim().split('\n').at(-1) ?? '' })
    })
  })
}

t.test('an ingest killed at ten moments and then run again leaves the same content as an undisturbed one', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'wardbridge-crash-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const tables = join(folder, 'tables')
  await generateHospital({ patients: 20, seed: 7, out: tables, charting: 1440 })
  const ingest = (store: string) => [
    'ingest',
    tables,
    '--mapping',
    'hospital',
    '--source',
    'urn:example:crash',
    '--store',
    join(folder, store),
    '--json',
    '--quiet'
  ]
  const verify = async (store: string) => JSON.parse((await run(['verify', '--store', join(folder, store), '--json'])).last)

  const started = performance.now()
  const undisturbed = JSON.parse((await run(ingest('whole.db'))).last)
  const took = performance.now() - started
  t.equal(undisturbed.totals.rejected, 0)
  const expected = await verify('whole.db')
  t.strictSame(expected.problems, [])
  t.equal(expected.resources, undisturbed.totals.resources)

  const partial: number[] = []
  for (let round = 0; round < 10; round++) {
    await run(ingest('killed.db'), took * (0.25 + round * 0.07))
    const report = await run(['verify', '--store', join(folder, 'killed.db'), '--json'])
    // Killed before the store was made: nothing to verify.
    if (report.last === '') continue
    const { problems, resources } = JSON.parse(report.last)
    t.strictSame(problems, [], `round ${round}: clean with ${resources} resources`)
    partial.push(resources)
  }
  t.ok(partial.length > 0, `found ${partial.join(', ')} resources`)
  const again = JSON.parse((await run(ingest('killed.db'))).last)
  t.equal(again.totals.created + again.totals.unchanged, undisturbed.totals.resources)
  t.equal(again.totals.updated, 0, 'what was there was there whole')
  t.equal((await verify('killed.db')).digest, expected.digest)
  const same = JSON.parse((await run(ingest('killed.db'))).last)
  t.match(same.totals, { created: 0, updated: 0, unchanged: undisturbed.totals.resources }, 'the same again changes nothing')
})
