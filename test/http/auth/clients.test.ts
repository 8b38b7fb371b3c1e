import { spawnSync } from 'node:child_process'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'
import t from 'tap'
import { type Built, build } from '../../helper.js'
import { form, JSON_BODY, post, statusWith } from './people.js'

interface Key {
  readonly alg: string
  readonly privateKey: CryptoKey
  readonly jwk: JWK
}

const ENDPOINT = 'http://localhost:80/auth/token'
const TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

const RSA = await makeKey('RS384', 'r1')
const EC = await makeKey('ES384', 'e1')

async function makeKey(alg: string, kid: string): Promise<Key> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
  return { alg, privateKey, jwk: { ...(await exportJWK(publicKey)), kid } }
}

async function register(built: Built, more: object = {}): Promise<string> {
  const client = { client_name: 'Laboratory', role: 'analyst', scope: 'system/*.rs', jwks: { keys: [RSA.jwk, EC.jwk] }, ...more }
  const answer = await post(built, '/auth/clients', client, built.token())
  t.equal(answer.status, 201, answer.text)
  return answer.json.client_id
}

let count = 0

interface Assertion {
  readonly key?: Key
  readonly header?: object
  readonly claims?: object
  readonly audience?: string
}

function assertion(id: string, { key = RSA, header = {}, claims = {}, audience = ENDPOINT }: Assertion = {}): Promise<string> {
  const now = Math.floor(Date.now() / 1000)
  return new SignJWT({ iss: id, sub: id, aud: audience, exp: now + 240, jti: `jti-${count++}`, ...claims })
    .setProtectedHeader({ alg: key.alg, kid: key.jwk.kid!, typ: 'JWT', ...header })
    .sign(key.privateKey)
}

function ask(built: Built, client_assertion: string, more: Readonly<Record<string, string>> = {}) {
  return form(built, '/auth/token', {
    grant_type: 'client_credentials',
    scope: 'system/*.rs',
    client_assertion_type: TYPE,
    client_assertion,
    ...more
  })
}

t.test('a program that signs with RS384 or ES384 gets a token of its role and scopes, without a refresh token', async (t) => {
  const built = await build(t)
  const id = await register(built)
  for (const key of [RSA, EC]) {
    const answer = await ask(built, await assertion(id, { key }))
    t.equal(answer.status, 200, answer.text)
    t.equal(answer.headers['cache-control'], 'no-store')
    t.match(answer.json, { token_type: 'Bearer', expires_in: 600, scope: 'system/*.rs', access_token: String })
    t.notOk(answer.json.refresh_token)
    t.match(JSON.parse(Buffer.from(answer.json.access_token.split('.')[1], 'base64url').toString()), {
      sub: id,
      role: 'analyst',
      scope: 'system/*.rs',
      client_id: id
    })
  }
})

