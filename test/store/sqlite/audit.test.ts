/** The chain of the audit log: full disks, several processes, and a process that is killed. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { patientsIn } from '#wardbridge/fhir/audit-event.js'
import { Commits } from '#wardbridge/store/sqlite/commits.js'
import { connect } from '#wardbridge/store/sqlite/schema.js'
import { openSqliteStore } from '#wardbridge/store/sqlite/store.js'

const key = Buffer.alloc(32, 7)
const by = { subject: 'x', role: 'system' }
const put = (id: string, more: object = {}) => ({
  method: 'put' as const,
  type: 'Patient',
  id,
  text: JSON.stringify({ resourceType: 'Patient', id, ...more })
})

t.test('when the entry of a write finds no room, the write is not made', async (t) => {
  const file = `${t.testdir()}/s.db`
  const store = await openSqliteStore(file, { auditKey: key })
  await store.commit([put('before')], [], by)
  const db = connect(file, { cacheMiB: 2 })
  const commits = new Commits(db, { auditKey: key })
  db.pragma(`max_page_count = ${db.pragma('page_count', { simple: true })}`)
  const entries = Buffer.from(JSON.stringify({ at: 1, who: by, do: 'read', detail: 'x'.repeat(100_000) }))
  const answers = commits.run([
    { kind: 'commit', writes: [put('small')], by },
    { kind: 'audit', entries, keys: [] }
  ])
  for (const answer of answers) t.match(answer, { error: { code: 'SQLITE_FULL' } })
  t.equal(await store.read('Patient', 'small'), undefined)
  db.close()
  await store.commit([put('after')], [], by)
  t.match(await store.verifyAudit(new Map([[store.auditHead().chain, { seq: 1, hash: (await store.auditHash(1))! }]])), {
    batches: 2,
    entries: 2,
    problem: undefined
  })
  await store.close()
})

t.test('a request that fails leaves no entry of success; the others of its group do', async (t) => {
  const file = `${t.testdir()}/s.db`
  await (await openSqliteStore(file)).close()
  const db = connect(file, { cacheMiB: 2 })
  const commits = new Commits(db, { auditKey: key })
  const answers = commits.run([
    { kind: 'commit', writes: [put('a')], by },
    { kind: 'commit', writes: [put('b'), { ...put('a'), precondition: { kind: 'absent' } }], by },
    { kind: 'commit', writes: [put('c')], by }
  ])
  t.strictSame(
    answers.map((answer) => 'error' in answer),
    [false, true, false]
  )
  const [batch] = db.prepare<[], string>('SELECT entries FROM audit').pluck().all()
  t.strictSame(
    batch!.split('\n').map((line) => JSON.parse(line).what[0]),
    ['Patient/a/_history/1', 'Patient/c/_history/1']
  )
  t.strictSame(db.prepare('SELECT key FROM audit_key ORDER BY key').pluck().all(), ['@x', 'Patient/a', 'Patient/c'])
  db.close()
})

/** A process that writes patients and entries until it is killed, or `count` of each. */
function writer(file: string, name: string, count: number): ChildProcess {
  const module = fileURLToPath(import.meta.resolve('#wardbridge/store/sqlite/store.js'))
  const script = `
    const { openSqliteStore } = await import(${JSON.stringify(module)})
    const store = await openSqliteStore(${JSON.stringify(file)}, { auditKey: Buffer.alloc(32, 7) })
    const by = { subject: ${JSON.stringify(name)}, role: 'system' }
    for (let n = 0; n < ${count}; n++) {
      const id = ${JSON.stringify(name)} + n
      const entries = Buffer.from(JSON.stringify({ at: Date.now(), who: by, do: 'read', what: ['Patient/' + id] }))
      await Promise.all([
        store.commit([{ method: 'put', type: 'Patient', id, text: JSON.stringify({ resourceType: 'Patient', id }) }], [], by),
        store.appendAudit({ entries, keys: [] })
      ])
      if (n === 5) process.stdout.write('going')
    }
    await store.close()`
  return spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
}

t.test('two processes on one file make one chain, and one that is killed leaves it whole', async (t) => {
  const file = `${t.testdir()}/s.db`
  await (await openSqliteStore(file, { auditKey: key })).close()
  const two = [writer(file, 'a', 40), writer(file, 'b', 40)]
  await Promise.all(two.map((process) => once(process, 'exit')))
  const store = await openSqliteStore(file, { auditKey: key })
  const { seq, hash } = store.auditHead()
  t.match(await store.verifyAudit(new Map([[store.auditHead().chain, { seq, hash }]])), { entries: 160, problem: undefined })

  const killed = writer(file, 'k', 1_000_000)
  await once(killed.stdout!, 'data')
  killed.kill('SIGKILL')
  await once(killed, 'exit')
  const report = await store.verifyAudit(new Map([[store.auditHead().chain, { seq, hash }]]))
  t.equal(report.problem, undefined)
  const counts = await store.counts()
  // Each write has its entry: what is there beside reads.
  const lines = connect(file, { readonly: true, cacheMiB: 2 })
  const all = lines.prepare<[], string>('SELECT entries FROM audit ORDER BY seq').pluck().all()
  const creates = all.flatMap((text) => text.split('\n')).filter((line) => JSON.parse(line).do === 'create')
  t.equal(creates.length, counts['Patient'])
  lines.close()
  await store.close()
})

t.test('knows which patients a text speaks of', async (t) => {
  for (const [text, expected] of [
    ['{"subject":{"reference":"Patient/a"}}', ['a']],
    [
      '{"subject":{"reference":"Patient/a/_history/2"},"performer":[{"reference":"http://x/fhir/Patient/b-1.c"},{"reference":"Patient/a"}]}',
      ['a', 'b-1.c']
    ],
    ['{"note":"the Patient/of ours"}', []],
    ['{"reference":"OtherPatient/a"}', []],
    ['{}', []]
  ] as const)
    t.strictSame(patientsIn(text, 'Observation', 'o'), expected, text)
  t.strictSame(patientsIn('{"entity":[{"what":{"reference":"Patient/b"}}]}', 'AuditEvent', 'a'), [], 'an audit of an audit is about nobody')
  t.strictSame(patientsIn('{"link":[{"other":{"reference":"Patient/b"}}]}', 'Patient', 'a'), ['a', 'b'])
})
