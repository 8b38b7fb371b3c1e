import { type ChildProcess, fork, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { parseSearch } from '#wardbridge/fhir/search-query.js'
import { openSqliteStore } from '#wardbridge/store/sqlite/store.js'
import { newFolder } from './folder.js'

const CHILD = fileURLToPath(new URL('./processes-child.js', import.meta.url))
const RACE = fileURLToPath(new URL('./processes-race.js', import.meta.url))
const message = (child: ChildProcess) => new Promise<unknown>((resolve, reject) => child.once('message', resolve).once('error', reject))

t.test('four processes open one new file and race for the same 200 claims: each claim is won exactly once', async (t) => {
  const file = join(newFolder(t), 'store.db')
  const children = ['a', 'b', 'c', 'd'].map((name) => fork(CHILD, [file, name]))
  await Promise.all(children.map(message))
  const answers = children.map(message) as Array<Promise<{ won: number[]; others: string[] }>>
  for (const child of children) child.send('go')
  const results = await Promise.all(answers)
  t.strictSame(
    results.flatMap(({ others }) => others),
    []
  )
  t.strictSame(
    results.flatMap(({ won }) => won).sort((a, b) => a - b),
    Array.from({ length: 200 }, (_, n) => n)
  )
  const store = await openSqliteStore(file, { readers: 1 })
  t.teardown(() => store.close())
  t.match(await store.verify({ rebuild: false }), { resources: 200, versions: 200, problems: [] })
  for (const n of [0, 57, 199]) {
    const { resources } = await store.search(parseSearch('Patient', [['identifier', `urn:${n}|`]], { handling: 'strict' }))
    t.equal(resources.length, 1, 'the number of a system means the same to all')
  }
})

t.test(
  'two processes create one identifier 50 times each, and count one resource up with 16 writers each: one resource, no lost update',
  async (t) => {
    const file = join(newFolder(t), 'store.db')
    const store = await openSqliteStore(file, { readers: 1 })
    t.teardown(() => store.close())
    await store.commit([{ method: 'put', type: 'Patient', id: 'counted', text: '{"resourceType":"Patient","id":"counted"}' }])
    const children = ['a', 'b'].map((name) => fork(RACE, [file, name]))
    await Promise.all(children.map(message))
    const answers = children.map(message) as Array<Promise<string[]>>
    for (const child of children) child.send('go')
    const got = (await Promise.all(answers)).flat()
    const { resources } = await store.search(parseSearch('Patient', [['identifier', 'urn:mrn|1']], { handling: 'strict' }))
    t.equal(got.length, 100)
    t.strictSame(
      [...new Set(got)],
      resources.map(({ id }) => id)
    )
    const counted = (await store.read('Patient', 'counted'))!
    t.match(JSON.parse(counted.body.toString()), { multipleBirthInteger: 320, meta: { versionId: '321' } })
    t.match(await store.verify({ rebuild: false }), { resources: 2, versions: 322, problems: [] })
  }
)

t.test('what another process writes is seen at once by read and search', async (t) => {
  const file = join(newFolder(t), 'store.db')
  const [one, other] = [await openSqliteStore(file), await openSqliteStore(file)]
  t.teardown(async () => {
    await one.close()
    await other.close()
  })
  for (let n = 1; n <= 5; n++) {
    const text = JSON.stringify({ resourceType: 'Patient', id: 'p', identifier: [{ system: `urn:new${n}`, value: 'x' }] })
    await (n % 2 ? one : other).commit([{ method: 'put', type: 'Patient', id: 'p', text }])
    for (const store of [one, other]) {
      t.match(await store.read('Patient', 'p'), { versionId: String(n) })
      t.equal((await store.search(parseSearch('Patient', [['identifier', `urn:new${n}|x`]], { handling: 'strict' }))).resources.length, 1)
    }
  }
})

t.test('a program that forgets to close the store ends all the same', async (t) => {
  const module = new URL(import.meta.resolve('#wardbridge/store/sqlite/store.js'))
  const code = `
    const { openSqliteStore } = await import(${JSON.stringify(module.href)})
    const store = await openSqliteStore(${JSON.stringify(join(newFolder(t), 'store.db'))})
    await store.commit([{ method: 'put', type: 'Patient', id: 'p', text: '{"resourceType":"Patient","id":"p"}' }])
    await store.counts()
    console.log('done')`
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', code], { timeout: 60_000, encoding: 'utf8' })
  t.match({ status, stdout }, { status: 0, stdout: 'done\n' }, stderr)
})
