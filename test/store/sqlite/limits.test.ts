import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import Database from 'better-sqlite3'
import t from 'tap'
import { parseSearch } from '#wardbridge/fhir/search-query.js'
import type { StageModule } from '#wardbridge/store/repository.js'
import { Commits } from '#wardbridge/store/sqlite/commits.js'
import { storeError } from '#wardbridge/store/sqlite/failure.js'
import { Merger } from '#wardbridge/store/sqlite/merge.js'
import { connect } from '#wardbridge/store/sqlite/schema.js'
import { openSqliteStore } from '#wardbridge/store/sqlite/store.js'
import { Thread } from '#wardbridge/store/sqlite/thread.js'
import { newFolder } from './folder.js'

const put = (id: string, more: object = {}) => ({
  method: 'put' as const,
  type: 'Patient',
  id,
  text: JSON.stringify({ resourceType: 'Patient', id, ...more })
})
const big = { text: { status: 'generated', div: 'x'.repeat(50_000) } }

t.test('a full disk refuses writes with store.full, reads go on, and what was acknowledged is intact after', async (t) => {
  const file = join(newFolder(t), 'store.db')
  const store = await openSqliteStore(file, { readers: 1 })
  t.teardown(() => store.close())
  await store.commit([put('before')])
  const session = await store.bulk({ refuseRepeats: true })
  const { openStage } = (await import(session.stage.module)) as StageModule
  const stage = openStage(session.stage.options)
  for (let n = 0; n < 50; n++) stage.add('Patient', `s${n}`, put(`s${n}`, big).text, { resourceType: 'Patient' }, n)

  const db = connect(file, { cacheMiB: 1 })
  const commits = new Commits(db)
  db.pragma(`max_page_count = ${(db.pragma('page_count', { simple: true }) as number) + 20}`)
  const answers = []
  for (let n = 0; n < 10; n++) answers.push(...commits.run([{ kind: 'commit', writes: [put(`n${n}`, big)] }]))
  const refused = answers.flatMap((answer) => ('error' in answer ? [storeError(answer.error)] : []))
  t.ok(refused.length > 0 && refused.length < 10)
  for (const error of refused) t.match(error, { code: 'store.full', status: 507 })
  t.throws(
    () =>
      new Merger(db, commits.writer, commits.audit).merge({ file: stage.finish()!.file, lastSeq: 0, refuseRepeats: true, session: 's' }),
    {
      code: 'SQLITE_FULL'
    }
  )
  for (const [n, answer] of answers.entries()) t.equal((await store.read('Patient', `n${n}`)) !== undefined, 'written' in answer)
  t.match(await store.read('Patient', 'before'), { versionId: '1' })
  db.pragma('max_page_count = 1000000')
  t.match(commits.run([{ kind: 'commit', writes: [put('after', big)] }]), [{ written: [{ versionId: '1' }] }], 'space is there again')
  db.close()
  await session.abort()
  t.strictSame((await store.verify({ rebuild: false })).problems, [])
})

t.test('a search that takes too long is given up with search.too-costly; the next one is answered', async (t) => {
  const store = await openSqliteStore(join(newFolder(t), 'store.db'), { readers: 1, searchSeconds: 0 })
  t.teardown(() => store.close())
  await store.commit(
    Array.from({ length: 600 }, (_, n) => put(`p${n}`, { gender: n % 2 ? 'male' : 'female', name: [{ family: `f${n}` }] }))
  )
  const search = (query: string) => store.search(parseSearch('Patient', [...new URLSearchParams(query)], { handling: 'strict' }))
  for (const query of ['gender=male&_total=accurate', 'family:contains=zzz', 'gender:not=male,female']) {
    await t.rejects(search(query), { code: 'search.too-costly', status: 503 }, query)
  }
  t.equal((await search('_id=p7')).resources.length, 1)
  t.equal((await search('family=f77')).resources.length, 1)
})

