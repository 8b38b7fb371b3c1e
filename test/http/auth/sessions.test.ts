import { createLocalJWKSet, jwtVerify } from 'jose'
import t from 'tap'
import { signToken } from '#wardbridge/identity/tokens.js'
import { openState } from '#wardbridge/state/state.js'
import { build } from '../../helper.js'
import { form, logIn, makeAccount, type Pair, post, statusWith } from './people.js'

t.test('a refresh token gives the next pair once; when it comes again, the whole session ends', async (t) => {
  const built = await build(t)
  await makeAccount(built, 'ada')
  const first = await logIn(built, 'ada')
  const other = await logIn(built, 'ada')
  const second = (await post(built, '/auth/refresh', { refresh_token: first.refresh_token })).json as Pair
  t.not(second.refresh_token, first.refresh_token)
  t.equal(await statusWith(built, second.access_token), 200)
  const third = (await form(built, '/auth/token', { grant_type: 'refresh_token', refresh_token: second.refresh_token })).json as Pair
  t.equal(await statusWith(built, third.access_token), 200)

  const reused = await post(built, '/auth/refresh', { refresh_token: first.refresh_token })
  t.equal(reused.status, 401)
  t.match(reused.json, { code: 'auth.refresh' })
  for (const pair of [first, second, third]) {
    t.equal(await statusWith(built, pair.access_token), 401, 'every access token of the session is refused')
    t.equal((await post(built, '/auth/refresh', { refresh_token: pair.refresh_token })).status, 401)
  }
  t.equal(await statusWith(built, other.access_token), 200, 'other sessions go on')
  const oauth = await form(built, '/auth/token', { grant_type: 'refresh_token', refresh_token: first.refresh_token })
  t.equal(oauth.status, 400)
  t.match(oauth.json, { error: 'invalid_grant', error_description: String })
})

t.test('of many that come with the same refresh token at once, one gets a pair', async (t) => {
  const built = await build(t)
  await makeAccount(built, 'ada')
  const { refresh_token } = await logIn(built, 'ada')
  const answers = await Promise.all(Array.from({ length: 8 }, () => post(built, '/auth/refresh', { refresh_token })))
  t.strictSame(answers.map(({ status }) => status).sort(), [200, ...Array(7).fill(401)])
})

t.test('a session ends when its time is over', async (t) => {
  const built = await build(t, { sessionLifetime: '1s' })
  await makeAccount(built, 'ada')
  const pair = await logIn(built, 'ada')
  const { exp } = JSON.parse(Buffer.from(pair.access_token.split('.')[1]!, 'base64url').toString()) as { exp: number }
  await new Promise((resolve) => setTimeout(resolve, exp * 1000 - Date.now() + 1010))
  t.equal(await statusWith(built, pair.access_token), 401)
  t.equal((await post(built, '/auth/refresh', { refresh_token: pair.refresh_token })).status, 401)
})

t.test('logout ends the session of the token, and that alone', async (t) => {
  const built = await build(t)
  await makeAccount(built, 'ada')
  const [one, two] = [await logIn(built, 'ada'), await logIn(built, 'ada')]
  t.equal(await statusWith(built, one.access_token), 200)
  t.equal((await built.ask('POST', '/auth/logout', { token: one.access_token })).status, 204)
  t.equal(await statusWith(built, one.access_token), 401)
  t.equal((await post(built, '/auth/refresh', { refresh_token: one.refresh_token })).status, 401)
  t.equal(await statusWith(built, two.access_token), 200)
  const operator = built.token()
  t.equal((await built.ask('POST', '/auth/logout', { token: operator })).status, 204, 'a token without a session')
  t.equal(await statusWith(built, operator), 401)
})

t.test('revocation (RFC 7009): an access token alone, a refresh token with its session, and 200 for anything else', async (t) => {
  const built = await build(t)
  await makeAccount(built, 'ada')
  const pair = await logIn(built, 'ada')
  t.equal(await statusWith(built, pair.access_token), 200)
  t.equal((await form(built, '/auth/revoke', { token: pair.access_token, token_type_hint: 'access_token' })).status, 200)
  t.equal(await statusWith(built, pair.access_token), 401)
  const next = (await post(built, '/auth/refresh', { refresh_token: pair.refresh_token })).json as Pair
  t.equal(await statusWith(built, next.access_token), 200, 'the session goes on')
  t.equal((await form(built, '/auth/revoke', { token: next.refresh_token })).status, 200)
  t.equal(await statusWith(built, next.access_token), 401)
  for (const token of ['nonsense', 'a.b.c', pair.access_token])
    t.equal((await form(built, '/auth/revoke', { token })).status, 200, token.slice(0, 9))
  t.equal((await form(built, '/auth/revoke', {})).status, 400)
})

