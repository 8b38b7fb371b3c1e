/** The state in Cloud Storage: Google's client over HTTP against the test server. */
import t from 'tap'
import { openState, type State } from '#wardbridge/state/state.js'
import { startStorage } from '../support/storage-server.js'
import { account, stateContract } from './state.js'

const server = await startStorage(t)
const { google } = server
let places = 0

t.afterEach(() => {
  server.fault = () => undefined
})

await t.test('contract', (t) =>
  stateContract(t, (_, times) => {
    const location = `gs://b/state-${++places}`
    return Promise.all(Array.from({ length: times }, () => openState(location, { google })))
  })
)

t.test('answers that are lost on the way change nothing twice, and nothing is taken for what another did', async (t) => {
  const state = await openState('gs://b/lost', { google })
  const ada = account('ada')
  let writes = 0
  let lost = 0
  server.fault = ({ method }) => {
    if (method !== 'POST' || ++writes % 3 !== 0) return undefined
    lost++
    return { lost: true }
  }
  t.equal(await state.accounts.add(ada), true)
  const session = { id: 's', account: ada.id, client: undefined, scope: undefined, until: Date.now() + 60_000 }
  t.equal(await state.sessions.open(session, Buffer.from('r0'), 'kept'), true)
  for (let n = 0; n < 6; n++)
    t.match(await state.sessions.rotate(Buffer.from(`r${n}`), Buffer.from(`r${n + 1}`), Date.now()), { outcome: 'rotated' })
  t.match(await state.sessions.get('s'), { id: 's' })
  for (let n = 0; n < 4; n++) t.equal(await state.limits.once(Buffer.from(`k${n}`), Date.now() + 60_000, Date.now()), true)
  for (let n = 0; n < 4; n++) t.equal(await state.beginRequest('me', `k${n}`, Buffer.from('a')), 'new')
  for (let n = 0; n < 6; n++) t.equal(await state.takeNumbers('n', 1, 1), n + 1)
  for (let n = 0; n < 4; n++) t.ok(await state.runs.begin({ id: `r${n}`, job: `j${n}`, by: 'x' }, Date.now(), 60_000))
  t.ok(lost > 5, `${lost} answers were lost`)
})

t.test('usernames, subjects and keys of requests are in no name', async (t) => {
  const state = await openState('gs://b/names', { google })
  const before = server.requests.length
  const ada = account('ada.lovelace')
  await state.accounts.add(ada)
  await state.accounts.named('ada.lovelace')
  await state.beginRequest('ada.lovelace', 'ada.lovelace', Buffer.from('a'))
  await state.audit.openBreakGlass('ada.lovelace', Date.now())
  await state.limits.once(Buffer.from('ada.lovelace'), Date.now() + 1000, Date.now())
  const urls = server.requests.slice(before).map(({ url }) => url)
  t.ok(urls.length > 5)
  t.notMatch(urls.join(' '), 'ada.lovelace')
})

t.test('there is no file of it to copy', async (t) => {
  const state: State = await openState('gs://b/backup', { google })
  await t.rejects(state.snapshot(), { code: 'backup.objects' })
})

t.test('without settings for Google Cloud it is not opened', (t) => t.rejects(openState('gs://b/x'), { code: 'store.open' }))

t.test('every request was one that the API description knows', async (t) => t.strictSame(server.complaints, []))