t.test('a search of many values is answered, and one too long for a statement is refused', async (t) => {
  const store = await openSqliteStore(join(newFolder(t), 'store.db'), { readers: 1 })
  t.teardown(() => store.close())
  const observation = (id: string, code: string) => ({
    resourceType: 'Observation',
    id,
    code: { coding: [{ system: 'http://loinc.org', code }] },
    subject: { reference: `Patient/p${id}` }
  })
  await store.commit(
    ['5', '9', '500'].map((id) => ({ method: 'put' as const, type: 'Observation', id, text: JSON.stringify(observation(id, id)) }))
  )
  const some = (count: number, text: (n: number) => string) => Array.from({ length: count }, (_, n) => text(n)).join(',')
  const search = (type: string, ...pairs: Array<[string, string]>) => store.search(parseSearch(type, pairs, { handling: 'strict' }))
  const page = await search(
    'Observation',
    ['code', some(150, (n) => `http://loinc.org|${n}`)],
    ['patient', some(100, (n) => `Patient/p${n}`)]
  )
  t.strictSame(
    page.resources.map(({ id }) => id),
    ['5', '9']
  )
  t.equal((await search('Patient', ['_id', some(5000, String)])).resources.length, 0)
  await t.rejects(search('Condition', ['onset-date', some(5000, (n) => String(1000 + n))]), { code: 'search.value', status: 400 })
})

t.test('a page of large resources ends early, and the next one goes on', async (t) => {
  const store = await openSqliteStore(join(newFolder(t), 'store.db'), { readers: 1 })
  t.teardown(() => store.close())
  const text = { status: 'generated', div: 'x'.repeat(12 << 20) }
  for (const id of ['a', 'b', 'c', 'd']) await store.commit([put(id, { text })])
  const query = parseSearch('Patient', [['_count', '10']], { handling: 'strict' })
  const first = await store.search(query)
  const second = await store.search({ ...query, cursor: first.next })
  t.strictSame(
    [first, second].map(({ resources }) => resources.map(({ id }) => id)),
    [['a', 'b', 'c'], ['d']]
  )
  t.equal(second.next, undefined)
})

t.test('sessions of two processes that open and end at once leave each other alone', async (t) => {
  const file = join(newFolder(t), 'store.db')
  const program = `
    import { openSqliteStore } from '${import.meta.resolve('#wardbridge/store/sqlite/store.js')}'
    import { openStage } from '${import.meta.resolve('#wardbridge/store/sqlite/stage.js')}'
    const store = await openSqliteStore(process.argv[1])
    for (let n = 0; n < 150; n++) {
      const session = await store.bulk({ refuseRepeats: true })
      openStage(session.stage.options).discard()
      await session.abort()
    }
    await store.close()`
  const run = promisify(execFile)
  await (await openSqliteStore(file)).close()
  await t.resolves(Promise.all([1, 2].map(() => run(process.execPath, ['--input-type=module', '--eval', program, file]))))
  t.notOk(existsSync(`${file}-stage`))
})

t.test('stages of dead sessions are removed when a session opens, those of living ones stay', async (t) => {
  const file = join(newFolder(t), 'store.db')
  const store = await openSqliteStore(file, { readers: 1 })
  t.teardown(() => store.close())
  const living = await store.bulk({ refuseRepeats: true })
  const { openStage } = (await import(living.stage.module)) as StageModule
  const stage = openStage(living.stage.options)
  stage.add('Patient', 'p', '{"resourceType":"Patient","id":"p"}', { resourceType: 'Patient' }, 1)
  const dead = join(`${file}-stage`, 'dead')
  mkdirSync(dead)
  writeFileSync(join(dead, 'left.db'), 'rest')
  const unlocked = join(`${file}-stage`, 'unlocked')
  mkdirSync(unlocked)
  new Database(join(unlocked, 'lock.db')).close()
  await (await store.bulk({ refuseRepeats: true })).abort()
  t.throws(() => new Database(join(dead, 'left.db'), { fileMustExist: true }))
  t.throws(() => new Database(join(unlocked, 'lock.db'), { fileMustExist: true }))
  t.match(await living.merge(stage.finish()!), { byType: { Patient: { created: 1 } } })
  await living.finish()
})

t.test('an error in a thread rejects what waits for it, and the next request starts another', async (t) => {
  const module = join(newFolder(t), 'thread.mjs')
  writeFileSync(
    module,
    `import { parentPort } from 'node:worker_threads'
     parentPort.on('message', (message) => {
       if (message === 'stop') return parentPort.close()
       for (const { call, request } of message) {
         if (request === 'die') throw new Error('dead')
         if (request !== 'wait') parentPort.postMessage([{ call, value: request }])
       }
     })`
  )
  const thread = new Thread<string>(new URL(`file://${module}`), {})
  t.equal(await thread.call('a'), 'a')
  const [waiting, dying] = await Promise.allSettled([thread.call('wait'), thread.call('die')])
  t.match(waiting, { status: 'rejected', reason: /dead/ })
  t.match(dying, { status: 'rejected', reason: /dead/ })
  t.equal(thread.load, 0)
  t.equal(await thread.call('b'), 'b')
  await thread.close()
  await t.rejects(thread.call('c'), /closed/)
})
