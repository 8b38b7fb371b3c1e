/**
 * Programs prove who they are with a JWT that they signed (private_key_jwt; SMART App Launch 2.2, "Client Authentication: Asymmetric"; RFC 7523): RS384 or
 * ES384, iss = sub = client id, aud = the token endpoint, at most five minutes long, and each jti once.
 */
import { createHash } from 'node:crypto'
import { createLocalJWKSet, createRemoteJWKSet, decodeJwt, errors, type JSONWebKeySet, type JWTVerifyGetKey, jwtVerify } from 'jose'
import { fail, type WardbridgeError } from '../errors.js'
import type { Client } from '../state/clients.js'
import type { State } from '../state/state.js'

export const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
export const ASSERTION_ALGORITHMS = ['RS384', 'ES384']

/** Seconds that an assertion may last at most, and that clocks may differ. */
const LONGEST = 300
const TOLERANCE = 10
/** Milliseconds that a client has to send its keys, and that they are kept. */
const FETCH_TIMEOUT = 5000
const KEEP_KEYS = 600_000

export class Assertions {
  readonly #state: State
  readonly #remote = new Map<string, JWTVerifyGetKey>()

  constructor(state: State) {
    this.#state = state
  }

  /** The client that made the assertion for the token endpoint `audience`. Throws oauth.invalid_client. */
  async clientOf(assertion: string, audience: string): Promise<Client> {
    const client = await this.#claimed(assertion)
    const { payload } = await this.#verify(assertion, client, audience)
    const { jti, exp = 0 } = payload
    const now = Date.now()
    if (typeof jti !== 'string' || jti === '' || jti.length > 256) throw refused('jti must be a text of 1 to 256 characters')
    if (exp > now / 1000 + LONGEST + TOLERANCE) throw refused('exp is more than five minutes away')
    // Looked at last: what is not signed by the client must not use up one of its ids.
    const key = createHash('sha256').update(`${client.id} ${jti}`).digest()
    if (!(await this.#state.limits.once(key, (exp + TOLERANCE + 1) * 1000, now))) throw refused('jti was used before')
    return client
  }

  /** Who the assertion says it is from, not verified. */
  async #claimed(assertion: string): Promise<Client> {
    let claimed: string | undefined
    try {
      claimed = decodeJwt(assertion).iss
    } catch {
      throw refused('client_assertion is no JWT')
    }
    const client = claimed === undefined ? undefined : await this.#state.clients.get(claimed)
    if (client?.role === undefined) throw refused('iss names no client that has keys here')
    return client
  }

  async #verify(assertion: string, client: Client, audience: string) {
    try {
      const verified = await jwtVerify(assertion, this.#keysOf(client), {
        algorithms: ASSERTION_ALGORITHMS,
        issuer: client.id,
        subject: client.id,
        audience,
        clockTolerance: TOLERANCE,
        requiredClaims: ['exp', 'jti']
      })
      const { kid, jku } = verified.protectedHeader
      if (kid === undefined) throw refused('the header has no kid')
      if (jku !== undefined && jku !== client.jwksUri) throw refused('jku is not the address the client is registered with')
      return verified
    } catch (error) {
      if (error instanceof errors.JOSEError) throw refused(reasonOf(error), error)
      if (error instanceof TypeError) throw refused('the keys of the client cannot be fetched or used', error)
      throw error
    }
  }

  #keysOf({ jwks, jwksUri }: Client): JWTVerifyGetKey {
    if (jwks !== undefined) return createLocalJWKSet(JSON.parse(jwks) as JSONWebKeySet)
    const known = this.#remote.get(jwksUri!)
    if (known !== undefined) return known
    const keys = createRemoteJWKSet(new URL(jwksUri!), { timeoutDuration: FETCH_TIMEOUT, cacheMaxAge: KEEP_KEYS })
    this.#remote.set(jwksUri!, keys)
    return keys
  }
}

/** In words of our own: messages of a library may quote what was sent. */
function reasonOf(error: errors.JOSEError): string {
  if (error instanceof errors.JWTExpired) return 'it has expired'
  if (error instanceof errors.JWTClaimValidationFailed) return `${error.claim} is missing or wrong`
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'it was not signed with a key of the client'
  if (error instanceof errors.JOSEAlgNotAllowed) return `the algorithm must be ${ASSERTION_ALGORITHMS.join(' or ')}`
  if (error instanceof errors.JWKSNoMatchingKey) return 'no key of the client fits its kid and algorithm'
  if (error instanceof errors.JWKSTimeout) return 'the keys of the client cannot be fetched'
  return 'it cannot be verified'
}

function refused(reason: string, cause?: unknown): WardbridgeError {
  return fail('oauth.invalid_client', { reason: `The client assertion is refused: ${reason}` }, { cause })
}
