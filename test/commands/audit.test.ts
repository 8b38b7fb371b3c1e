/** `wardbridge audit verify`, on a log that commands have written. */
import { spawnSync } from 'node:child_process'
import Database from 'better-sqlite3'
import t from 'tap'

const ENV = { PATH: process.env['PATH'] }

function run(...args: readonly string[]) {
  return spawnSync(process.execPath, ['dist/cli.js', ...args], { encoding: 'utf8', env: ENV })
}

t.test('a load is in the log, which is whole until somebody cuts it', async (t) => {
  const folder = t.testdir({
    in: { 'p.ndjson': '{"resourceType":"Patient","id":"a"}\n{"resourceType":"Patient","id":"b"}\n' }
  })
  const store = `${folder}/ward.db`
  const load = run('ingest', `${folder}/in/p.ndjson`, '--mapping', 'mimic-iii', '--source', 'urn:test', '--store', store, '--quiet')
  t.equal(load.status, 0, load.stderr)
  const whole = run('audit', 'verify', '--store', store)
  t.equal(whole.status, 0, whole.stderr)
  t.match(whole.stdout, /^1 entries in 1 batches, anchor at batch 1\nthe log is whole\n$/)

  const db = new Database(store)
  const lines = db.prepare<[], string>('SELECT entries FROM audit ORDER BY seq').pluck().all().join('\n')
  t.match(lines, /"do":"load","what":\["Patient"\],"detail":"Patient: 2 created, 0 updated, 0 unchanged"/)
  db.exec('DELETE FROM audit WHERE seq = (SELECT max(seq) FROM audit)')
  db.close()
  const cut = run('audit', 'verify', '--store', store, '--json')
  t.equal(cut.status, 1)
  t.match(JSON.parse(cut.stdout), { problem: { reason: /the end was cut off/ } })
})
