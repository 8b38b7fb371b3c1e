import t, { type Test } from 'tap'
import { Definitions } from '#wardbridge/service/definitions.js'
import { Terminology } from '#wardbridge/service/terminology.js'
import { openStore } from '#wardbridge/store/open.js'

const SYSTEM = 'urn:words'

async function open(test: Test, seconds: number) {
  const store = await openStore(`${test.testdir()}/store.db`)
  const terminology = new Terminology(new Definitions(store), seconds)
  test.teardown(async () => {
    await terminology.close()
    await store.close()
  })
  const put = (type: string, id: string, more: object) =>
    store.commit([{ method: 'put', type, id, text: JSON.stringify({ resourceType: type, id, status: 'active', ...more }) }])
  await put('CodeSystem', 'words', { url: SYSTEM, content: 'complete', concept: [{ code: 'a'.repeat(40) }, { code: 'b' }] })
  return { terminology, put }
}

t.test('gives up a question that takes too long, and answers the others', async (t) => {
  const { terminology, put } = await open(t, 2)
  // Exponential time on a code that nearly matches.
  const filter = [{ property: 'code', op: 'regex', value: '(a+)+b' }]
  await put('ValueSet', 'endless', { url: 'urn:endless', compose: { include: [{ system: SYSTEM, filter }] } })
  await t.resolves(terminology.related(SYSTEM, 'b', 'below'), 'the thread is there')
  const endless = terminology.ask({ kind: 'expand', valueSet: 'urn:endless', options: {} })
  const lookup = terminology.ask({ kind: 'lookup', system: SYSTEM, code: 'b', options: {} })
  await t.rejects(endless, { code: 'terminology.too-costly' })
  t.match(JSON.parse(await lookup), { resourceType: 'Parameters' })
})

t.test('keeps sets of codes until something they rest on changes', async (t) => {
  const { terminology, put } = await open(t, 30)
  await put('ValueSet', 'all', { url: 'urn:all', compose: { include: [{ valueSet: ['urn:part'] }] } })
  await put('ValueSet', 'part', { url: 'urn:part', compose: { include: [{ system: SYSTEM }] } })
  const first = await terminology.codes('urn:all')
  t.equal(first.get(SYSTEM)?.size, 2)
  t.equal(await terminology.codes('urn:all'), first, 'the same set')
  await put('CodeSystem', 'words', { url: SYSTEM, content: 'complete', concept: [{ code: 'c' }] })
  t.same([...(await terminology.codes('urn:all')).get(SYSTEM)!], ['c'])
  await put('ValueSet', 'part', { url: 'urn:part', compose: { include: [{ system: SYSTEM, concept: [{ code: 'b' }] }] } })
  t.equal((await terminology.codes('urn:all')).size, 0)
})

t.test('refuses questions once it is closed, and those that wait', async (t) => {
  const { terminology } = await open(t, 30)
  const waiting = terminology.ask({ kind: 'lookup', system: SYSTEM, code: 'b', options: {} })
  await Promise.all([t.rejects(waiting), terminology.close()])
  await t.rejects(terminology.codes('urn:all'))
})
