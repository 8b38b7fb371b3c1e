import { generateKeyPairSync } from 'node:crypto'
import t from 'tap'
import { principalOf, signToken } from '#wardbridge/identity/tokens.js'
import { parseLifetime } from '#wardbridge/lifetime.js'

const { privateKey } = generateKeyPairSync('ed25519', {
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' }
})

t.test('a token carries sub, role, iat, exp, jti, iss and aud, signed with EdDSA by a named key', async (t) => {
  const token = signToken({ kid: 'k1', privateKey }, { subject: 'ada', role: 'auditor' }, 60)
  const [header, payload] = token.split('.', 2).map((part) => JSON.parse(Buffer.from(part, 'base64url').toString())) as [
    object,
    { iat: number; exp: number }
  ]
  t.match(header, { alg: 'EdDSA', kid: 'k1' })
  t.match(payload, { sub: 'ada', role: 'auditor', iss: 'wardbridge', aud: 'wardbridge', jti: /^[0-9a-f-]{36}$/ })
  t.equal(payload.exp - payload.iat, 60)
})

t.test('lifetimes are numbers with a unit, up to 366 days', async (t) => {
  t.equal(parseLifetime('90s'), 90)
  t.equal(parseLifetime('15m'), 900)
  t.equal(parseLifetime('8h'), 28_800)
  t.equal(parseLifetime('366d'), 366 * 86_400)
  for (const text of ['', '8', 'h', '0h', '-1h', '367d', '1.5h', '8 h', '999999999d'])
    t.throws(() => parseLifetime(text), { code: 'cli.usage' }, text)
})

t.test('a payload without a text as sub and role speaks for nobody', async (t) => {
  t.strictSame(principalOf({ sub: 'ada', role: 'auditor' }), { subject: 'ada', role: 'auditor' })
  for (const payload of [
    {},
    { sub: 'ada' },
    { role: 'auditor' },
    { sub: '', role: 'auditor' },
    { sub: 1, role: 'x' },
    { sub: 'ada', role: ['auditor'] }
  ]) {
    t.throws(() => principalOf(payload), { code: 'auth.invalid' })
  }
})
