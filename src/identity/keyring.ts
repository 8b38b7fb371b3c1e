/** The keys of our own tokens: signs with the current one, verifies with every one whose tokens have not expired. */
import { createPublicKey } from 'node:crypto'
import { createSigner } from 'fast-jwt'
import { type Awaitable, after } from '../awaitable.js'
import { fail } from '../errors.js'
import type { State, VerificationKey } from '../state/state.js'
import { type Bearer, type Claims, signToken, tokenVerifier } from './tokens.js'

/** Who logged in, for an app. */
export interface IdClaims {
  /** Address of this server, as /.well-known/openid-configuration names it. */
  readonly iss: string
  readonly sub: string
  /** The app. */
  readonly aud: string
  readonly nonce?: string
  /** Seconds since 1970 UTC. */
  readonly auth_time: number
  /** Address of the resource that stands for the person. */
  readonly fhirUser?: string
}

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
  async sign(who: Bearer, lifetime: number): Promise<string> {
    const now = Date.now()
    return signToken(await this.#state.getSigningKey({ until: now + lifetime * 1000, oldest: now - this.#lifetime }), who, lifetime)
  }

  /** Signs the claims of an id_token (OpenID Connect Core 1.0, 2) with RS256. lifetime in seconds. */
  async signIdToken(claims: IdClaims, lifetime: number): Promise<string> {
    const { kid, privateKey: key } = await this.#state.getSigningKey({ alg: 'RS256', until: Date.now() + lifetime * 1000 })
    return createSigner({ algorithm: 'RS256', key, kid, expiresIn: lifetime * 1000 })({ ...claims })
  }

  /** Makes the key of id_tokens, and replaces one that is too old: for when nobody waits, as it takes long. */
  async prepareIdTokens(): Promise<void> {
    await this.#state.getSigningKey({ alg: 'RS256', oldest: Date.now() - this.#lifetime })
  }

  /** The payload, and the key that signed it. Throws, or rejects with, auth.invalid. */
  verify(token: string): Awaitable<{ readonly claims: Claims; readonly kid: string }> {
    const kid = keyOf(token)
    return after(kid === undefined ? undefined : this.#verifier(kid), (verify) => {
      if (kid === undefined || verify === undefined) throw fail('auth.invalid', { reason: 'it was not signed here' })
      try {
        return { claims: verify(token), kid }
      } catch (error) {
        throw fail(
          'auth.invalid',
          { reason: REASONS[(error as { code?: string }).code ?? ''] ?? 'it was not signed here' },
          { cause: error }
        )
      }
    })
  }

  /** Whether the tokens of a key are valid still. */
  isValid(kid: string): Awaitable<boolean> {
    return after(this.#accessKeys(), (keys) => keys.some((key) => key.kid === kid))
  }

  /** The public keys as a JWK set (RFC 7517). */
  async jwks(): Promise<{ readonly keys: readonly object[] }> {
    const keys = (await this.#state.verificationKeys(Date.now())).map(({ kid, alg, publicKey }) => ({
      ...createPublicKey(publicKey).export({ format: 'jwk' }),
      kid,
      alg,
      use: 'sig'
    }))
    return { keys }
  }

  #verifier(kid: string): Awaitable<Verify | undefined> {
    const verify = this.#verifiers.get(kid)
    if (verify !== undefined) return verify
    // A key that another process made, or one that is not ours.
    return after(this.#accessKeys(kid), (keys) => {
      const known = this.#verifiers
      this.#verifiers = new Map(keys.map((key) => [key.kid, known.get(key.kid) ?? tokenVerifier(key.publicKey)]))
      return this.#verifiers.get(kid)
    })
  }

  /** An id_token is no access token. */
  #accessKeys(kid?: string): Awaitable<readonly VerificationKey[]> {
    return after(this.#state.verificationKeys(Date.now(), kid), (keys) => keys.filter(({ alg }) => alg === 'EdDSA'))
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
