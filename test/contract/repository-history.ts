/** The part of the contract about history (R4 http.html#history). */
import type { Test } from 'tap'
import type { HistoryQuery, Repository, StoredVersion, Write } from '#wardbridge/store/repository.js'
import { load, nth, type Open, put, sound, write } from './repository.js'

type Asked = Omit<HistoryQuery, 'count' | 'cursor'>

const name = ({ type, id, versionId }: StoredVersion) => `${type}/${id}/${versionId}`
const remove = (type: string, id: string) => ({ method: 'delete', type, id }) as const

/** Every version of a history, page by page. between: what happens after each page. */
async function all(store: Repository, asked: Asked, count = 1000, between: (page: number) => Promise<unknown> = async () => {}) {
  const versions: StoredVersion[] = []
  const totals: Array<number | undefined> = []
  let cursor: string | undefined
  do {
    const page = (await store.history({ ...asked, count, ...(cursor === undefined ? {} : { cursor }) }))!
    versions.push(...page.versions)
    totals.push(page.total)
    cursor = page.next
    await between(totals.length)
  } while (cursor !== undefined)
  return { versions, totals, names: versions.map(name) }
}

/** A moment later than every version so far and earlier than any to come. */
async function tick(store: Repository): Promise<number> {
  const newest = isWide(store) ? (await store.history({ count: 1 }))!.versions[0] : undefined
  const moment = Math.max(Date.now(), newest?.lastUpdated ?? 0) + 1
  while (Date.now() <= moment) await new Promise((resolve) => setTimeout(resolve, 1))
  return moment
}

/** Whether there is a history of types and of the store, beside that of each resource. */
const isWide = (store: Repository) => store.capabilities().interactions.includes('history-system')
const NARROW = 'this store has histories of single resources only, and says so'

