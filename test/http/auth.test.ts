import { createHmac, generateKeyPairSync } from 'node:crypto'
import t from 'tap'
import { signToken } from '#wardbridge/identity/tokens.js'
import { build } from '../helper.js'

const PUBLIC = [
  '/',
  '/mappings',
  '/assets/mappings.css',
  '/livez',
  '/readyz',
  '/version',
  '/fhir/metadata',
  '/fhir/.well-known/smart-configuration',
  '/.well-known/jwks.json',
  '/.well-known/openid-configuration',
  '/docs/json',
  '/assets/wardbridge.css',
  '/assets/wardbridge.svg'
]

t.test('public addresses answer without a token', async (t) => {
  const { ask } = await build(t)
  for (const url of PUBLIC) t.equal((await ask('GET', url, { token: false })).status, 200, url)
  t.ok((await ask('GET', '/docs', { token: false })).status < 400)
  t.equal((await ask('GET', '/docs/', { token: false })).status, 200)
})

t.test('every other address, known or not, asks for a token before anything else', async (t) => {
  const { ask } = await build(t)
  for (const [method, url] of [
    ['GET', '/fhir/Patient/1'],
    ['GET', '/fhir/Patient'],
    ['POST', '/fhir/Patient'],
    ['POST', '/fhir/Patient/_search'],
    ['PUT', '/fhir/Patient/1'],
    ['DELETE', '/fhir/Patient/1'],
    ['PATCH', '/fhir/Patient/1'],
    ['GET', '/fhir/Patient/1/_history/1'],
    ['GET', '/fhir/Starship/1'],
    ['GET', '/fhir'],
    ['GET', '/fhir/'],
    ['GET', '/nothing/here'],
    ['POST', '/livez'],
    ['OPTIONS', '/fhir/Patient'],
    ['GET', '/fhir/Patient/1?_format=xml']
  ] as const) {
    const answer = await ask(method, url, {
      token: false,
      ...(method === 'POST' ? { body: 'x'.repeat(10), headers: { 'content-type': 'text/plain' } } : {})
    })
    t.equal(answer.status, 401, `${method} ${url}`)
    t.match(answer.headers['www-authenticate'], /^Bearer/)
    t.match(answer.json, { resourceType: 'OperationOutcome', issue: [{ code: 'login' }] })
  }
})

t.test('a token signed by another key, changed, expired, without claims, or by another algorithm is refused', async (t) => {
  const { ask, key, token } = await build(t)
  const who = { subject: 'test', role: 'administrator' }
  const pair = generateKeyPairSync('ed25519', {
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' }
  })
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const now = Math.floor(Date.now() / 1000)
  const claims = { sub: 'test', role: 'administrator', iat: now, exp: now + 60, jti: 'x', iss: 'wardbridge', aud: 'wardbridge' }
  const good = token()
  const [header, payload, signature] = good.split('.') as [string, string, string]
  const hs = `${part({ alg: 'HS256', typ: 'JWT' })}.${part(claims)}`
  const expired = signToken(key, who, -10)
  const { createSigner } = await import('fast-jwt')
  const options = {
    algorithm: 'EdDSA',
    key: key.privateKey,
    kid: key.kid,
    iss: 'wardbridge',
    aud: 'wardbridge',
    sub: 'test',
    jti: 'x',
    expiresIn: 120_000
  }
  const sign = (change: object) => createSigner({ ...options, ...change } as { key: string })({ role: 'administrator' })
  t.equal((await ask('GET', '/fhir/Patient', { token: sign({}) })).status, 200)

  const refused: Record<string, string> = {
    'another key': signToken({ ...pair, kid: key.kid }, who, 60),
    'alg none': `${part({ alg: 'none' })}.${part(claims)}.`,
    'alg none with a signature': `${part({ alg: 'none' })}.${part(claims)}.${signature}`,
    'HMAC with the public key': `${hs}.${createHmac('sha256', key.publicKey).update(hs).digest('base64url')}`,
    'another scope': `${header}.${part({ ...claims, scope: 'user/*.cruds' })}.${signature}`,
    'not valid yet': sign({ notBefore: 60_000 }),
    'a key of its own in the header': sign({
      key: pair.privateKey,
      header: { alg: 'EdDSA', jwk: { kty: 'OKP', crv: 'Ed25519', x: 'abc' } }
    }),
    'no kid': sign({ kid: undefined }),
    'changed payload': `${header}.${part({ ...claims, role: 'system' })}.${signature}`,
    'no signature': `${header}.${payload}.`,
    expired,
    rubbish: 'abc',
    dots: '..'
  }
  for (const [name, value] of Object.entries(refused)) {
    const answer = await ask('GET', '/fhir/Patient', { token: value })
    t.equal(answer.status, 401, name)
    t.match(answer.headers['www-authenticate'], 'error="invalid_token"')
  }
  t.match((await ask('GET', '/fhir/Patient', { token: expired })).json.issue[0].details.text, 'expired')
  t.equal((await ask('GET', '/fhir/Patient', { token: good })).status, 200)
})

