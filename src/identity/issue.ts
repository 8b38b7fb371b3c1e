/** Making tokens for those who can read the state folder: the command line. */
import type { Settings } from '../config.js'
import { fail } from '../errors.js'
import { parseLifetime } from '../lifetime.js'
import { ROLES } from '../service/access.js'
import { parseScopes } from '../service/scopes.js'
import { openState } from '../state/state.js'
import { isFhirUser, signToken } from './tokens.js'

export interface TokenRequest {
  readonly role: string
  readonly subject: string
  /** The resource that stands for the bearer: `Practitioner/2`. */
  readonly fhirUser?: string | undefined
  /** SMART scopes, separated by spaces. */
  readonly scope?: string | undefined
  /** Lifetime: `15m`, `8h`, `30d`. */
  readonly expires: string
}

/** A token of the server whose state is at `state`. Throws cli.usage for an unknown role, person or lifetime, auth.scope, and the errors of opening the state. */
export async function issueToken(
  { state: location, google }: Pick<Settings, 'state' | 'google'>,
  { role, subject, fhirUser, scope, expires }: TokenRequest
): Promise<string> {
  if (!ROLES.includes(role)) throw fail('cli.usage', { reason: `There is no role "${role}" (known: ${ROLES.join(', ')})` })
  if (fhirUser !== undefined && !isFhirUser(fhirUser))
    throw fail('cli.usage', { reason: `${fhirUser} does not name a person: Practitioner/2` })
  if (scope !== undefined) parseScopes(scope)
  const lifetime = parseLifetime(expires)
  const patient = scope !== undefined && fhirUser?.startsWith('Patient/') ? { patient: fhirUser.slice('Patient/'.length) } : {}
  const who = { subject, role, ...(fhirUser === undefined ? {} : { fhirUser }), ...(scope === undefined ? {} : { scope }), ...patient }
  const state = await openState(location, { google })
  try {
    return signToken(await state.getSigningKey({ until: Date.now() + lifetime * 1000 }), who, lifetime)
  } finally {
    state.close()
  }
}
