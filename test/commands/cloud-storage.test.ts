/** `wardbridge ingest gs://…` as it is run: the settings reach the bucket, a dry run writes nothing. */
import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import t from 'tap'
import { startStorage } from '../support/storage-server.js'

const server = await startStorage(t)
const folder = mkdtempSync(join(tmpdir(), 'wardbridge-test-'))
t.teardown(() => rmSync(folder, { recursive: true, force: true }))
server
  .bucket('b')
  .put(
    'in/a.ndjson',
    '{"resourceType":"Patient","id":"p1"}\n{"resourceType":"Encounter","id":"e1","status":"finished","class":{"code":"IMP"},"subject":{"reference":"Patient/p2"}}\n'
  )
const SETTINGS = { WARDBRIDGE_STORAGE_URL: server.url, WARDBRIDGE_GOOGLE_TOKEN: server.token }

interface Ran {
  readonly code: number
  readonly out: string
  readonly err: string
}

function run(args: readonly string[], env: Readonly<Record<string, string>> = SETTINGS): Promise<Ran> {
  const all = [
    resolve('dist/cli.js'),
    ...args,
    '--mapping',
    'mimic-iii',
    '--source',
    'https://hospital.example/mimic',
    '--quiet',
    '--jobs',
    '1'
  ]
  return new Promise((done) => {
    execFile(process.execPath, all, { cwd: folder, env: { PATH: process.env['PATH'], ...env } }, (error, out, err) => {
      done({ code: error === null ? 0 : Number(error.code), out, err })
    })
  })
}

t.test('a dry run tells what there is and makes no file', async (t) => {
  const { code, out } = await run(['ingest', '--dry-run', 'gs://b/in/*.ndjson'])
  t.equal(code, 0)
  t.match(out, /gs:\/\/b\/in\/a\.ndjson: RESOURCE, 2 resources\n/)
  t.match(out, /1 of them to what is not there: Patient 1\n {2}Patient\/p2 \(1 time, first in Encounter\/e1 Encounter\.subject\)/)
  t.match(out, /nothing was written\n$/)
  t.strictSame(readdirSync(folder), [])
})

t.test('a load from a bucket, then a dry run against its store', async (t) => {
  const loaded = await run(['ingest', '--json', 'gs://b/in/'])
  t.equal(loaded.code, 0, loaded.err)
  t.match(JSON.parse(loaded.out), { totals: { created: 2, rejected: 0 }, errors: [] })
  server
    .bucket('b')
    .put(
      'more/b.ndjson',
      '{"resourceType":"Encounter","id":"e2","status":"finished","class":{"code":"IMP"},"subject":{"reference":"Patient/p1"}}'
    )
  const dry = await run(['ingest', '--dry-run', '--json', 'gs://b/more'])
  t.match(JSON.parse(dry.out), { dryRun: true, resources: { Encounter: 1 }, references: { total: 1, dangling: 0 } })
  const again = await run(['ingest', '--json', 'gs://b/in/a.ndjson'])
  t.match(JSON.parse(again.out), { totals: { created: 0, unchanged: 2 } }, 'the dry run wrote nothing')
})

t.test('what is missing or not allowed is said in a line', async (t) => {
  const none = await run(['ingest', 'gs://b/none*'])
  t.equal(none.code, 1)
  t.match(none.err, /gs:\/\/b\/none\* does not exist/)
  const denied = await run(['ingest', 'gs://b/in/*'], { ...SETTINGS, WARDBRIDGE_GOOGLE_TOKEN: 'wrong' })
  t.equal(denied.code, 1)
  t.match(denied.err, /refuses the credentials of this server for gs:\/\/b \(401\)[\s\S]*roles\/storage\.objectViewer/)
})