t.test('what another process ends is ended here, too', async (t) => {
  const built = await build(t)
  const id = await makeAccount(built, 'ada')
  const elsewhere = await openState(built.settings.state)
  t.teardown(() => elsewhere.close())
  const settled = () => new Promise((resolve) => setTimeout(resolve, 15))
  for (const end of [
    () => elsewhere.accounts.change(id, { role: 'data-entry' }),
    (token: string) => elsewhere.sessions.end(sidOf(token)),
    (token: string) => elsewhere.sessions.revoke(claimsOf(token).jti, Date.now() + 60_000),
    async () => elsewhere.accounts.setPassword(id, (await elsewhere.accounts.get(id))!.password, { oneTimeUntil: undefined })
  ]) {
    const { access_token } = await logIn(built, 'ada')
    t.equal(await statusWith(built, access_token), 200)
    await end(access_token)
    await settled()
    t.equal(await statusWith(built, access_token), 401)
  }
  const { access_token, refresh_token } = await logIn(built, 'ada')
  t.equal(await statusWith(built, access_token), 200)
  await elsewhere.accounts.change(id, { status: 'disabled' })
  await settled()
  t.equal(await statusWith(built, access_token), 401)
  t.equal((await post(built, '/auth/refresh', { refresh_token })).status, 401)
})

t.test('keys: published as JWKs; after a rotation old tokens are valid, unless they are to be forgotten', async (t) => {
  const built = await build(t)
  const { token, state, ask } = built
  const old = token()
  t.equal(await statusWith(built, old), 200)
  state.getSigningKey({ until: Date.now() + 3_600_000 })
  const before = (await ask('GET', '/.well-known/jwks.json', { token: false })).json
  t.match(before, { keys: [{ kty: 'OKP', crv: 'Ed25519', x: String, kid: built.key.kid, alg: 'EdDSA', use: 'sig' }] })
  t.notOk(before.keys[0].d, 'no private part')

  const options = { issuer: 'wardbridge', audience: 'wardbridge', algorithms: ['EdDSA'] }
  t.match((await jwtVerify(old, createLocalJWKSet(before), options)).payload, { role: 'administrator' }, 'others can verify with them')

  const kid = state.rotateSigningKey({ forget: false })
  const after = (await ask('GET', '/.well-known/jwks.json', { token: false })).json
  t.strictSame(
    after.keys.map((key: { kid: string }) => key.kid),
    [kid, built.key.kid]
  )
  t.equal(await statusWith(built, old), 200)
  await makeAccount(built, 'ada')
  const { access_token } = await logIn(built, 'ada')
  t.equal(JSON.parse(Buffer.from(access_token.split('.')[0]!, 'base64url').toString()).kid, kid)
  t.equal(await statusWith(built, access_token), 200)

  state.rotateSigningKey({ forget: true })
  t.equal(await statusWith(built, old), 401)
  t.equal(await statusWith(built, access_token), 401)
  t.equal((await ask('GET', '/.well-known/jwks.json', { token: false })).json.keys.length, 1)
})

t.test('a key that has no valid token left is not published any more, and a new one is made when its time has come', async (t) => {
  const { state } = await build(t)
  const until = Date.now() + 60_000
  const first = await state.getSigningKey({ until })
  t.equal((await state.getSigningKey({ oldest: 0 })).kid, first.kid)
  const second = await state.getSigningKey({ oldest: Date.now() + 1 })
  t.not(second.kid, first.kid)
  t.strictSame(
    (await state.verificationKeys(until)).map(({ kid }) => kid),
    [second.kid, first.kid]
  )
  t.strictSame(
    (await state.verificationKeys(until + 86_400_000)).map(({ kid }) => kid),
    [second.kid]
  )
})

t.test('scopes, person and patient of a token reach the service as they are; odd ones are refused', async (t) => {
  const built = await build(t)
  const { key, ask, app } = built
  const seen: unknown[] = []
  app.addHook('preHandler', async (request) => void seen.push(request.principal))
  const who = { subject: 'ada', role: 'analyst', fhirUser: 'Practitioner/7', scope: 'user/*.rs', patient: 'p1' }
  await ask('GET', '/fhir/Patient', { token: signToken(key, who, 60) })
  t.match(seen[0], { ...who, token: /^[0-9a-f-]{36}$/, from: '127.0.0.1' })
  for (const odd of [{ fhirUser: 'Observation/1' }, { fhirUser: 'Patient/../x' }, { patient: 'a/b' }, { scope: 7 as unknown as string }]) {
    t.equal(await statusWith(built, signToken(key, { ...who, ...odd }, 60)), 401, JSON.stringify(odd))
  }
})

function claimsOf(token: string): { readonly sid: string; readonly jti: string } {
  return JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString())
}

function sidOf(token: string): string {
  return claimsOf(token).sid
}