t.test('a token that was accepted is refused once it has expired', async (t) => {
  const { ask, key } = await build(t)
  const token = signToken(key, { subject: 'test', role: 'administrator' }, 2)
  t.equal((await ask('GET', '/fhir/Patient', { token })).status, 200)
  const { exp } = JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as { exp: number }
  await new Promise((resolve) => setTimeout(resolve, exp * 1000 - Date.now() + 50))
  t.equal((await ask('GET', '/fhir/Patient', { token })).status, 401)
})

t.test('issuer, audience and the other claims must be ours', async (t) => {
  const { ask, key } = await build(t)
  const { createSigner } = await import('fast-jwt')
  const base = {
    algorithm: 'EdDSA' as const,
    key: key.privateKey,
    kid: key.kid,
    sub: 'test',
    jti: 'x',
    iss: 'wardbridge',
    aud: 'wardbridge',
    expiresIn: 60_000
  }
  const sign = (options: object, payload: object = { role: 'administrator' }) =>
    createSigner({ ...base, ...options } as typeof base)(payload)
  t.equal((await ask('GET', '/fhir/Patient', { token: sign({}) })).status, 200)
  t.equal((await ask('GET', '/fhir/Patient', { token: sign({ iss: 'other' }) })).status, 401)
  t.equal((await ask('GET', '/fhir/Patient', { token: sign({ aud: 'other' }) })).status, 401)
  t.equal((await ask('GET', '/fhir/Patient', { token: sign({}, {}) })).status, 401, 'no role')
  const { expiresIn, ...lasting } = base
  t.equal(
    (await ask('GET', '/fhir/Patient', { token: createSigner(lasting)({ role: 'administrator' }) })).status,
    401,
    `no expiry (not ${expiresIn})`
  )
})

t.test('only the Bearer scheme of the Authorization header carries a token', async (t) => {
  const { ask, token } = await build(t)
  const good = token()
  for (const authorization of [`bearer ${good}`, `Bearer  ${good}`])
    t.equal((await ask('GET', '/fhir/Patient', { headers: { authorization }, token: false })).status, 200)
  for (const authorization of [good, `Basic ${good}`, 'Bearer', 'Bearer ', `Bearer ${good} ${good}`, `Token ${good}`]) {
    t.equal((await ask('GET', '/fhir/Patient', { headers: { authorization }, token: false })).status, 401, authorization.slice(0, 12))
  }
  t.equal((await ask('GET', `/fhir/Patient?access_token=${good}`, { token: false })).status, 401)
})

t.test('a role that is not known may nothing', async (t) => {
  const { ask, token } = await build(t)
  t.equal((await ask('GET', '/fhir/Patient', { token: token('emperor') })).status, 403)
  t.equal((await ask('GET', '/fhir/Patient/1', { token: token('nobody') })).status, 403)
})

t.test('--no-auth answers without a token, but only requests addressed to this machine', async (t) => {
  const { ask } = await build(t, { noAuth: true })
  for (const host of ['localhost', 'localhost:8080', '127.0.0.1:8080', '[::1]:8080']) {
    t.equal((await ask('GET', '/fhir/Patient', { token: false, headers: { host } })).status, 200, host)
  }
  for (const host of ['evil.example.org', 'localhost.evil.example.org', '127.0.0.1.evil.example.org:8080', '10.0.0.5']) {
    for (const url of ['/fhir/Patient', '/', '/docs/json']) {
      t.equal((await ask('GET', url, { token: false, headers: { host } })).status, 421, `${host} ${url}`)
    }
  }
})
