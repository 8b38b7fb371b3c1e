import t from 'tap'
import { type Built, build } from '../../helper.js'
import { JSON_BODY, logIn, makeAccount, PASSWORD, post, statusWith } from './people.js'

function patch({ ask }: Built, id: string, body: object, token?: string) {
  return ask('PATCH', `/auth/accounts/${id}`, { body, headers: JSON_BODY, ...(token === undefined ? {} : { token }) })
}

t.test('an account is made, found, listed, and never shows its password', async (t) => {
  const built = await build(t)
  const made = await post(
    built,
    '/auth/accounts',
    { username: 'Ada', role: 'analyst', fhirUser: 'Practitioner/2', password: PASSWORD },
    built.token()
  )
  t.equal(made.status, 201)
  t.equal(made.headers['location'], `/auth/accounts/${made.json.id}`)
  const expected = { username: 'ada', role: 'analyst', fhirUser: 'Practitioner/2', status: 'active', mustChangePassword: false }
  t.match(made.json, { ...expected, id: /^[0-9a-f-]{36}$/, created: /Z$/ })
  const read = await built.ask('GET', made.headers['location']!)
  t.strictSame(read.json, made.json)
  t.strictSame((await built.ask('GET', '/auth/accounts')).json, { accounts: [made.json] })
  t.notMatch(read.text, /scrypt|password"/)
  t.equal((await built.ask('GET', '/auth/accounts/none')).status, 404)
})

t.test('accounts that cannot be are refused', async (t) => {
  const built = await build(t)
  await makeAccount(built, 'ada')
  const good = { username: 'bob', role: 'analyst', password: PASSWORD }
  for (const [change, status] of [
    [{ username: 'ADA' }, 409],
    [{ username: 'a b' }, 422],
    [{ username: '-' }, 422],
    [{ username: 'x'.repeat(65) }, 422],
    [{ role: 'emperor' }, 422],
    [{ role: 'system' }, 422],
    [{ role: 'toString' }, 422],
    [{ role: 'patient' }, 422],
    [{ role: 'patient', fhirUser: 'Practitioner/1' }, 422],
    [{ role: 'physician' }, 422],
    [{ role: 'physician', fhirUser: 'PractitionerRole/1' }, 422],
    [{ fhirUser: 'Patient/a b' }, 422],
    [{ fhirUser: 'Device/1' }, 422],
    [{ password: 'short' }, 422],
    [{ username: 7 }, 400],
    [{ admin: true }, 400],
    [{ username: undefined }, 400]
  ] as const) {
    const answer = await post(built, '/auth/accounts', { ...good, ...change }, built.token())
    t.equal(answer.status, status, JSON.stringify(change))
    t.match(answer.headers['content-type'], 'application/problem+json')
  }
  t.equal((await built.ask('GET', '/auth/accounts')).json.accounts.length, 1)
})

t.test('only administrators without scopes manage accounts', async (t) => {
  const built = await build(t)
  const id = await makeAccount(built, 'ada')
  const { signToken } = await import('#wardbridge/identity/tokens.js')
  const scoped = signToken(built.key, { subject: 'x', role: 'administrator', scope: 'system/*.cruds' }, 60)
  const { access_token } = await logIn(built, 'ada')
  for (const [token, status] of [
    [built.token('data-entry'), 403],
    [built.token('nobody'), 403],
    [access_token, 403],
    [scoped, 403],
    [false, 401]
  ] as const) {
    for (const [method, url] of [
      ['GET', '/auth/accounts'],
      ['POST', '/auth/accounts'],
      ['GET', `/auth/accounts/${id}`],
      ['PATCH', `/auth/accounts/${id}`],
      ['POST', `/auth/accounts/${id}/reset`]
    ] as const) {
      const body = method === 'GET' ? {} : { body: { role: 'administrator' }, headers: JSON_BODY }
      t.equal((await built.ask(method, url, { token, ...body })).status, status, `${method} ${url}`)
    }
  }
  t.equal((await built.identity.accounts.get(id)).role, 'analyst')
})

t.test('disabling ends sessions at once and keeps people out; enabling lets them log in again', async (t) => {
  const built = await build(t)
  const id = await makeAccount(built, 'ada')
  const { access_token, refresh_token } = await logIn(built, 'ada')
  t.equal(await statusWith(built, access_token), 200)
  t.match((await patch(built, id, { status: 'disabled' })).json, { status: 'disabled' })
  t.equal(await statusWith(built, access_token), 401)
  t.equal((await post(built, '/auth/refresh', { refresh_token })).status, 401)
  t.equal((await post(built, '/auth/login', { username: 'ada', password: PASSWORD })).status, 401)
  await patch(built, id, { status: 'active' })
  t.equal(await statusWith(built, access_token), 401, 'what has ended stays so')
  t.ok(await logIn(built, 'ada'))
  t.equal((await patch(built, id, { status: 'asleep' })).status, 400)
  t.equal((await patch(built, 'none', { status: 'disabled' })).status, 404)
})

t.test('another role ends the tokens of the old one, and must go with the person', async (t) => {
  const built = await build(t)
  const id = await makeAccount(built, 'ada', 'administrator', { fhirUser: 'Practitioner/2' })
  await makeAccount(built, 'bob', 'administrator')
  const { access_token } = await logIn(built, 'ada')
  t.equal((await built.ask('GET', '/auth/accounts', { token: access_token })).status, 200)
  t.match((await patch(built, id, { role: 'analyst' })).json, { role: 'analyst', fhirUser: 'Practitioner/2' })
  t.equal((await built.ask('GET', '/auth/accounts', { token: access_token })).status, 401)
  t.equal((await patch(built, id, { role: 'emperor' })).status, 422)
  t.equal((await patch(built, id, { role: 'patient' })).status, 422, 'a patient is a Patient')
  t.match((await patch(built, id, { role: 'physician' })).json, { role: 'physician', fhirUser: 'Practitioner/2' })
  t.equal((await patch(built, id, { fhirUser: null })).status, 422, 'a physician stays a Practitioner')
  t.match((await patch(built, id, { role: 'patient', fhirUser: 'Patient/3' })).json, { role: 'patient', fhirUser: 'Patient/3' })
  await patch(built, id, { role: 'analyst', fhirUser: 'Practitioner/2' })
  const { json } = await patch(built, id, { fhirUser: null })
  t.notOk(json.fhirUser)
})

t.test('the last active administrator can neither be disabled nor lose the role', async (t) => {
  const built = await build(t)
  const id = await makeAccount(built, 'ada', 'administrator')
  const other = await makeAccount(built, 'bob', 'administrator')
  t.equal((await patch(built, other, { status: 'disabled' })).status, 200)
  for (const change of [{ status: 'disabled' }, { role: 'analyst' }]) {
    const answer = await patch(built, id, change)
    t.equal(answer.status, 409)
    t.match(answer.json, { code: 'account.last-administrator' })
  }
  const { access_token } = await logIn(built, 'ada')
  t.equal(await statusWith(built, access_token), 200)
})

t.test('a reset gives a one-time password, ends sessions and the old password', async (t) => {
  const built = await build(t)
  const id = await makeAccount(built, 'ada')
  const { access_token } = await logIn(built, 'ada')
  const reset = await built.ask('POST', `/auth/accounts/${id}/reset`)
  t.equal(reset.status, 200)
  t.match(reset.json, { id, mustChangePassword: true, oneTimePassword: String })
  t.equal(await statusWith(built, access_token), 401)
  t.equal((await post(built, '/auth/login', { username: 'ada', password: PASSWORD })).status, 401)
  const { oneTimePassword: password } = reset.json
  t.equal((await post(built, '/auth/login', { username: 'ada', password, newPassword: 'five other little words' })).status, 200)
  t.equal((await built.ask('POST', '/auth/accounts/none/reset')).status, 404)
})

t.test('/docs/json describes the routes', async (t) => {
  const { ask } = await build(t)
  const { paths } = (await ask('GET', '/docs/json', { token: false })).json
  t.match(paths['/auth/login'].post, { tags: ['auth'], requestBody: { content: { 'application/json': {} } } })
  t.match(paths['/auth/token'].post, { requestBody: { content: { 'application/x-www-form-urlencoded': {} } } })
  t.match(paths['/auth/accounts'], { get: { security: [{ token: [] }] }, post: {} })
})
