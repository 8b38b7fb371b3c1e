/** The part of the contract about what a commit may rest on: expectations and versions, with many writers at once. */
import type { Test } from 'tap'
import { parseSearch } from '#wardbridge/fhir/search-query.js'
import type { Expectation, Repository, Write } from '#wardbridge/store/repository.js'
import { ids, nth, type Open, put, sound, write } from './repository.js'

/** parameters as in a URL. */
const query = (type: string, parameters: string) => parseSearch(type, [...new URLSearchParams(parameters)], { handling: 'strict' })
const expect = (type: string, parameters: string, ...found: readonly string[]): Expectation => ({ query: query(type, parameters), found })
const identified = (id: string, value: string, more: object = {}): Write =>
  put('Patient', id, { identifier: [{ system: 'urn:mrn', value }], ...more })

/** Conditional create (R4 http.html#ccreate) as the service does it: search, decide, commit with what was found; again when that has changed. */
export async function createOnce(store: Repository, one: Extract<Write, { method: 'put' }>, parameters: string): Promise<string> {
  for (;;) {
    const { resources } = await store.search(query(one.type, parameters))
    if (resources.length > 0) return resources[0]!.id
    try {
      await store.commit([one], [expect(one.type, parameters)])
      return one.id
    } catch (error) {
      if ((error as { code?: string }).code !== 'resource.raced') throw error
    }
  }
}

/** Read, add one, write with If-Match, until it is the own addition that was taken; `times` times. */
export async function countUp(store: Repository, id: string, times: number): Promise<void> {
  for (let done = 0; done < times; ) {
    const { versionId, body } = (await store.read('Patient', id))!
    const { multipleBirthInteger = 0 } = JSON.parse(body.toString()) as { multipleBirthInteger?: number }
    try {
      const precondition = { kind: 'version', versionId } as const
      await write(store, put('Patient', id, { multipleBirthInteger: multipleBirthInteger + 1 }, { precondition }))
      done++
    } catch (error) {
      if ((error as { code?: string }).code !== 'resource.conflict') throw error
    }
  }
}

export function commitContract(t: Test, open: Open): void {
  t.test('a commit is refused when a search finds other resources than it expects: more, fewer, others', async (t) => {
    const store = await open(t)
    await store.commit([identified('a', '1'), identified('b', '2'), identified('c', '2'), put('Device', 'd')])
    const attempt = (...expectations: readonly Expectation[]) =>
      store.commit([put('Patient', 'x', { language: `x-${Math.random()}` })], expectations)
    const raced = { code: 'resource.raced' }
    await t.rejects(attempt(expect('Patient', 'identifier=urn:mrn|1')), raced, 'nothing expected, one found')
    await t.rejects(attempt(expect('Patient', 'identifier=urn:mrn|3', 'Patient/a')), raced, 'one expected, nothing found')
    await t.rejects(attempt(expect('Patient', 'identifier=urn:mrn|1', 'Patient/b')), raced, 'another one')
    await t.rejects(attempt(expect('Patient', 'identifier=urn:mrn|2', 'Patient/b')), raced, 'one too few')
    await t.rejects(attempt(expect('Patient', 'identifier=urn:mrn|2', 'Patient/b', 'Patient/c', 'Patient/a')), raced, 'one too many')
    await t.rejects(attempt(expect('Device', '_id=d', 'Device/d'), expect('Device', '_id=e', 'Device/e')), raced, 'the second of two types')
    t.equal(await store.read('Patient', 'x'), undefined, 'nothing was written')

    await attempt(expect('Patient', 'identifier=urn:mrn|2', 'Patient/c', 'Patient/b'))
    await attempt(
      expect('Patient', 'identifier=urn:mrn|3'),
      expect('Device', '_id=d', 'Device/d'),
      expect('Patient', '_id=a&_count=0', 'Patient/a')
    )
    const { next } = await store.search(query('Patient', 'identifier=urn:mrn|2&_count=1'))
    await attempt({ query: { ...query('Patient', 'identifier=urn:mrn|2&_count=1'), cursor: next }, found: ['Patient/b', 'Patient/c'] })
    t.match(await store.read('Patient', 'x'), { versionId: nth(store, 3) })
  })

  t.test('an expectation sees the commits before it, deletions too, but not the writes of its own commit', async (t) => {
    const store = await open(t)
    const none = expect('Patient', 'identifier=urn:mrn|1')
    await store.commit([identified('a', '1')], [none])
    await t.rejects(store.commit([identified('b', '1')], [none]), { code: 'resource.raced' })
    await store.commit(
      [{ method: 'delete', type: 'Patient', id: 'a' }, identified('c', '1')],
      [expect('Patient', 'identifier=urn:mrn|1', 'Patient/a')]
    )
    await store.commit([identified('c', '2')])
    await store.commit([identified('d', '1')], [none])
    t.strictSame(await ids(store, 'Patient', 'identifier=urn:mrn|1'), ['d'])
  })

  t.test(
    'of commits made at once with the same expectation, exactly one is done; what others expect is judged one after the other',
    async (t) => {
      const store = await open(t)
      const none = expect('Patient', 'identifier=urn:mrn|1')
      const settled = await Promise.allSettled([
        store.commit([identified('rolled-back', '1'), { method: 'delete', type: 'Patient', id: 'never' }], [none]),
        ...Array.from({ length: 20 }, (_, n) => store.commit([identified(`p${n}`, '1')], [none])),
        store.commit([identified('more', '2')], [expect('Patient', 'identifier=urn:mrn|1', 'Patient/p0')])
      ])
      t.strictSame(
        settled.map(({ status }) => status === 'fulfilled'),
        [false, true, ...Array.from({ length: 19 }, () => false), true]
      )
      t.strictSame(await ids(store, 'Patient', ''), ['more', 'p0'])
    }
  )

  t.test('100 conditional creates of one identifier at once give one resource, which all of them get', async (t) => {
    const store = await open(t)
    const parameters = 'identifier=urn:mrn|1'
    const got = await Promise.all(
      Array.from({ length: 100 }, (_, n) => createOnce(store, identified(`p${n}`, '1') as Extract<Write, { method: 'put' }>, parameters))
    )
    t.strictSame([...new Set(got)], await ids(store, 'Patient', parameters))
    t.equal((await store.history({ type: 'Patient', id: got[0]!, count: 10 }))!.versions.length, 1)
    await sound(t, store, { resources: 1, versions: 1 })
  })

  t.test('many writers that read one resource, add one and write with its version: no addition is lost', async (t) => {
    const store = await open(t)
    // Most tries are in vain: fewer where each is several calls over a network.
    const [writers, times] = store.capabilities().searches === 'immediate' ? [32, 10] : [8, 4]
    await write(store, put('Patient', 'p'))
    await Promise.all(Array.from({ length: writers }, () => countUp(store, 'p', times)))
    const { versionId, body } = (await store.read('Patient', 'p'))!
    t.match(JSON.parse(body.toString()), { multipleBirthInteger: writers * times })
    t.match(versionId, nth(store, writers * times + 1))
  })
}
