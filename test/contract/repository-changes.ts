/** What was written in the order in which it was, and commits that depend on versions. */
import type { Test } from 'tap'
import { NO_VERSION, type Open, put } from './repository.js'

export async function changesContract(t: Test, open: Open): Promise<void> {
  t.test('changes come in order, of the types that are asked for, from any place on', async (t) => {
    const store = await open(t)
    if (!store.capabilities().changes) return t.comment('this store keeps no order of all writes, and says so')
    const start = await store.lastSeq()
    await store.commit([put('Patient', 'p'), put('Task', 'a', { status: 'draft' }), put('Communication', 'b')])
    await store.commit([put('Task', 'a', { status: 'ready' })])
    await store.commit([{ method: 'delete', type: 'Communication', id: 'b' }])
    const types = ['Task', 'Communication']
    const all = await store.changes({ after: start, types, count: 10 })
    t.strictSame(
      all.changes.map(({ type, id, versionId, deleted }) => [type, id, versionId, deleted]),
      [
        ['Task', 'a', '1', false],
        ['Communication', 'b', '1', false],
        ['Task', 'a', '2', false],
        ['Communication', 'b', '2', true]
      ]
    )
    t.strictSame([all.last, all.more], [await store.lastSeq(), false])
    t.equal(JSON.parse(all.changes[2]!.body.toString()).status, 'ready', 'each as it was then')
    t.equal(JSON.parse(all.changes[0]!.body.toString()).status, 'draft')
    const pieces: number[] = []
    for (let after = start, more = true; more; ) {
      const page = await store.changes({ after, types, count: 1 })
      pieces.push(...page.changes.map(({ seq }) => seq))
      after = page.last
      more = page.more
    }
    t.strictSame(
      pieces,
      all.changes.map(({ seq }) => seq)
    )
    t.strictSame((await store.changes({ after: all.last, types, count: 10 })).changes, [])
  })

  t.test('a commit can depend on the version of what it does not write', async (t) => {
    const store = await open(t)
    const [p, gone] = await store.commit([put('Patient', 'p'), put('Patient', 'gone')])
    await store.commit([{ method: 'delete', type: 'Patient', id: 'gone' }])
    const version = (id: string, versionId: string | undefined) => ({ type: 'Patient', id, versionId })
    await t.resolves(
      store.commit([put('Task', 'a')], [version('p', p!.versionId), version('gone', undefined), version('never', undefined)])
    )
    const raced = { code: 'resource.raced' }
    await t.rejects(store.commit([put('Task', 'b')], [version('p', NO_VERSION)]), raced)
    await t.rejects(store.commit([put('Task', 'b')], [version('p', undefined)]), raced)
    await t.rejects(store.commit([put('Task', 'b')], [version('gone', gone!.versionId)]), raced)
    t.equal(await store.read('Task', 'b'), undefined, 'nothing was written')
  })
}
