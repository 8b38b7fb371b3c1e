/** Bulk loads by import: what is refused, what is kept in memory, and what killed loads leave. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, utimesSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { openObjects } from '#wardbridge/files/objects.js'
import { clearFolders, clearStaging, makeFolder } from '#wardbridge/store/healthcare/leftovers.js'
import { contentPrint, namePrint, Seen } from '#wardbridge/store/healthcare/seen.js'
import { openStore } from '#wardbridge/store/open.js'
import type { StageModule } from '#wardbridge/store/repository.js'
import { load, put } from '../../contract/repository.js'
import { startStorage } from '../../support/storage-server.js'
import { startTwin } from '../../support/twin.js'

const DAY = 86_400_000

t.test('what an import does not take is told with its reason and as what it was counted, and the rest is there', async (t) => {
  const storage = await startStorage(t, { anyToken: true })
  const twin = await startTwin(t, { googleStorageUrl: storage.url, googleToken: storage.token })
  const google = { ...twin.google, storageUrl: storage.url, staging: 'gs://b/staging' }
  const store = await openStore(await twin.create(), { google, objects: openObjects('gs://b/state', google) })
  t.teardown(() => store.close())
  await store.commit([put('Patient', 'old', { gender: 'male' })])
  const session = await store.bulk({ refuseRepeats: true })
  const { openStage } = (await import(session.stage.module)) as StageModule
  const stage = openStage(session.stage.options)
  for (const [type, id, more] of [
    ['Patient', 'good', { gender: 'male' }],
    ['Patiens', 'bad', { gender: 'male' }],
    ['Patient', 'old', { gender: 'no code' }],
    ['Patient', 'also-good', {}]
  ] as const)
    stage.add(type, id, JSON.stringify({ resourceType: type, id, ...more }), { resourceType: type }, 1)
  const { byType } = await session.merge(stage.finish()!)
  t.strictSame(byType, { Patient: { created: 2, updated: 1, unchanged: 0 }, Patiens: { created: 1, updated: 0, unchanged: 0 } })
  t.match(await session.finish(), [
    { type: 'Patiens', id: 'bad', reason: /./, counted: 'created' },
    { type: 'Patient', id: 'old', reason: /./, counted: 'updated' }
  ])
  t.strictSame(await store.counts(), { Patient: 3 })
  await load(store, [['Patient', 'good', { gender: 'male' }]])
  t.strictSame(await store.counts(), { Patient: 3 })
})

t.test('of each resource of a load the last content is known', async (t) => {
  const seen = new Seen()
  const content = (n: number) => contentPrint(namePrint(`content ${n}`).join('').padEnd(16, 'A'))
  for (let n = 0; n < 20_000; n++) seen.set(namePrint(`Patient/${n}`), { content: content(n), wave: n % 7, created: n % 2 === 0 })
  seen.set(namePrint('Patient/5'), { content: content(-1), wave: 9, created: false })
  const wrong = Array.from({ length: 20_000 }, (_, n) => n).filter((n) => {
    const { wave, created, content: found } = seen.get(namePrint(`Patient/${n}`)) ?? {}
    return n !== 5 && (wave !== n % 7 || created !== (n % 2 === 0) || String(found) !== String(content(n)))
  })
  t.strictSame(wrong, [])
  t.strictSame(seen.get(namePrint('Patient/5')), { content: content(-1), wave: 9, created: false })
  t.equal(seen.get(namePrint('Patient/20000')), undefined)
})

t.test('objects of a load to which none was added for a day are removed, and nothing else', async (t) => {
  const storage = await startStorage(t)
  const google = { ...storage.google, staging: 'gs://b/staging' }
  const bucket = storage.bucket('b')
  for (const name of ['staging/loads/one/1/0.ndjson', 'staging/loads/one/1/1.ndjson', 'staging/other', 'loads/one/1/0.ndjson'])
    bucket.put(name, '{}')
  await clearStaging(google)
  t.equal(bucket.names().length, 4, 'a load that may be running stays')
  await clearStaging(google, Date.now() + DAY + 1000)
  t.strictSame(bucket.names(), ['loads/one/1/0.ndjson', 'staging/other'])
  storage.fault = () => ({ status: 403 })
  await t.resolves(clearStaging(google), 'a load does not fail for it')
})

t.test('folders of processes that run no more are removed, those of others after a day', async (t) => {
  const temporary = t.testdir()
  const before = process.env['TMPDIR']
  process.env['TMPDIR'] = temporary
  t.teardown(() => {
    if (before === undefined) delete process.env['TMPDIR']
    else process.env['TMPDIR'] = before
  })
  const { pid } = spawnSync(process.execPath, ['--version'])
  const folder = (name: string, age = 0) => {
    const path = join(temporary, name)
    mkdirSync(path)
    const then = new Date(Date.now() - age)
    utimesSync(path, then, then)
    return path
  }
  const own = await makeFolder()
  const dead = folder(`wardbridge-load-${hostname()}.${pid}-abcdef`)
  const elsewhere = folder(`wardbridge-load-elsewhere.${pid}-abcdef`)
  const old = folder('wardbridge-load-elsewhere.1-abcdef', DAY + 60_000)
  const foreign = folder('another-load-x.1-abcdef', DAY + 60_000)
  await clearFolders()
  t.strictSame(
    [own, dead, elsewhere, old, foreign].map((one) => existsSync(one)),
    [true, false, true, false, true]
  )
})
