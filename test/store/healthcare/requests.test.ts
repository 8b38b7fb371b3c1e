/** The calls behind one request: they share its time, end with it, and are counted. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { asRequest } from '#wardbridge/google/request.js'
import { openStore } from '#wardbridge/store/open.js'
import { put } from '../../contract/repository.js'
import { build } from '../../helper.js'
import { startFaults } from '../../support/faults.js'
import { startTwin } from '../../support/twin.js'

const twin = await startTwin(t)
const state = mkdtempSync(join(tmpdir(), 'wardbridge-'))
t.teardown(() => rmSync(state, { recursive: true }))

t.test('when the client goes away, a read ends and is not tried again', async (t) => {
  const proxy = await startFaults(t, twin.url, { rate: 0, kinds: ['slow'], slow: 5000 })
  const built = await build(t, { store: await twin.create(), state, googleHealthcareUrl: proxy.url, googleToken: twin.google.token! })
  const url = await built.app.listen({ host: '127.0.0.1', port: 0 })
  proxy.set({ rate: 1 })
  const headers = { authorization: `Bearer ${built.token()}` }
  await t.rejects(fetch(`${url}/fhir/Patient/p`, { headers, signal: AbortSignal.timeout(300) }))
  proxy.set({ rate: 0 })
  const metrics = async () => (await built.ask('GET', '/metrics')).text
  let text = await metrics()
  for (let looks = 0; looks < 50 && !text.includes('outcome="cancelled"'); looks++) {
    await new Promise((resolve) => setTimeout(resolve, 20))
    text = await metrics()
  }
  t.match(text, /wardbridge_google_calls_total\{service="healthcare",method="read",outcome="cancelled"\} 1/)
  t.notMatch(text, /wardbridge_google_retries_total\{service="healthcare",method="read"/)
  t.match(text, /wardbridge_google_call_seconds_count\{service="healthcare",method="fhirStores.get"\} [1-9]/)
})

t.test('all calls of a request share one budget; work in the background has it for each', async (t) => {
  const proxy = await startFaults(t, twin.url, { rate: 0, kinds: ['503'] })
  const store = await openStore(twin.store, { google: twin.through(proxy.url, 600) })
  t.teardown(() => store.close())
  proxy.set({ rate: 1 })
  const spent = { code: 'healthcare.unavailable' }
  await asRequest(new AbortController().signal, async () => {
    await t.rejects(store.read('Patient', 'p'), spent)
    const tries = proxy.done['503']
    await new Promise((resolve) => setTimeout(resolve, 600))
    await t.rejects(store.read('Patient', 'p'), spent)
    t.equal(proxy.done['503'], tries, 'nothing is asked when there is no time left')
  })
  const tries = proxy.done['503']
  await t.rejects(store.read('Patient', 'p'), spent)
  t.ok(proxy.done['503'] > tries)
  proxy.set({ rate: 0 })
  await store.commit(['a', 'b'].map((id) => put('Patient', id)))
  await asRequest(new AbortController().signal, async () => {
    await store.read('Patient', 'a')
    await new Promise((resolve) => setTimeout(resolve, 600))
    const ids: string[] = []
    for await (const { id } of store.each('Patient')) ids.push(id)
    t.strictSame(ids, ['a', 'b'], 'a list may take longer than that')
  })
})

t.test('a store that does not fit, or is not there, is not opened', async (t) => {
  const { google } = twin
  const fits = await twin.create({ enableUpdateCreate: false })
  await t.rejects(openStore(fits, { google }), { code: 'store.open', message: /enableUpdateCreate/ })
  await t.rejects(openStore(`${fits}-not`, { google }), { code: 'store.open', message: /no such FHIR store/ })
  await t.rejects(openStore(fits, { google: { ...google, token: 'not a token' } }), { code: 'store.open', message: /credentials/ })
  await t.rejects(openStore(fits), { code: 'store.open' })
})
