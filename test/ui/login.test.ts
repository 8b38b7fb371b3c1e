import { createHash } from 'node:crypto'
import { createLocalJWKSet, jwtVerify } from 'jose'
import t, { type Test } from 'tap'
import { type Built, build } from '../helper.js'
import { form, logIn, makeAccount, PASSWORD, post, statusWith } from '../http/auth/people.js'

const VERIFIER = 'v'.repeat(50)
const REDIRECT = 'https://app.example.org/back?x=1'

interface App {
  readonly built: Built
  readonly client: string
  readonly request: Readonly<Record<string, string>>
}

async function app(t: Test): Promise<App> {
  const built = await build(t)
  const scope = 'user/*.rs patient/*.rs launch/patient offline_access openid fhirUser'
  const registration = { client_name: 'Ward <round>', scope, redirect_uris: [REDIRECT, 'org.example.app:/back'] }
  const { json } = await post(built, '/auth/clients', registration, built.token())
  const request = {
    response_type: 'code',
    client_id: json.client_id,
    redirect_uri: REDIRECT,
    scope: 'user/Patient.rs offline_access',
    state: 's&<1',
    aud: 'http://localhost:80/fhir',
    code_challenge: createHash('sha256').update(VERIFIER).digest('base64url'),
    code_challenge_method: 'S256'
  }
  return { built, client: json.client_id, request }
}

function open({ built }: App, request: Readonly<Record<string, string>>) {
  return built.ask('GET', `/auth/authorize?${new URLSearchParams(request)}`, { token: false })
}

function agree({ built, request }: App, more: Readonly<Record<string, string>> = {}) {
  return form(built, '/auth/authorize', { ...request, username: 'ada', password: PASSWORD, ...more })
}

async function codeOf(app: App, more: Readonly<Record<string, string>> = {}): Promise<string> {
  const answer = await agree(app, more)
  if (answer.status !== 303) throw new Error(answer.text)
  return new URL(answer.headers['location']!).searchParams.get('code')!
}

function redeem({ built, client }: App, code: string, more: Readonly<Record<string, string>> = {}) {
  return form(built, '/auth/token', {
    grant_type: 'authorization_code',
    code,
    client_id: client,
    redirect_uri: REDIRECT,
    code_verifier: VERIFIER,
    ...more
  })
}

t.test('a person logs in, agrees, and the app gets tokens within the scopes', async (t) => {
  const ward = await app(t)
  const { built } = ward
  const id = await makeAccount(built, 'ada')
  const page = await open(ward, ward.request)
  t.equal(page.status, 200)
  t.match(page.text, 'Ward &lt;round&gt;')
  t.match(page.text, 'read, search Patient data that you may see')
  t.match(page.text, 'value="s&amp;&lt;1"')
  t.match(page.headers['content-security-policy'], "form-action 'self' https://app.example.org;")
  t.match(page.headers['content-security-policy'], "frame-ancestors 'none'")
  t.equal(page.headers['cache-control'], 'no-store')

  const back = await agree(ward)
  t.equal(back.status, 303)
  const url = new URL(back.headers['location']!)
  t.equal(url.origin + url.pathname, 'https://app.example.org/back')
  t.equal(url.searchParams.get('x'), '1')
  t.equal(url.searchParams.get('state'), 's&<1')

  const tokens = await redeem(ward, url.searchParams.get('code')!)
  t.equal(tokens.status, 200, tokens.text)
  t.match(tokens.json, { token_type: 'Bearer', expires_in: 600, scope: 'user/Patient.rs offline_access', refresh_token: String })
  t.notOk(tokens.json.patient)
  t.match(JSON.parse(Buffer.from(tokens.json.access_token.split('.')[1], 'base64url').toString()), {
    sub: id,
    role: 'analyst',
    scope: 'user/Patient.rs offline_access',
    client_id: ward.client
  })
  t.equal(await statusWith(built, tokens.json.access_token), 200)
  const { refresh_token } = tokens.json
  t.equal((await form(built, '/auth/token', { grant_type: 'refresh_token', refresh_token })).status, 400, 'without its client')
  const next = await form(built, '/auth/token', { grant_type: 'refresh_token', refresh_token, client_id: ward.client })
  t.match(next.json, { scope: 'user/Patient.rs offline_access', access_token: String })
  t.equal(
    (
      await built.ask('POST', '/auth/password', {
        token: next.json.access_token,
        body: '{"password":"a","newPassword":"b"}',
        headers: { 'content-type': 'application/json' }
      })
    ).status,
    403
  )
  await built.ask('DELETE', `/auth/clients/${ward.client}`)
  t.equal(await statusWith(built, next.json.access_token), 401, 'ends with its client')
  t.ok(await logIn(built, 'ada'))
})

