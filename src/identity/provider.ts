/**
 * An outside identity provider (OpenID Connect): its access tokens are verified by its published keys, and its claims say which role somebody has here and
 * which resource stands for them. Only the issuer of the settings; asymmetric algorithms only.
 */
import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose'
import type { OidcSettings } from '../config-oidc.js'
import { fail } from '../errors.js'
import { isLoopback } from '../loopback.js'
import { ROLES } from '../service/access.js'
import type { Principal } from '../service/contract.js'
import { isFhirUser } from './tokens.js'

const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519']

/** Milliseconds that the provider has to answer, and that its keys are kept. */
const TIMEOUT = 5000
const KEEP_KEYS = 600_000
/** Longest that a verified token is believed before its key is looked for again, in milliseconds. */
const BELIEVED = 300_000
/** Milliseconds until a discovery that failed is tried again. */
const PATIENCE = 5000

export interface OutsideToken {
  readonly principal: Principal
  /** Milliseconds since 1970 UTC. */
  readonly until: number
}

export class Provider {
  readonly issuer: string
  readonly #settings: OidcSettings
  readonly #publicUrl: string | undefined
  #keys: Promise<JWTVerifyGetKey> | undefined

  /** Throws config for a role that does not exist. */
  constructor(settings: OidcSettings, publicUrl: string | undefined) {
    this.issuer = settings.issuer
    this.#settings = settings
    this.#publicUrl = publicUrl
    const odd = [...settings.roles.values()].find((role) => !ROLES.includes(role) || role === 'system')
    if (odd !== undefined) throw fail('config', { reason: `WARDBRIDGE_OIDC_ROLES names a role that does not exist: ${odd}` })
  }

  /** Throws auth.invalid, and auth.provider when its keys cannot be fetched. */
  async verify(token: string): Promise<OutsideToken> {
    const payload = await this.claims(token)
    const expires = (payload.exp! + this.#settings.clockTolerance) * 1000
    return { principal: this.#principal(payload), until: Math.min(expires, Date.now() + BELIEVED) }
  }

  /** What a token says, once it was verified. Throws as verify. */
  async claims(token: string): Promise<JWTPayload> {
    const { audience, clockTolerance } = this.#settings
    const keys = await this.#keySet()
    try {
      const options = { issuer: this.issuer, audience, clockTolerance, algorithms: ALGORITHMS, requiredClaims: ['sub', 'exp'] }
      return (await jwtVerify(token, keys, options)).payload
    } catch (error) {
      throw failureOf(error)
    }
  }

  #principal(payload: JWTPayload): Principal {
    const { roleClaim, roles, userClaim } = this.#settings
    const values = [claim(payload, roleClaim)].flat()
    const role = [...roles].find(([value]) => values.includes(value))?.[1] ?? 'nobody'
    const fhirUser = this.#person(claim(payload, userClaim))
    const { scope, jti, patient } = payload
    // What a provider calls scope need not be about resources: `openid profile`.
    const isAboutResources = typeof scope === 'string' && /(^| )(patient|user|system)\//.test(scope)
    return {
      subject: `${this.issuer}#${payload.sub}`,
      role,
      ...(fhirUser === undefined ? {} : { fhirUser }),
      ...(isAboutResources ? { scope } : {}),
      ...(typeof patient === 'string' && isFhirUser(`Patient/${patient}`) ? { patient } : {}),
      ...(jti === undefined ? {} : { token: jti })
    }
  }

  /** A person of this server, by a relative reference or by its address here. */
  #person(value: unknown): string | undefined {
    if (typeof value !== 'string') return undefined
    const base = `${this.#publicUrl}/fhir/`
    const reference = this.#publicUrl !== undefined && value.startsWith(base) ? value.slice(base.length) : value
    return isFhirUser(reference) ? reference : undefined
  }

  #keySet(): Promise<JWTVerifyGetKey> {
    this.#keys ??= this.#findKeys()
    return this.#keys
  }

  async #findKeys(): Promise<JWTVerifyGetKey> {
    try {
      const url = new URL(this.#settings.jwksUrl ?? (await this.#discover()))
      if (url.protocol !== 'https:' && !isLoopback(url.hostname)) throw new Error('keys come by https only')
      return createRemoteJWKSet(url, { timeoutDuration: TIMEOUT, cacheMaxAge: KEEP_KEYS })
    } catch (error) {
      setTimeout(() => {
        this.#keys = undefined
      }, PATIENCE).unref()
      throw fail('auth.provider', {}, { cause: error })
    }
  }

  /** OpenID Connect Discovery 1.0, 4: the issuer that answers must be the one that was asked. */
  async #discover(): Promise<string> {
    const address = `${this.issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
    const answer = await fetch(address, { redirect: 'error', signal: AbortSignal.timeout(TIMEOUT) })
    const { issuer, jwks_uri } = (await answer.json()) as { issuer?: unknown; jwks_uri?: unknown }
    if (!answer.ok || issuer !== this.issuer || typeof jwks_uri !== 'string') throw new Error('not the configuration of this issuer')
    return jwks_uri
  }
}

/** By its name, or by a path of names with dots between them. */
function claim(payload: JWTPayload, path: string): unknown {
  if (Object.hasOwn(payload, path)) return payload[path]
  let value: unknown = payload
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
    value = (value as Record<string, unknown>)[name]
  }
  return value
}

function failureOf(error: unknown): unknown {
  const isAbsent = error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid || !(error instanceof errors.JOSEError)
  // jose tells an answer other than 200, and one that is no JSON, by its plain error.
  if (isAbsent || error.code === 'ERR_JOSE_GENERIC') return fail('auth.provider', {}, { cause: error })
  const reason =
    error instanceof errors.JWTExpired
      ? 'it has expired'
      : error instanceof errors.JWTClaimValidationFailed
        ? `${error.claim} is missing or wrong`
        : 'it was not signed by the identity provider'
  return fail('auth.invalid', { reason }, { cause: error })
}
