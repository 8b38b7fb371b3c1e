/** Index rows of uploaded search parameters, and of stores that another release has indexed. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'
import t from 'tap'
import { parseSearch } from '#wardbridge/fhir/search-query.js'
import type { Repository, StageModule } from '#wardbridge/store/repository.js'
import { openSqliteStore } from '#wardbridge/store/sqlite/store.js'
import { newFolder } from './folder.js'

const CHILD = fileURLToPath(new URL('./reindex-child.js', import.meta.url))

const put = (type: string, id: string, more: object) => ({
  method: 'put' as const,
  type,
  id,
  text: JSON.stringify({ resourceType: type, id, ...more })
})
const parameter = (id: string, more: object = {}) =>
  put('SearchParameter', id, {
    url: `http://example.org/${id}`,
    name: id,
    status: 'active',
    description: id,
    code: id,
    base: ['Patient'],
    type: 'string',
    expression: 'Patient.maritalStatus.text',
    ...more
  })
const married = (id: string, text: string) => put('Patient', id, { maritalStatus: { text } })

async function find(store: Repository, name: string, value: string): Promise<string[]> {
  const query = parseSearch(
    'Patient',
    [
      [name, value],
      ['_count', '1000']
    ],
    { handling: 'strict', custom: store.searchParameters() }
  )
  return (await store.search(query)).resources.map(({ id }) => id).sort()
}

async function finish(store: Repository): Promise<number> {
  let steps = 0
  while ((await store.reindex()) !== undefined) steps++
  return steps
}

const problems = async (store: Repository) => (await store.verify({ rebuild: false })).problems

t.test('another process learns of a parameter at once: its writes are indexed, and its searches know when it is ready', async (t) => {
  const file = join(newFolder(t), 'store.db')
  const [one, other] = [await openSqliteStore(file, { readers: 1 }), await openSqliteStore(file, { readers: 1 })]
  t.teardown(async () => {
    await one.close()
    await other.close()
  })
  await other.commit([married('a', 'Widowed')])
  await one.commit([parameter('marital')])
  await other.commit([married('b', 'Widowed')])
  t.throws(() => parseSearch('Patient', [['marital', 'w']], { handling: 'strict', custom: other.searchParameters() }), {
    code: 'search.unknown-parameter'
  })
  t.match(other.indexStatus(), { pending: true, parameters: [{ state: 'waiting' }] })
  await finish(other)
  t.same(
    [await find(one, 'marital', 'wid'), await find(other, 'marital', 'wid')],
    [
      ['a', 'b'],
      ['a', 'b']
    ]
  )
  await one.commit([parameter('marital', { status: 'retired' })])
  t.throws(() => parseSearch('Patient', [['marital', 'w']], { handling: 'strict', custom: other.searchParameters() }))
  await finish(one)
  t.same(await problems(other), [])
  t.notOk(one.indexStatus().pending)
})

t.test('bulk loads: a parameter that comes with the load, and one that comes while it is under way', async (t) => {
  const file = join(newFolder(t), 'store.db')
  const store = await openSqliteStore(file, { readers: 1 })
  t.teardown(() => store.close())
  const session = await store.bulk({ refuseRepeats: false })
  const { openStage } = (await import(session.stage.module)) as StageModule
  const stage = (writes: ReadonlyArray<ReturnType<typeof put>>) => {
    const one = openStage(session.stage.options)
    for (const [n, { type, id, text }] of writes.entries()) one.add(type, id, text, JSON.parse(text), n)
    return one.finish()!
  }
  const before = stage([married('a', 'Single')])
  await session.merge(stage([married('b', 'Single'), parameter('marital')]))
  await store.commit([parameter('nick', { expression: 'Patient.name.given.first()' })])
  await session.merge(before)
  await session.merge(stage([put('Patient', 'c', { name: [{ given: ['Una', 'Ida'] }] })]))
  await session.finish()
  await finish(store)
  t.same(await find(store, 'marital', 'single'), ['a', 'b'])
  t.same(await find(store, 'nick', 'una'), ['c'])
  t.same(await problems(store), [])

  const later = await store.bulk({ refuseRepeats: false })
  const staged = openStage(later.stage.options)
  const text = JSON.stringify({ resourceType: 'Patient', id: 'd', name: [{ given: ['Una'] }], maritalStatus: { text: 'Single' } })
  staged.add('Patient', 'd', text, JSON.parse(text), 1)
  await later.merge(staged.finish()!)
  await later.finish()
  t.same(
    [await find(store, 'nick', 'una'), await find(store, 'marital', 'single')],
    [
      ['c', 'd'],
      ['a', 'b', 'd']
    ],
    'and in later loads'
  )
  t.same(await problems(store), [])
})

t.test('a commit that fails leaves no parameter behind, nor does one of its group see it', async (t) => {
  const store = await openSqliteStore(join(newFolder(t), 'store.db'), { readers: 1 })
  t.teardown(() => store.close())
  const wrong = store.commit([parameter('marital'), { ...married('x', 'Single'), precondition: { kind: 'version', versionId: '5' } }])
  const right = store.commit([married('a', 'Single')])
  await t.rejects(wrong, { code: 'resource.conflict' })
  await right
  t.match(store.indexStatus(), { pending: false, parameters: [] })
  t.same(await problems(store), [])
})

for (const ours of ['', '1-000000000000']) {
  t.test(
    `a store indexed by another release (version "${ours}") is indexed anew in steps; no search misses anything meanwhile`,
    async (t) => {
      const file = join(newFolder(t), 'store.db')
      const first = await openSqliteStore(file, { readers: 1 })
      await first.commit(Array.from({ length: 2500 }, (_, n) => married(`p${n}`, 'Single')))
      await first.commit([parameter('marital')])
      await finish(first)
      await first.close()
      const db = new Database(file)
      db.exec(`UPDATE note SET value = json_set(value, '$.version', '${ours}') WHERE key = 'index';
      UPDATE note SET value = value + 1 WHERE key = 'index.generation'; DELETE FROM string; INSERT INTO uri VALUES (1, 'old', 1)`)
      db.close()

      const store = await openSqliteStore(file, { readers: 1 })
      t.teardown(() => store.close())
      await t.rejects(find(store, 'marital', 'single'), { code: 'store.reindexing' })
      t.match(await store.read('Patient', 'p1'), { versionId: '1' })
      t.match(await problems(store), [/being built anew/])
      await store.commit([married('p1', 'Widowed'), married('new', 'Newly')])
      await t.rejects(find(store, 'marital', 'single'), { code: 'store.reindexing' })
      await store.reindex()
      t.match(store.indexStatus(), { searchable: false, pending: true, progress: { total: 2501 } })
      t.ok((await finish(store)) >= 1)
      t.equal((await find(store, 'marital', 'wid')).length, 1)
      t.same(await find(store, 'marital', 'newly'), ['new'])
      t.same(await problems(store), [])
    }
  )
}

t.test('verify --rebuild takes the place of the steps', async (t) => {
  const file = join(newFolder(t), 'store.db')
  const store = await openSqliteStore(file, { readers: 1 })
  t.teardown(() => store.close())
  await store.commit([married('a', 'Single'), parameter('marital')])
  t.match(await store.verify({ rebuild: true }), { problems: [] })
  t.notOk(store.indexStatus().pending)
  t.same(await find(store, 'marital', 'single'), ['a'])
})

t.test('killed in the middle, again and again: it goes on where it was, and the indexes are those of a rebuild', async (t) => {
  const file = join(newFolder(t), 'store.db')
  const store = await openSqliteStore(file, { readers: 1 })
  const session = await store.bulk({ refuseRepeats: false })
  const { openStage } = (await import(session.stage.module)) as StageModule
  const stage = openStage(session.stage.options)
  for (let n = 0; n < 20_000; n++) {
    const { id, text } = married(`p${n}`, `Single ${n % 2000}`)
    stage.add('Patient', id, text, JSON.parse(text), n)
  }
  await session.merge(stage.finish()!)
  await session.finish()
  await store.commit([parameter('marital'), parameter('nick', { type: 'token', expression: 'Patient.maritalStatus.text.first().upper()' })])
  await store.close()
  const positions: number[] = []
  for (let round = 0; round < 3; round++) {
    const child = spawn(process.execPath, [CHILD, file], { stdio: ['ignore', 'pipe', 'inherit'] })
    let steps = ''
    for await (const chunk of child.stdout) {
      steps += chunk
      if (steps.split('\n').length > 2) break
    }
    child.kill('SIGKILL')
    await new Promise((resolve) => child.once('close', resolve))
    positions.push(Number(steps.split('\n')[0]))
  }
  t.ok(positions[0]! < positions[1]! && positions[1]! < positions[2]!, `it goes on: ${positions}`)
  const after = await openSqliteStore(file, { readers: 1 })
  t.teardown(() => after.close())
  t.ok(after.indexStatus().pending)
  await finish(after)
  const { problems, indexRows } = await after.verify({ rebuild: false })
  t.same(problems, [])
  t.match(await after.verify({ rebuild: true }), { problems: [], indexRows })
  t.equal((await find(after, 'nick', 'SINGLE 7')).length, 10)
})