t.test('a code can be used once, by its client, for its address, with its verifier; twice ends what it opened', async (t) => {
  const ward = await app(t)
  await makeAccount(ward.built, 'ada')
  const code = await codeOf(ward)
  for (const [name, change] of Object.entries<Record<string, string>>({
    'another verifier': { code_verifier: 'w'.repeat(50) },
    'a short verifier': { code_verifier: 'v' },
    'another address': { redirect_uri: 'org.example.app:/back' },
    'another client': { client_id: 'x' },
    'a changed code': { code: `${code.slice(0, -3)}abc` },
    rubbish: { code: 'abc' }
  })) {
    const answer = await redeem(ward, code, change)
    t.equal(answer.status, 400, name)
    t.match(answer.json, { error: 'invalid_grant' }, name)
  }
  t.match((await redeem(ward, code, { code_verifier: '' })).json, { error: 'invalid_request' })
  const first = await redeem(ward, code)
  t.equal(await statusWith(ward.built, first.json.access_token), 200)
  t.match((await redeem(ward, code)).json, { error: 'invalid_grant' })
  t.equal(await statusWith(ward.built, first.json.access_token), 401)

  const late = await codeOf(ward)
  const { id } = await ward.built.identity.accounts.named('ada')
  await ward.built.identity.accounts.reset(id, { subject: 'x', from: 'x' })
  t.match((await redeem(ward, late)).json, { error: 'invalid_grant' }, 'the password was reset meanwhile')
})

t.test('without offline_access or online_access there is no refresh token', async (t) => {
  const ward = await app(t)
  await makeAccount(ward.built, 'ada')
  const { json } = await redeem(ward, await codeOf(ward, { scope: 'user/Patient.rs' }))
  t.equal(json.scope, 'user/Patient.rs')
  t.notOk(json.refresh_token)
})

t.test('who has no patient to stand for gets no patient scopes', async (t) => {
  const ward = await app(t)
  await makeAccount(ward.built, 'ada')
  const { json } = await redeem(ward, await codeOf(ward, { scope: 'launch/patient patient/*.rs user/Encounter.rs' }))
  t.equal(json.scope, 'user/Encounter.rs')
  t.equal((await agree(ward, { scope: 'launch/patient patient/*.rs' })).status, 403)
})

t.test('an account that stands for a patient says which', async (t) => {
  const ward = await app(t)
  await makeAccount(ward.built, 'ada', 'patient', { fhirUser: 'Patient/p-1' })
  const { json } = await redeem(ward, await codeOf(ward, { scope: 'launch/patient patient/*.rs' }))
  t.match(json, { patient: 'p-1', scope: 'launch/patient patient/*.rs' })
  t.match(JSON.parse(Buffer.from(json.access_token.split('.')[1], 'base64url').toString()), { patient: 'p-1', fhirUser: 'Patient/p-1' })
})

