import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { progressLine } from '#wardbridge/commands/progress.js'
import { SMALL, TABLES } from '../ingest/pack.js'

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url))

/** A folder with the small pack, its tables and room for results. */
function workspace(t: Test, files: Record<string, string> = {}): string {
  const dir = mkdtempSync(join(tmpdir(), 'wardbridge-test-'))
  t.teardown(() => rmSync(dir, { recursive: true, force: true }))
  for (const name of ['in', 'small']) mkdirSync(join(dir, name))
  for (const [name, text] of SMALL.packs.get('small') ?? []) writeFileSync(join(dir, 'small', name), text)
  for (const [name, text] of Object.entries({ ...TABLES, ...files })) writeFileSync(join(dir, 'in', name), text)
  return dir
}

function start(cwd: string, args: readonly string[]) {
  const child = spawn(process.execPath, [CLI, ...args], { cwd, env: { ...process.env, NODE_OPTIONS: '' } })
  const output = { out: '', err: '' }
  child.stdout.on('data', (text: Buffer) => (output.out += text))
  child.stderr.on('data', (text: Buffer) => (output.err += text))
  const ended = once(child, 'close').then(([code]) => ({ ...output, code: code as number | null }))
  return { child, output, ended }
}

const run = (cwd: string, ...args: string[]) => start(cwd, args).ended

t.test('ingest, verify and unmap: results on stdout, one JSON line for machines, exit code 0', async (t) => {
  const dir = workspace(t)
  const load = ['ingest', 'in', '--mapping', './small', '--store', 'x.db']
  const first = await run(dir, ...load, '--json')
  t.equal(first.code, 0, first.err)
  t.equal(first.out.split('\n').length, 2, 'one line')
  const report = JSON.parse(first.out)
  t.same(Object.keys(report).slice(0, 5), ['tables', 'totals', 'seconds', 'resourcesPerSecond', 'peakRssMb'])
  t.same(Object.keys(report.tables[0]), [
    'table',
    'rowsIn',
    'mapped',
    'merged',
    'dictionary',
    'unmapped',
    'rejected',
    'resources',
    'unmappedValues'
  ])
  t.same(Object.keys(report.totals), [
    'rowsIn',
    'mapped',
    'merged',
    'dictionary',
    'unmapped',
    'rejected',
    'resources',
    'created',
    'updated',
    'unchanged'
  ])
  for (const line of first.err.trim().split('\n').slice(0, -1)) t.ok(JSON.parse(line).bytesTotal > 0, 'progress is JSON lines')

  const again = await run(dir, ...load, '--quiet')
  t.equal(again.err, '')
  t.match(again.out, /^visits +3 +3 +0 +0 +0 +0 {2}Encounter 3, Organization 2$/m)
  t.match(again.out, /^0 created, 0 updated, 14 unchanged/m)

  const verified = await run(dir, 'verify', '--store', 'x.db', '--json')
  t.equal(verified.code, 0)
  t.match(JSON.parse(verified.out), { resources: 14, versions: 14, problems: [] })
  t.match((await run(dir, 'verify', '--store', 'x.db', '--rebuild')).out, /rebuilt\ndigest [0-9a-f]{64}\neverything agrees/)

  const unknown = await run(dir, 'unmap', '--store', 'x.db', '--mapping', 'smaller', '--out', 'tables', '--json')
  t.equal(unknown.code, 1)
  t.match(unknown.err, /There is no mapping pack "smaller" \(known: hospital, mimic-iii\)/)
  const found = await run(dir, 'unmap', '--store', 'x.db', '--mapping', './small', '--out', 'tables')
  t.equal(found.code, 0, found.err)
  t.match(found.out, /^visits +3$/m)
  t.equal(readFileSync(join(dir, 'tables', 'visits.csv'), 'utf8'), TABLES['VISITS.csv'])
})

t.test('a rejected row gives exit code 1 and stands in the rejects, readable by the owner only; --allow-errors gives 0', async (t) => {
  const dir = workspace(t, { 'EVENTS.csv': `${TABLES['EVENTS.csv']}102,1,hr,10/23/64 21:09,1\n` })
  const map = ['map', 'in', '--mapping', './small', '--out', 'out', '--rejects', 'rejects.ndjson', '--quiet']
  const strict = await run(dir, ...map)
  t.equal(strict.code, 1)
  t.match(strict.err, /1 row rejected; see rejects\.ndjson/)
  t.match(JSON.parse(readFileSync(join(dir, 'rejects.ndjson'), 'utf8')), { table: 'events', line: 4, column: 'time', rule: 'timestamp' })
  t.equal(statSync(join(dir, 'rejects.ndjson')).mode & 0o777, 0o600)
  t.equal((await run(dir, ...map, '--allow-errors')).code, 0)
  t.same(
    readdirSync(join(dir, 'out')).sort(),
    ['CodeSystem', 'Communication', 'Encounter', 'Observation', 'Organization', 'Patient'].map((type) => `${type}.ndjson`)
  )
})

t.test('a file that fails gives exit code 1 and is named, with --allow-errors too; wrong usage gives 2', async (t) => {
  const dir = workspace(t, { 'EVENTS.csv': 'event,person\n' })
  const damaged = await run(dir, 'map', 'in', '--mapping', './small', '--out', 'out', '--quiet', '--allow-errors')
  t.equal(damaged.code, 1)
  t.match(damaged.err, /EVENTS\.csv:1: column "kind", "time", "value" is missing/)
  t.equal((await run(dir, 'map', 'in', '--mapping', './small', '--out', 'out', '--jobs', 'many')).code, 2)
  t.equal((await run(dir, 'map')).code, 2)
})

t.test('--validate refuses what is not FHIR, as ingest does', async (t) => {
  const dir = workspace(t)
  const resource = '{"resourceType":"Patient","id":"a","gender":"unheard"}'
  writeFileSync(join(dir, 'a.ndjson'), resource)
  const map = ['map', 'a.ndjson', '--mapping', './small', '--out', 'out', '--quiet', '--json']
  t.match(JSON.parse((await run(dir, ...map)).out).totals, { mapped: 1, rejected: 0 })
  t.match(JSON.parse((await run(dir, ...map, '--validate')).out).totals, { mapped: 0, rejected: 1 })
})

t.test('SIGTERM stops a load with exit code 130; run again it is complete', async (t) => {
  const rows = Array.from({ length: 60_000 }, (_, i) => `${i},1,hr,2100-01-01 10:05:00,${i}\n`).join('')
  const dir = workspace(t, { 'EVENTS.csv': `event,person,kind,time,value\n${rows}` })
  const load = ['ingest', 'in', '--mapping', './small', '--store', 'x.db', '--jobs', '1']
  const { child, ended } = start(dir, load)
  child.stderr.once('data', () => child.kill('SIGTERM'))
  const stopped = await ended
  t.equal(stopped.code, 130, stopped.err)
  t.match(stopped.err, /stopped; run it again/)
  const { totals } = JSON.parse((await run(dir, ...load, '--json', '--quiet')).out)
  t.equal(totals.resources, 60_012)
  t.equal(totals.updated, 0)
  t.notOk(
    readdirSync(dir).some((name) => name.startsWith('x.db-stage')),
    'no stages are left behind'
  )
})

t.test('the progress bar says what is read, how far and how fast', (t) => {
  const line = progressLine({
    table: 'labevents',
    rows: 25_000,
    resources: 24_000,
    rejected: 3,
    bytesRead: 50,
    bytesTotal: 100,
    seconds: 2
  })
  t.equal(line, '[############            ] 50 % labevents · 25,000 rows · 12,000 resources/s · 3 rejected')
  t.end()
})