t.test('an assertion that is not exactly right is invalid_client, and says no more than why', async (t) => {
  const built = await build(t)
  const id = await register(built)
  const other = await register(built)
  const now = Math.floor(Date.now() / 1000)
  const stranger = await makeKey('RS384', 'r1')
  const weak = await makeKey('RS256', 'r1')
  const unsigned = (header: object, claims: object) =>
    [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.') + '.'
  const claims = { iss: id, sub: id, aud: ENDPOINT, exp: now + 60, jti: 'none' }
  const refused: Record<string, string> = {
    'another key': await assertion(id, { key: stranger }),
    'another algorithm': await assertion(id, { key: { ...weak, alg: 'RS256' } }),
    'alg none': unsigned({ alg: 'none' }, claims),
    'an HMAC of the public key': await new SignJWT(claims)
      .setProtectedHeader({ alg: 'HS384', kid: 'r1' })
      .sign(new TextEncoder().encode(JSON.stringify(RSA.jwk))),
    'an unknown kid': await assertion(id, { header: { kid: 'x' } }),
    'no kid': await assertion(id, { header: { kid: undefined } }),
    'another jku': await assertion(id, { header: { jku: 'https://evil.example.org/keys' } }),
    'another audience': await assertion(id, { audience: 'http://localhost:80/auth/login' }),
    'no audience': await assertion(id, { claims: { aud: undefined } }),
    expired: await assertion(id, { claims: { exp: now - 60 } }),
    'no expiry': await assertion(id, { claims: { exp: undefined } }),
    'more than five minutes': await assertion(id, { claims: { exp: now + 330 } }),
    'not valid yet': await assertion(id, { claims: { nbf: now + 60 } }),
    'sub is somebody else': await assertion(id, { claims: { sub: other } }),
    'no sub': await assertion(id, { claims: { sub: undefined } }),
    'an unknown client': await assertion('11111111-1111-1111-1111-111111111111'),
    'no jti': await assertion(id, { claims: { jti: undefined } }),
    'an empty jti': await assertion(id, { claims: { jti: '' } }),
    rubbish: 'abc'
  }
  for (const [name, value] of Object.entries(refused)) {
    const answer = await ask(built, value)
    t.equal(answer.status, 401, name)
    t.match(answer.json, { error: 'invalid_client', error_description: String }, name)
    t.match(answer.headers['content-type'], 'application/json')
  }
  const typed = await ask(built, await assertion(id), { client_assertion_type: 'urn:other' })
  t.match(typed.json, { error: 'invalid_client' })
  t.match((await ask(built, await assertion(id), { client_id: other })).json, { error: 'invalid_client' })
})

t.test('a jti can be used once, also in another process', async (t) => {
  const built = await build(t)
  const id = await register(built)
  const once = await assertion(id)
  t.equal((await ask(built, once)).status, 200)
  const again = await ask(built, once)
  t.equal(again.status, 401)
  t.match(again.json, { error: 'invalid_client', error_description: /jti/ })

  const used = await assertion(id)
  const url = (name: string) => JSON.stringify(import.meta.resolve(`#wardbridge/${name}.js`))
  const script = `
    import { Identity } from ${url('identity/identity')}
    import { loadSettings } from ${url('config')}
    import { openState } from ${url('state/state')}
    const settings = loadSettings({ store: process.argv[1] }, {})
    const state = await openState(settings.state)
    console.log((await new Identity(state, settings).assertions.clientOf(process.argv[2], process.argv[3])).id)
    state.close()`
  const child = spawnSync(process.execPath, ['--input-type=module', '-e', script, built.settings.store, used, ENDPOINT], {
    encoding: 'utf8'
  })
  t.equal(child.stdout.trim(), id, child.stderr)
  t.equal((await ask(built, used)).status, 401)
  t.equal((await ask(built, await assertion(id, { claims: { jti: `jti-${count - 2}` } }))).status, 401)
  const other = await register(built)
  t.equal((await ask(built, await assertion(other, { claims: { jti: 'mine' } }))).status, 200)
  t.equal((await ask(built, await assertion(id, { claims: { jti: 'mine' } }))).status, 200, 'each client has its own')
})

t.test('scopes: within the registered ones, by either syntax; nothing left is invalid_scope', async (t) => {
  const built = await build(t)
  const id = await register(built, { scope: 'system/Patient.rs system/Observation.*' })
  const granted = async (scope: string) => {
    const { json } = await ask(built, await assertion(id), { scope })
    return json.scope ?? json.error
  }
  t.equal(await granted('system/Patient.read'), 'system/Patient.read')
  t.equal(await granted('system/Patient.r system/Observation.cud'), 'system/Patient.r system/Observation.cud')
  t.equal(await granted('system/Patient.rs system/Encounter.rs system/Patient.rs'), 'system/Patient.rs')
  t.equal(await granted('system/Patient.rs?gender=female'), 'system/Patient.rs?gender=female')
  for (const scope of [
    'system/*.rs',
    'system/Patient.rs?color=red',
    'system/Starship.rs',
    'system/Patient.cruds',
    'system/Patient.write',
    'user/Patient.rs',
    'patient/Patient.rs',
    'system/Patient.sr',
    'system/Patient.',
    'openid'
  ]) {
    t.equal(await granted(scope), 'invalid_scope', scope)
  }
  t.match((await ask(built, await assertion(id), { scope: '' })).json, { error: 'invalid_request' })
})

t.test('errors of the token endpoint are those of OAuth', async (t) => {
  const built = await build(t)
  t.match((await form(built, '/auth/token', {})).json, { error: 'invalid_request' })
  t.match((await form(built, '/auth/token', { grant_type: 'password', username: 'a', password: 'b' })).json, {
    error: 'unsupported_grant_type'
  })
  t.match((await form(built, '/auth/token', { grant_type: 'constructor' })).json, { error: 'unsupported_grant_type' })
  t.match((await form(built, '/auth/token', { grant_type: 'client_credentials' })).json, { error: 'invalid_request' })
  const json = await post(built, '/auth/token', { grant_type: 'client_credentials' })
  t.equal(json.status, 400)
  t.match(json.json, { error: 'invalid_request' })
  const twice = await built.ask('POST', '/auth/token', {
    body: 'grant_type=refresh_token&grant_type=refresh_token',
    token: false,
    headers: { 'content-type': 'application/x-www-form-urlencoded' }
  })
  t.match(twice.json, { error: 'invalid_request' })
})

t.test('keys behind an address are fetched, and kept', async (t) => {
  let keys = [RSA.jwk]
  let fetched = 0
  const server = createServer((_request, response) => {
    fetched++
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  const jwks_uri = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`
  const built = await build(t)
  const id = await register(built, { jwks: undefined, jwks_uri })
  t.equal((await ask(built, await assertion(id))).status, 200)
  t.equal((await ask(built, await assertion(id, { header: { jku: jwks_uri } }))).status, 200)
  t.equal(fetched, 1)
  keys = []
  t.equal((await ask(built, await assertion(id))).status, 200, 'kept')
  const gone = await register(built, { jwks: undefined, jwks_uri: 'http://127.0.0.1:1/jwks' })
  const answer = await ask(built, await assertion(gone))
  t.equal(answer.status, 401)
  t.match(answer.json, { error: 'invalid_client', error_description: /cannot be fetched/ })
})

t.test('a client that is removed is refused at once, with the tokens it has', async (t) => {
  const built = await build(t)
  const id = await register(built, { role: 'administrator', scope: 'system/*.cruds' })
  const { access_token } = (await ask(built, await assertion(id), { scope: 'system/*.cruds' })).json
  t.equal(await statusWith(built, access_token), 200)
  t.equal((await built.ask('GET', '/auth/clients', { token: access_token })).status, 403, 'scopes are smaller than the role')
  t.equal((await built.ask('DELETE', `/auth/clients/${id}`)).status, 204)
  t.equal(await statusWith(built, access_token), 401)
  t.match((await ask(built, await assertion(id))).json, { error: 'invalid_client' })
  t.equal((await built.ask('DELETE', `/auth/clients/${id}`)).status, 404)
})

t.test('registrations are checked, by administrators only', async (t) => {
  const built = await build(t)
  const good = { client_name: 'Laboratory', role: 'analyst', scope: 'system/*.rs', jwks: { keys: [RSA.jwk] } }
  for (const change of [
    { client_name: ' ' },
    { role: 'emperor' },
    { scope: 'system/*' },
    { scope: 'user/*.rs' },
    { scope: ' ' },
    { jwks: { keys: [] } },
    { jwks: { keys: [{ ...RSA.jwk, kid: undefined }] } },
    { jwks: { keys: [{ ...RSA.jwk, d: 'x' }] } },
    { jwks: { keys: [{ kty: 'oct', k: 'abc', kid: '1' }] } },
    { jwks: 'abc' },
    { jwks: undefined },
    { jwks_uri: 'https://example.org/keys' },
    { jwks: undefined, jwks_uri: 'http://example.org/keys' },
    { jwks: undefined, jwks_uri: 'file:///etc/passwd' },
    { redirect_uris: ['https://app.example.org'] },
    { role: undefined, jwks: undefined }
  ]) {
    const answer = await post(built, '/auth/clients', { ...good, ...change }, built.token())
    t.ok([400, 422].includes(answer.status), `${JSON.stringify(change)} ${answer.status}`)
  }
  t.strictSame((await built.ask('GET', '/auth/clients')).json, { clients: [] })
  for (const role of ['analyst', 'data-entry']) {
    t.equal((await post(built, '/auth/clients', good, built.token(role))).status, 403)
    t.equal((await built.ask('GET', '/auth/clients', { token: built.token(role) })).status, 403)
  }
  const { json } = await post(built, '/auth/clients', good, built.token())
  t.match((await built.ask('GET', `/auth/clients/${json.client_id}`)).json, { ...good, created: /Z$/ })
  t.equal((await built.ask('PUT', `/auth/clients/${json.client_id}`, { body: {}, headers: JSON_BODY })).status, 405)
})

t.test('smart-configuration says what works', async (t) => {
  const built = await build(t, { publicUrl: 'https://ward.example.org/x' })
  const { status, json, headers } = await built.ask('GET', '/fhir/.well-known/smart-configuration', { token: false })
  t.equal(status, 200)
  t.match(headers['content-type'], 'application/json')
  t.match(json, {
    token_endpoint: 'https://ward.example.org/x/auth/token',
    revocation_endpoint: 'https://ward.example.org/x/auth/revoke',
    token_endpoint_auth_methods_supported: ['private_key_jwt'],
    token_endpoint_auth_signing_alg_values_supported: ['RS384', 'ES384'],
    capabilities: Array
  })
  for (const capability of ['client-confidential-asymmetric', 'permission-v1', 'permission-v2'])
    t.ok(json.capabilities.includes(capability))
  const id = await register(built)
  t.equal((await ask(built, await assertion(id, { audience: json.token_endpoint }))).status, 200)
  t.equal((await ask(built, await assertion(id))).status, 401, 'the address clients see is the audience, not the one of the request')
})