t.test('with openid the app learns who logged in, by an id_token that the published keys verify and that is no access token', async (t) => {
  const ward = await app(t)
  const { built } = ward
  const id = await makeAccount(built, 'ada', 'analyst', { fhirUser: 'Practitioner/2' })
  const { json } = await redeem(ward, await codeOf(ward, { scope: 'openid fhirUser user/Patient.rs', nonce: 'n-1' }))
  t.equal(json.scope, 'openid fhirUser user/Patient.rs')
  const configuration = (await built.ask('GET', '/.well-known/openid-configuration', { token: false })).json
  t.match(configuration, {
    issuer: 'http://localhost:80',
    id_token_signing_alg_values_supported: ['RS256'],
    response_types_supported: ['code']
  })
  const keys = (await built.ask('GET', configuration.jwks_uri.slice(configuration.issuer.length), { token: false })).json
  const options = { issuer: configuration.issuer, audience: ward.client, algorithms: ['RS256'] }
  const { payload, protectedHeader } = await jwtVerify(json.id_token, createLocalJWKSet(keys), options)
  t.match(payload, { sub: id, nonce: 'n-1', fhirUser: 'http://localhost:80/fhir/Practitioner/2', auth_time: Number })
  t.equal(payload.exp! - payload.iat!, 600)
  t.ok(keys.keys.some((key: { kid: string; alg: string }) => key.kid === protectedHeader.kid && key.alg === 'RS256'))
  t.equal(await statusWith(built, json.id_token), 401)

  const plain = (await redeem(ward, await codeOf(ward, { scope: 'openid' }))).json
  const claims = JSON.parse(Buffer.from(plain.id_token.split('.')[1], 'base64url').toString())
  t.notOk(claims.fhirUser ?? claims.nonce)
  t.equal(await statusWith(built, plain.access_token), 403, 'openid alone lets nobody read')
  t.notOk((await redeem(ward, await codeOf(ward))).json.id_token)
})

t.test('nobody is sent to an address that is not registered', async (t) => {
  const ward = await app(t)
  const changes: ReadonlyArray<Record<string, string>> = [
    { client_id: 'unknown' },
    { redirect_uri: 'https://evil.example.org/back' },
    { redirect_uri: 'https://app.example.org/back' },
    { redirect_uri: `${REDIRECT}&y=2` },
    { redirect_uri: '' }
  ]
  for (const change of changes) {
    for (const answer of [await open(ward, { ...ward.request, ...change }), await agree(ward, change)]) {
      t.equal(answer.status, 400, JSON.stringify(change))
      t.notOk(answer.headers['location'])
      t.match(answer.headers['content-type'], 'text/html')
    }
  }
})

t.test('the app is told what is wrong with its request, and that the person did not agree', async (t) => {
  const ward = await app(t)
  const errorOf = (answer: { headers: Readonly<Record<string, string | undefined>> }) => {
    const url = new URL(answer.headers['location']!)
    return [url.searchParams.get('error'), url.searchParams.get('state')]
  }
  for (const [change, error] of [
    [{ response_type: 'token' }, 'unsupported_response_type'],
    [{ code_challenge_method: 'plain' }, 'invalid_request'],
    [{ code_challenge: '' }, 'invalid_request'],
    [{ aud: 'https://other.example.org/fhir' }, 'invalid_request'],
    [{ scope: 'system/*.rs' }, 'invalid_scope'],
    [{ scope: 'fhirUser offline_access' }, 'invalid_scope']
  ] as const) {
    t.strictSame(errorOf(await open(ward, { ...ward.request, ...change })), [error, 's&<1'], error)
  }
  t.strictSame(errorOf(await agree(ward, { deny: 'yes' })), ['access_denied', 's&<1'])
  const { state, ...stateless } = ward.request
  t.strictSame(errorOf(await open(ward, stateless)), ['invalid_request', null], `without ${state}`)
})

t.test('a failed login is shown on the page, and no password comes back', async (t) => {
  const ward = await app(t)
  await makeAccount(ward.built, 'ada')
  const wrong = await agree(ward, { password: 'guessed-phrase' })
  t.equal(wrong.status, 401)
  t.match(wrong.text, 'Username or password are wrong')
  t.match(wrong.text, 'value="ada"')
  t.notMatch(wrong.text, 'guessed-phrase')
  const { id } = await ward.built.identity.accounts.named('ada')
  const { oneTimePassword: password } = await ward.built.identity.accounts.reset(id, { subject: 'x', from: 'x' })
  const change = await agree(ward, { password: password! })
  t.equal(change.status, 403)
  t.match(change.text, 'name="newPassword"')
  t.equal((await agree(ward, { password: password!, newPassword: 'five other little words' })).status, 303)
  t.notMatch(ward.built.log.join(''), /guessed-phrase|five other|code_challenge/)
})