export function historyContract(t: Test, open: Open): void {
  t.test('history of a resource: every version, newest first, with its body, verb and time; deletions without a body', async (t) => {
    const store = await open(t)
    const text = (gender: string) => `{"resourceType":"Patient","id":"p","gender":"${gender}","multipleBirthInteger":1}`
    const writes = [
      { method: 'put', type: 'Patient', id: 'p', text: text('male'), verb: 'POST' },
      { method: 'put', type: 'Patient', id: 'p', text: text('female') },
      { method: 'put', type: 'Patient', id: 'p', text: text('other'), verb: 'PATCH' },
      { method: 'put', type: 'Patient', id: 'p', text: text('other') },
      remove('Patient', 'p'),
      remove('Patient', 'p'),
      { method: 'put', type: 'Patient', id: 'p', text: text('unknown') }
    ] as const
    await write(store, put('Patient', 'q'))
    for (const one of writes) await write(store, one)
    const { versions, totals } = await all(store, { type: 'Patient', id: 'p' })
    t.strictSame(
      versions.map(({ method, deleted }) => [method, deleted]),
      [
        ['PUT', false],
        ['DELETE', true],
        ['PATCH', false],
        ['PUT', false],
        ['POST', false]
      ]
    )
    t.equal(new Set(versions.map(({ versionId }) => versionId)).size, 5)
    for (const [n, { versionId }] of versions.entries()) t.match(versionId, nth(store, 5 - n))
    t.strictSame(totals, [5])
    for (const one of versions) {
      const { method: _, ...stored } = one
      t.strictSame({ ...stored, body: stored.body.toString() }, await store.vread('Patient', 'p', one.versionId), 'as vread gives it')
    }
    t.equal(versions[1]!.body.length, 0)
  })

  t.test('a resource that was never there has no history; a type or store without versions has an empty one', async (t) => {
    const store = await open(t)
    const empty = { versions: [], next: undefined, total: 0 }
    t.equal(await store.history({ type: 'Patient', id: 'p', count: 10 }), undefined)
    await write(store, put('Patient', 'p'))
    t.equal(await store.history({ type: 'Practitioner', id: 'p', count: 10 }), undefined, 'ids are per type')
    if (!isWide(store)) return t.comment(NARROW)
    t.strictSame(await store.history({ type: 'Group', count: 10 }), empty)
    t.strictSame(await store.history({ type: 'Practitioner', count: 10 }), empty)
  })

  t.test('history of a type and of the store: versions of all resources, loaded ones too, newest first', async (t) => {
    const store = await open(t)
    if (!isWide(store)) return t.comment(NARROW)
    await load(store, [
      ['Patient', 'a', {}],
      ['Device', 'd', {}],
      ['Patient', 'b', {}]
    ])
    await tick(store)
    await write(store, put('Patient', 'a', { gender: 'male' }))
    await tick(store)
    await write(store, remove('Device', 'd'))
    await tick(store)
    await load(store, [
      ['Patient', 'a', { gender: 'female' }],
      ['Patient', 'c', {}]
    ])
    const system = await all(store, {})
    t.strictSame(system.names.slice(2, 4), ['Device/d/2', 'Patient/a/2'])
    t.strictSame(system.names.slice(0, 2).sort(), ['Patient/a/3', 'Patient/c/1'])
    t.strictSame(system.names.slice(4).sort(), ['Device/d/1', 'Patient/a/1', 'Patient/b/1'])
    t.strictSame(system.totals, [7])
    t.strictSame(
      (await all(store, { type: 'Patient' })).names,
      system.names.filter((one) => one.startsWith('Patient/'))
    )
    t.strictSame(await all(store, { type: 'Device' }).then(({ names, totals }) => [names, totals]), [['Device/d/2', 'Device/d/1'], [2]])
    t.ok(system.versions.every(({ lastUpdated }, n) => n === 0 || lastUpdated <= system.versions[n - 1]!.lastUpdated))
    t.equal(system.versions.at(-1)!.method, 'PUT')
  })

  t.test('since: versions made at that instant or later; at: versions that were current at some time in the span', async (t) => {
    const store = await open(t)
    const called = new Map<string, string>()
    const make = async (as: string, one: Write) => {
      const { type, id, versionId, lastUpdated } = await write(store, one)
      called.set(`${type}/${id}/${versionId}`, as)
      return lastUpdated
    }
    const first = await make('Patient/a/1', put('Patient', 'a', { gender: 'male' }))
    await make('Device/d/1', put('Device', 'd'))
    const one = await tick(store)
    const second = await make('Patient/a/2', put('Patient', 'a', { gender: 'female' }))
    await make('Patient/b/1', put('Patient', 'b'))
    const two = await tick(store)
    await make('Patient/a/3', remove('Patient', 'a'))
    const three = await tick(store)
    const names = async (asked: Asked, count: number) => (await all(store, asked, count)).names.map((name) => called.get(name))

    const since = (asked: Asked) => names(asked, 1)
    t.strictSame(await since({ type: 'Patient', id: 'a', since: second }), ['Patient/a/3', 'Patient/a/2'])
    t.strictSame(await since({ type: 'Patient', id: 'a', since: three }), [])
    const at = (from: number, to: number, asked: Asked = {}) => names({ ...asked, at: { from, to } }, 1)
    const a = { type: 'Patient', id: 'a' }
    t.strictSame(await at(first - 1, first, a), [], 'to is exclusive')
    t.strictSame(await at(second, second + 1, a), ['Patient/a/2'], 'replaced at that very instant')
    t.strictSame(await at(second - 1, second, a), ['Patient/a/1'])
    t.strictSame(await at(second - 1, second + 1, a), ['Patient/a/2', 'Patient/a/1'])
    t.equal((await store.history({ ...a, at: { from: 0, to: two }, count: 1 }))!.total, 2, 'total of one resource')
    if (!isWide(store)) return t.comment(NARROW)
    t.strictSame(await since({ since: two }), ['Patient/a/3'])
    t.strictSame(await since({ type: 'Patient', since: second }), ['Patient/a/3', 'Patient/b/1', 'Patient/a/2'])
    t.strictSame(await since({ type: 'Patient', since: second + 1, at: { from: 0, to: two } }), ['Patient/b/1'])
    t.equal((await store.history({ type: 'Patient', since: second, count: 1 }))!.total, 3)
    t.equal((await store.history({ since: one, count: 0 }))!.total, 3)
    t.strictSame(await at(first - 1, first), [], 'to is exclusive')
    t.strictSame(await at(first, first + 1, { type: 'Patient' }), ['Patient/a/1'])
    t.strictSame((await at(two, two + 1)).sort(), ['Device/d/1', 'Patient/a/2', 'Patient/b/1'], 'made before, not replaced yet')
    t.strictSame((await at(three, three + 1000, { type: 'Patient' })).sort(), ['Patient/a/3', 'Patient/b/1'], 'deleted is a state, too')
    t.strictSame(await names({ at: { from: 0, to: three } }, 2), await names({}, 1000))
  })

  for (const asked of [
    {},
    { type: 'Patient' },
    { type: 'Patient', id: 'p0' },
    { type: 'Patient', since: 1 },
    { at: { from: 1, to: 9e15 } }
  ]) {
    t.test(`pages hold every version once, with the same total, while others write: ${JSON.stringify(asked)}`, async (t) => {
      const store = await open(t)
      if (!('id' in asked) && !isWide(store)) return t.comment(NARROW)
      await store.commit(Array.from({ length: 7 }, (_, n) => put('Patient', `p${n}`)))
      for (let n = 0; n < 9; n++) await store.commit([put('Patient', 'p0', { language: `x-${n}` }), put('Device', `d${n}`)])
      await write(store, remove('Patient', 'p3'))
      const { names, totals } = await all(store, asked)
      for (const count of [1, 3, 10, names.length]) {
        const before = await all(store, asked)
        const paged = await all(store, asked, count, (page) =>
          store.commit([put('Patient', 'p0', { language: `y-${count}-${page}` }), put('Patient', `new-${count}-${page}`)])
        )
        t.strictSame(paged.names, before.names, `${count} at a time`)
        t.ok(paged.totals.every((total) => total === before.totals[0]))
        t.equal(paged.totals.length, Math.ceil(before.names.length / count))
      }
      if (totals[0] !== undefined) t.equal(totals[0], names.length)
      await sound(t, store)
    })
  }

  t.test('of one resource and without `at` there is always a total', async (t) => {
    const store = await open(t)
    await write(store, put('Patient', 'p'))
    for (const asked of [...(isWide(store) ? [{}, { type: 'Patient' }] : []), { type: 'Patient', id: 'p' }])
      t.equal((await store.history({ ...asked, count: 1 }))!.total, 1)
    t.strictSame(await store.history({ type: 'Patient', id: 'p', count: 0 }), { versions: [], next: undefined, total: 1 })
  })

  t.test('a cursor that was not given for this history is refused', async (t) => {
    const store = await open(t)
    const asked = isWide(store) ? { type: 'Patient' } : { type: 'Patient', id: 'a' }
    const made = []
    for (const n of [1, 2, 3]) made.unshift(await write(store, put('Patient', isWide(store) ? 'abc'[n - 1]! : 'a', { language: `x-${n}` })))
    const { next } = (await store.history({ ...asked, count: 1 }))!
    t.match(
      (await store.history({ ...asked, count: 5, cursor: next! }))!.versions,
      made.slice(1).map(({ id, versionId }) => ({ id, versionId }))
    )
    await t.rejects(store.history({ ...asked, type: 'Device', count: 1, cursor: next! }), { code: 'search.page' })
    await t.rejects(store.history({ ...asked, count: 1, since: 1, cursor: next! }), { code: 'search.page' })
    for (const cursor of ['', '-', '1', '....', `${next}.1`, next!.toUpperCase(), "1' OR 1", '9'.repeat(99)]) {
      await t.rejects(store.history({ ...asked, count: 1, cursor }), { code: 'search.page' }, cursor)
    }
  })
}
