/**
 * Access tokens: JWT (RFC 7519) signed with EdDSA (RFC 8037), so that nothing but the state folder can make one.
 * Claims: sub, role, iat, exp, jti, iss, aud; fhirUser, scope and patient where there are any; sid for a session, client_id for a program.
 */
import { randomUUID } from 'node:crypto'
import { createSigner, createVerifier } from 'fast-jwt'
import { fail } from '../errors.js'
import type { Principal } from '../service/contract.js'
import type { SigningKey } from '../state/state.js'

export const ISSUER = 'wardbridge'
export const AUDIENCE = 'wardbridge'

/** What a token must be to be accepted: our algorithm, issuer and audience, an expiry, a subject and a role. */
const VERIFY = {
  algorithms: ['EdDSA' as const],
  allowedIss: ISSUER,
  allowedAud: AUDIENCE,
  requiredClaims: ['sub', 'role', 'exp', 'iat', 'jti']
}

/** Whom a token speaks for, and what it hangs on. */
export interface Bearer extends Omit<Principal, 'token' | 'from'> {
  /** Id of the session. */
  readonly session?: string
  /** Id of the client: of the program, or of the app that a person uses. */
  readonly client?: string
}

/** A verified payload; VERIFY and principalOf have seen to the types. */
export interface Claims {
  /** Seconds since 1970 UTC. */
  readonly exp: number
  readonly iat: number
  readonly jti: string
  readonly sid?: string
  readonly client_id?: string
}

/** Signs a token for `who`. lifetime in seconds. The role is not checked here: callers ask service/access.ts. */
export function signToken(key: Pick<SigningKey, 'kid' | 'privateKey'>, who: Bearer, lifetime: number): string {
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
  const { role, fhirUser, scope, patient, session: sid, client: client_id } = who
  // JSON leaves out what is undefined.
  return sign({ role, fhirUser, scope, patient, sid, client_id })
}

/** The payload of a token that the key signed and that is valid now. Throws the errors of fast-jwt. */
export function tokenVerifier(publicKey: string): (token: string) => Claims {
  return createVerifier({ key: publicKey, ...VERIFY })
}

const FHIR_USER = /^(Patient|Practitioner|PractitionerRole|RelatedPerson|Person)\/[A-Za-z0-9\-.]{1,64}$/
const ID = /^[A-Za-z0-9\-.]{1,64}$/

/** True for a reference to a resource that can stand for a person: `Practitioner/2`. */
export function isFhirUser(text: string): boolean {
  return FHIR_USER.test(text)
}

/** Who a verified payload speaks for. Throws auth.invalid when a claim is not what it must be; sub and role must be there. */
export function principalOf(payload: unknown): Principal {
  const { sub, role, fhirUser, scope, patient, jti } = payload as Readonly<Record<string, unknown>>
  if (!isText(sub) || sub === '' || !isText(role)) throw fail('auth.invalid', { reason: 'sub and role must be texts' })
  if (fhirUser !== undefined && !(isText(fhirUser) && isFhirUser(fhirUser))) {
    throw fail('auth.invalid', { reason: 'fhirUser must name a person, such as Practitioner/2' })
  }
  if (patient !== undefined && !(isText(patient) && ID.test(patient))) throw fail('auth.invalid', { reason: 'patient must be an id' })
  if (scope !== undefined && !isText(scope)) throw fail('auth.invalid', { reason: 'scope must be a text' })
  return {
    subject: sub,
    role,
    ...(fhirUser === undefined ? {} : { fhirUser }),
    ...(scope === undefined ? {} : { scope }),
    ...(patient === undefined ? {} : { patient }),
    ...(isText(jti) ? { token: jti } : {})
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}
