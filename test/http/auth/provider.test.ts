import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type CryptoKey, exportJWK, exportSPKI, generateKeyPair, type JWK, SignJWT } from 'jose'
import t, { type Test } from 'tap'
import { Identity } from '#wardbridge/identity/identity.js'
import { type Built, build } from '../../helper.js'
import { statusWith } from './people.js'

const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true })
const JWKS: JWK = { ...(await exportJWK(publicKey)), kid: 'p1', alg: 'RS256' }

interface Outside {
  readonly issuer: string
  /** How often the keys were fetched. */
  readonly fetched: () => number
  /** What the discovery document says beside jwks_uri. */
  configuration: object
}

/** An identity provider as HTTP sees it: discovery and keys. */
async function provider(t: Test): Promise<Outside> {
  let fetched = 0
  const outside = { issuer: '', fetched: () => fetched, configuration: {} }
  const server = createServer((request, response) => {
    response.setHeader('content-type', 'application/json')
    if (request.url === '/ward/.well-known/openid-configuration') {
      response.end(JSON.stringify({ issuer: outside.issuer, jwks_uri: `${outside.issuer}/keys`, ...outside.configuration }))
    } else if (request.url === '/ward/keys') {
      fetched++
      response.end(JSON.stringify({ keys: [JWKS] }))
    } else response.writeHead(404).end('{}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  outside.issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}/ward`
  return outside
}

function start(t: Test, { issuer }: Outside, more: object = {}): Promise<Built> {
  return build(t, {
    oidcIssuer: issuer,
    oidcAudience: 'wardbridge-api',
    oidcRoleClaim: 'realm_access.roles',
    oidcRoles: 'reception=data-entry,researchers=analyst',
    ...more
  })
}

interface Claimed {
  readonly claims?: object
  readonly header?: object
  readonly key?: CryptoKey | Uint8Array
}

function tokenOf({ issuer }: Outside, { claims = {}, header = {}, key = privateKey }: Claimed = {}): Promise<string> {
  const now = Math.floor(Date.now() / 1000)
  const payload = {
    iss: issuer,
    aud: 'wardbridge-api',
    sub: 'u-1',
    exp: now + 300,
    iat: now,
    realm_access: { roles: ['staff', 'researchers'] }
  }
  return new SignJWT({ ...payload, ...claims }).setProtectedHeader({ alg: 'RS256', kid: 'p1', ...header }).sign(key)
}

t.test('a token of the configured provider is verified by its published keys; claims give role and person', async (t) => {
  const outside = await provider(t)
  const built = await start(t, outside)
  const seen: unknown[] = []
  built.app.addHook('preHandler', async (request) => void seen.push(request.principal))
  const token = await tokenOf(outside, { claims: { fhirUser: 'Practitioner/7', scope: 'openid profile', jti: 'j-1' } })
  for (let i = 0; i < 3; i++) t.equal(await statusWith(built, token), 200)
  t.strictSame(seen[0], { subject: `${outside.issuer}#u-1`, role: 'analyst', fhirUser: 'Practitioner/7', token: 'j-1', from: '127.0.0.1' })
  t.equal(outside.fetched(), 1)
  t.equal((await built.ask('POST', '/fhir/Patient', { token, body: { resourceType: 'Patient' } })).status, 403, 'an analyst does not write')

  await statusWith(
    built,
    await tokenOf(outside, { claims: { realm_access: { roles: ['researchers', 'reception'] }, scope: 'openid user/*.rs' } })
  )
  t.match(seen.at(-1), { role: 'data-entry', scope: 'openid user/*.rs' }, 'the first of the settings counts; scopes about resources do')
  t.equal(await statusWith(built, built.token()), 200, 'our own tokens go on')
})

t.test('tokens that are not exactly right are refused', async (t) => {
  const outside = await provider(t)
  const built = await start(t, outside)
  const now = Math.floor(Date.now() / 1000)
  const stranger = await generateKeyPair('RS256')
  const pem = new TextEncoder().encode(await exportSPKI(publicKey))
  const [header, , signature] = (await tokenOf(outside)).split('.')
  const payload = Buffer.from(
    JSON.stringify({ iss: outside.issuer, aud: 'wardbridge-api', sub: 'u-1', exp: now + 60, realm_access: { roles: ['reception'] } })
  ).toString('base64url')
  const none = Buffer.from('{"alg":"none"}').toString('base64url')
  const refused: Record<string, string> = {
    'another key': await tokenOf(outside, { key: stranger.privateKey }),
    'alg none': `${none}.${payload}.`,
    'an HMAC with the public key': await tokenOf(outside, { header: { alg: 'HS256' }, key: pem }),
    'a changed payload': `${header}.${payload}.${signature}`,
    'another audience': await tokenOf(outside, { claims: { aud: 'another-api' } }),
    'no audience': await tokenOf(outside, { claims: { aud: undefined } }),
    'another issuer': await tokenOf(outside, { claims: { iss: 'https://other.example.org' } }),
    'our issuer': await tokenOf(outside, { claims: { iss: 'wardbridge', role: 'administrator', jti: 'x' } }),
    expired: await tokenOf(outside, { claims: { exp: now - 60 } }),
    'no expiry': await tokenOf(outside, { claims: { exp: undefined } }),
    'not valid yet': await tokenOf(outside, { claims: { nbf: now + 120 } }),
    'no subject': await tokenOf(outside, { claims: { sub: undefined } }),
    'an unknown key': await tokenOf(outside, { header: { kid: 'p2' } })
  }
  for (const [name, token] of Object.entries(refused)) t.equal(await statusWith(built, token), 401, name)
  t.equal(await statusWith(built, await tokenOf(outside, { claims: { exp: now - 10 } })), 200, 'clocks may differ by 30 s')
})

t.test('without a role of the settings a token may nothing; a person must be one of this server', async (t) => {
  const outside = await provider(t)
  const built = await start(t, outside, { publicUrl: 'https://ward.example.org' })
  const seen: Array<string | undefined> = []
  built.app.addHook('preHandler', async (request) => void seen.push(request.principal.fhirUser))
  for (const roles of [undefined, [], ['administrator'], 'administrator', [['researchers']], { researchers: true }]) {
    t.equal(await statusWith(built, await tokenOf(outside, { claims: { realm_access: { roles } } })), 403, JSON.stringify(roles))
  }
  t.equal(await statusWith(built, await tokenOf(outside, { claims: { realm_access: { roles: 'researchers' } } })), 200, 'one as a text')
  for (const fhirUser of [
    'https://ward.example.org/fhir/Practitioner/1',
    'https://other.example.org/fhir/Practitioner/1',
    'Observation/1',
    7
  ]) {
    await statusWith(built, await tokenOf(outside, { claims: { fhirUser } }))
  }
  t.strictSame(seen.slice(-4), ['Practitioner/1', undefined, undefined, undefined])
})

t.test('keys at an address of the settings need no discovery', async (t) => {
  const outside = await provider(t)
  outside.configuration = { issuer: 'https://elsewhere.example.org' }
  const refused = await start(t, outside)
  const token = await tokenOf(outside)
  t.equal(await statusWith(refused, token), 503, 'a discovery document of another issuer is not believed')
  t.test('given', async (t) => {
    const built = await start(t, outside, { oidcJwksUrl: `${outside.issuer}/keys` })
    t.equal(await statusWith(built, token), 200)
  })
})

t.test('a provider that does not answer is 503, not 401', async (t) => {
  const built = await start(t, { issuer: 'http://127.0.0.1:1/ward', fetched: () => 0, configuration: {} })
  const answer = await built.ask('GET', '/fhir/Patient', {
    token: await tokenOf({ issuer: 'http://127.0.0.1:1/ward', fetched: () => 0, configuration: {} })
  })
  t.equal(answer.status, 503)
  t.match(answer.json.issue[0].details.coding[0], { code: 'auth.provider' })
  t.equal(await statusWith(built, built.token()), 200)
})

t.test('a role that does not exist is an error of the settings', async (t) => {
  const { state, settings } = await build(t)
  const oidc = { issuer: 'https://id.example.org', audience: 'x', jwksUrl: undefined, roleClaim: 'r', userClaim: 'f', clockTolerance: 0 }
  for (const role of ['emperor', 'system']) {
    t.throws(() => new Identity(state, { ...settings, oidc: { ...oidc, roles: new Map([['a', role]]) } }), { code: 'config' }, role)
  }
})
