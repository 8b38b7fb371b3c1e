/** The keys of our own tokens: signs with the current one, verifies with every one whose tokens have not expired. */
import { createPublicKey } from 'node:crypto'
import { fail } from '../errors.js'
import type { State } from '../state/state.js'
import { type Bearer, type Claims, signToken, tokenVerifier } from './tokens.js'

type Verify = (token: string) => Claims

export class Keyring {
  readonly #state: State
  /** Longest that one key signs, in milliseconds. */
  readonly #lifetime: number
  #verifiers = new Map<string, Verify>()

  /** lifetime: seconds after which a new key is made. */
  constructor(state: State, lifetime: number) {
    this.#state = state
    this.#lifetime = lifetime * 1000
  }

  /** lifetime in seconds. */
  sign(who: Bearer, lifetime: number): string {
    const now = Date.now()
    return signToken(this.#state.getSigningKey({ until: now + lifetime * 1000, oldest: now - this.#lifetime }), who, lifetime)
  }

  /** The payload, and the key that signed it. Throws auth.invalid. */
  verify(token: string): { readonly claims: Claims; readonly kid: string } {
    const kid = keyOf(token)
    const verify = kid === undefined ? undefined : this.#verifier(kid)
    if (kid === undefined || verify === undefined) throw fail('auth.invalid', { reason: 'it was not signed here' })
    try {
      return { claims: verify(token), kid }
    } catch (error) {
      throw fail('auth.invalid', { reason: REASONS[(error as { code?: string }).code ?? ''] ?? 'it was not signed here' }, { cause: error })
    }
  }

  /** Whether the tokens of a key are valid still. */
  isValid(kid: string): boolean {
    return this.#state.verificationKeys(Date.now()).some((key) => key.kid === kid)
  }

  /** The public keys as a JWK set (RFC 7517). */
  jwks(): { readonly keys: readonly object[] } {
    const keys = this.#state.verificationKeys(Date.now()).map(({ kid, publicKey }) => ({
      ...createPublicKey(publicKey).export({ format: 'jwk' }),
      kid,
      alg: 'EdDSA',
      use: 'sig'
    }))
    return { keys }
  }

  #verifier(kid: string): Verify | undefined {
    if (!this.#verifiers.has(kid)) {
      // A key that another process made, or one that is not ours.
      const known = this.#verifiers
      const keys = this.#state.verificationKeys(Date.now())
      this.#verifiers = new Map(keys.map((key) => [key.kid, known.get(key.kid) ?? tokenVerifier(key.publicKey)]))
    }
    return this.#verifiers.get(kid)
  }
}

const REASONS: Readonly<Record<string, string>> = {
  FAST_JWT_EXPIRED: 'it has expired',
  FAST_JWT_INACTIVE: 'it is not valid yet'
}

/** The `kid` of the header, which is not to be believed yet. */
function keyOf(token: string): string | undefined {
  const header = readPart(token, 0)
  return typeof header?.['kid'] === 'string' ? header['kid'] : undefined
}

/** Part 0 (header) or 1 (payload) of a JWT, not verified; undefined when it is not a JSON object. */
export function readPart(token: string, part: 0 | 1): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(token.split('.', 2)[part] ?? '', 'base64url').toString())
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}
