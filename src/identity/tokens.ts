/**
 * Access tokens: JWT (RFC 7519) signed with EdDSA (RFC 8037), so that nothing but the state folder can make one.
 * Claims: sub, role, iat, exp, jti, iss, aud. The server verifies with VERIFY
 * (http/plugins/jwt.ts); signing goes straight to fast-jwt, which @fastify/jwt is made of, as the command line has no server.
 */
import { randomUUID } from 'node:crypto'
import { createSigner } from 'fast-jwt'
import { fail } from '../errors.js'
import type { Principal } from '../service/contract.js'
import type { SigningKey } from '../state/state.js'

export const ISSUER = 'wardbridge'
export const AUDIENCE = 'wardbridge'

/** What a token must be to be accepted: our algorithm, issuer and audience, an expiry, a subject and a role. */
export const VERIFY = {
  algorithms: ['EdDSA' as const],
  allowedIss: ISSUER,
  allowedAud: AUDIENCE,
  requiredClaims: ['sub', 'role', 'exp', 'iat', 'jti']
}

/**
 * Signs a token for `who`. lifetime in seconds. The role is not checked here: callers ask service/access.ts.
 */
export function signToken(key: SigningKey, who: Principal, lifetime: number): string {
  const sign = createSigner({
    algorithm: 'EdDSA',
    key: key.privateKey,
    kid: key.kid,
    iss: ISSUER,
    aud: AUDIENCE,
    sub: who.subject,
    jti: randomUUID(),
    expiresIn: lifetime * 1000
  })
  return sign({ role: who.role })
}

/** Who a verified payload speaks for. Throws auth.invalid when sub or role is no text. */
export function principalOf(payload: unknown): Principal {
  const { sub, role } = payload as { sub?: unknown; role?: unknown }
  if (typeof sub !== 'string' || sub === '' || typeof role !== 'string')
    throw fail('auth.invalid', { reason: 'sub and role must be texts' })
  return { subject: sub, role }
}

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 }
const LONGEST = 366 * 86_400

/** Reads a lifetime such as `90s`, `15m`, `8h` or `30d` into seconds; at most 366 days. Throws cli.usage. */
export function parseLifetime(text: string): number {
  const match = /^(\d{1,9})([smhd])$/.exec(text)
  const seconds = match ? Number(match[1]) * UNITS[match[2]!]! : 0
  if (seconds < 1 || seconds > LONGEST) {
    throw fail('cli.usage', { reason: `A lifetime is a number and s, m, h or d, at most 366d: 15m, 8h, 30d, not "${text}"` })
  }
  return seconds
}
