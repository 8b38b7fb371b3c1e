/** Making tokens for those who can read the state folder: the command line. */
import { fail } from '../errors.js'
import { ROLES } from '../service/access.js'
import { openState, type SigningKey } from '../state/state.js'
import { parseLifetime, signToken } from './tokens.js'

export interface TokenRequest {
  readonly role: string
  readonly subject: string
  /** Lifetime: `15m`, `8h`, `30d`. */
  readonly expires: string
}

/** A token of the server whose state is in `folder`. Throws cli.usage for an unknown role or lifetime, and the errors of opening the state. */
export function issueToken(folder: string, { role, subject, expires }: TokenRequest): string {
  if (!ROLES.includes(role)) throw fail('cli.usage', { reason: `There is no role "${role}" (known: ${ROLES.join(', ')})` })
  const lifetime = parseLifetime(expires)
  return signToken(signingKey(folder), { subject, role }, lifetime)
}

/** A secret of the server whose state is in `folder`, 32 bytes; made the first time. Throws the errors of opening the state. */
export function secret(folder: string, name: string): Buffer {
  const state = openState(folder)
  try {
    return state.getSecret(name)
  } finally {
    state.close()
  }
}

/** The key of the server whose state is in `folder`; made the first time. Throws the errors of opening the state. */
export function signingKey(folder: string): SigningKey {
  const state = openState(folder)
  try {
    return state.getSigningKey()
  } finally {
    state.close()
  }
}
