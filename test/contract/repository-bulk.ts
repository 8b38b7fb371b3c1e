/** The part of the contract about bulk loads and checks. */
import type { Test } from 'tap'
import type { StageModule } from '#wardbridge/store/repository.js'
import { ids, load, nth, type Open, put, sound, write } from './repository.js'

const patient = (n: number) =>
  ['Patient', `p${n}`, { gender: n % 2 ? 'male' : 'female', identifier: [{ system: `urn:s${n % 3}`, value: `v${n}` }] }] as const

export function bulkContract(t: Test, open: Open): void {
  t.test('a load and single writes give the same store: bodies, search, digest', async (t) => {
    const loaded = await open(t)
    const written = await open(t)
    const all = Array.from({ length: 40 }, (_, n) => patient(n))
    t.match(await load(loaded, all), { byType: { Patient: { created: 40, updated: 0, unchanged: 0 } }, repeats: [] })
    await written.commit([...all].reverse().map(([type, id, more]) => put(type, id, more)))
    for (const store of [loaded, written]) t.equal((await ids(store, 'Patient', 'identifier=urn:s1|v4')).length, 1)
    const body = (await loaded.read('Patient', 'p4'))!
    const { meta, ...content } = JSON.parse(body.body.toString()) as { meta: { versionId: string; lastUpdated: string } }
    t.strictSame([meta.versionId, Date.parse(meta.lastUpdated)], [body.versionId, body.lastUpdated])
    t.match(body.versionId, nth(loaded, 1))
    t.strictSame(content, { resourceType: 'Patient', id: 'p4', gender: 'female', identifier: [{ system: 'urn:s1', value: 'v4' }] })
    if (!loaded.capabilities().upkeep.includes('verify')) return
    const [one, other] = [await loaded.verify({ rebuild: false }), await written.verify({ rebuild: false })]
    t.match(one, { resources: 40, versions: 40, problems: [], rebuilt: false })
    t.equal(one.digest, other.digest)
    t.equal(one.indexRows, other.indexRows)
    t.ok(one.indexRows > 80)
    await write(written, put('Patient', 'p4', { gender: 'other' }))
    t.not((await written.verify({ rebuild: false })).digest, one.digest, 'other content, other digest')
    await write(written, put(...patient(4)))
    t.equal((await written.verify({ rebuild: false })).digest, one.digest, 'the same content again, as another version')
  })

  t.test('loading the same again changes nothing; what differs becomes the next version; what was deleted comes back', async (t) => {
    const store = await open(t)
    await load(store, [patient(1), patient(2), patient(3)])
    await write(store, { method: 'delete', type: 'Patient', id: 'p3' })
    t.match(await load(store, [patient(1), patient(2)]), { byType: { Patient: { created: 0, updated: 0, unchanged: 2 } }, repeats: [] })
    t.match(await store.read('Patient', 'p1'), { versionId: nth(store, 1) })
    const changed = await load(store, [patient(1), ['Patient', 'p2', { gender: 'other' }], patient(3), patient(4)])
    t.match(changed, { byType: { Patient: { created: 2, updated: 1, unchanged: 1 } }, repeats: [] })
    t.match(await store.read('Patient', 'p2'), { versionId: nth(store, 2) })
    t.match(await store.read('Patient', 'p3'), { versionId: nth(store, 3), deleted: false })
    t.strictSame(await ids(store, 'Patient', 'gender=female'), ['p4'])
    t.strictSame(await ids(store, 'Patient', 'gender=other'), ['p2'])
    await sound(t, store, { resources: 4, versions: 7 })
  })

  for (const refuseRepeats of [true, false]) {
    t.test(
      `an id given twice in a load ${refuseRepeats ? 'is reported, the first stays' : 'becomes the next version'}; identical content is unchanged`,
      async (t) => {
        const store = await open(t)
        await write(store, put('Patient', 'old', { gender: 'male' }))
        const session = await store.bulk({ refuseRepeats })
        const { openStage } = (await import(session.stage.module)) as StageModule
        const merge = async (...all: ReadonlyArray<readonly [id: string, gender: string, origin: number]>) => {
          const stage = openStage(session.stage.options)
          for (const [id, gender, origin] of all) {
            const text = JSON.stringify({ resourceType: 'Patient', id, gender })
            stage.add('Patient', id, text, JSON.parse(text), origin)
          }
          t.equal(stage.resources, all.length)
          t.ok(stage.bytes > 0)
          return session.merge(stage.finish()!)
        }
        const repeat = (id: string, origin: number) => (refuseRepeats ? [{ type: 'Patient', id, origin }] : [])
        const updated = refuseRepeats ? 0 : 1
        t.match(
          await merge(['a', 'male', 1], ['b', 'male', 2], ['a', 'male', 3], ['a', 'female', 4]),
          {
            byType: { Patient: { created: 2, updated, unchanged: 1 } },
            repeats: repeat('a', 4)
          },
          'within a stage'
        )
        t.match(
          await merge(['b', 'male', 5], ['b', 'other', 6], ['old', 'female', 7]),
          {
            byType: { Patient: { created: 0, updated: updated + 1, unchanged: 1 } },
            repeats: repeat('b', 6)
          },
          'in a later stage; what was there before the session is updated'
        )
        t.match(await merge(['old', 'unknown', 8]), { repeats: repeat('old', 8) }, 'also when the first write was an update')
        await session.finish()
        t.match(JSON.parse((await store.read('Patient', 'a'))!.body.toString()), { gender: refuseRepeats ? 'male' : 'female' })
        t.match(
          await load(store, [['Patient', 'a', { gender: 'other' }]]),
          { byType: { Patient: { updated: 1 } }, repeats: [] },
          'a new session'
        )
        await sound(t, store)
      }
    )
  }

  t.test('stages may be open at once and are merged in the order of the calls, while others write', async (t) => {
    const store = await open(t)
    const session = await store.bulk({ refuseRepeats: false })
    const { openStage } = (await import(session.stage.module)) as StageModule
    const stages = ['male', 'female', 'other'].map((gender) => {
      const stage = openStage(session.stage.options)
      const text = JSON.stringify({ resourceType: 'Patient', id: 'p', gender })
      stage.add('Patient', 'p', text, JSON.parse(text), 1)
      return stage
    })
    const empty = openStage(session.stage.options)
    const dropped = openStage(session.stage.options)
    dropped.add('Patient', 'q', '{"resourceType":"Patient","id":"q"}', { resourceType: 'Patient' }, 1)
    dropped.discard()
    t.equal(empty.finish(), undefined)
    const results = await Promise.all([...stages.map((stage) => session.merge(stage.finish()!)), write(store, put('Patient', 'r'))])
    t.equal(results.length, 4)
    await session.abort()
    t.match(await store.read('Patient', 'p'), { versionId: nth(store, 3) })
    t.match(JSON.parse((await store.read('Patient', 'p'))!.body.toString()), { gender: 'other' })
    t.strictSame(await store.counts(), { Patient: 2 })
  })

  t.test('verify with rebuild gives the same indexes, and tells its progress', async (t) => {
    const store = await open(t)
    if (!store.capabilities().upkeep.includes('verify')) return
    await load(
      store,
      Array.from({ length: 1500 }, (_, n) => patient(n))
    )
    await write(store, put('Patient', 'p7', { gender: 'other' }))
    const before = await store.verify({ rebuild: false })
    const progress: number[] = []
    const after = await store.verify({ rebuild: true, progress: (done) => progress.push(done) })
    t.match(after, { ...before, rebuilt: true, problems: [] })
    t.ok(progress.length > 0 && progress.every((done, n) => n === 0 || done > progress[n - 1]!))
    t.equal((await ids(store, 'Patient', 'identifier=urn:s2|')).length, 500)
    t.strictSame(await ids(store, 'Patient', 'gender=other'), ['p7'])
  })
}
