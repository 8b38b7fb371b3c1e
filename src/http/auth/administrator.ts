/** Who may manage accounts and clients. */
import type { FastifyRequest } from 'fastify'
import { fail } from '../../errors.js'
import type { Actor } from '../../identity/accounts.js'

/** The administrator who asks. Throws auth.forbidden for another role, auth.limited for a token that scopes make smaller than its role. */
export function administrator({ principal, ip }: FastifyRequest, what: 'accounts' | 'clients'): Actor {
  const { role, scope, subject } = principal
  if (role !== 'administrator' && role !== 'system') throw fail('auth.forbidden', { role, interaction: 'manage', type: what })
  if (scope !== undefined) throw fail('auth.limited', { what: `manage ${what}` })
  return { subject, from: ip }
}
