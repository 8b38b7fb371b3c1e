/** Who may run the server: administrators. */
import type { FastifyInstance, FastifyRequest, FastifySchema } from 'fastify'
import { fail } from '../../errors.js'
import type { Principal } from '../../service/contract.js'
import { bearerToken } from '../auth.js'

/** The subject of the administrator who asks. Throws auth.forbidden for another role, auth.limited for a token that scopes make smaller than its role. */
export function operator({ principal }: Pick<FastifyRequest, 'principal'>, what: string): string {
  const { role, scope, subject } = principal
  if (role !== 'administrator' && role !== 'system') throw fail('auth.forbidden', { role, interaction: 'manage', type: what })
  if (scope !== undefined) throw fail('auth.limited', { what: `manage ${what}` })
  return subject
}

/** Who calls a route that is public for the hook that asks for tokens (http/auth.ts). Throws auth.missing, auth.invalid, auth.provider. */
export async function asker(app: FastifyInstance, request: FastifyRequest): Promise<Principal> {
  // Without authentication the hook has said it already.
  if (request.principal.role !== 'nobody') return request.principal
  const token = bearerToken(request)
  if (token === undefined) throw fail('auth.missing')
  return app.holderOf(token, request.ip)
}

/** How a route stands in /docs/json. */
export function describe(summary: string, status: number, description: string): FastifySchema {
  return {
    tags: ['operations'],
    summary,
    security: [{ token: [] }],
    response: { [status]: { description, type: 'object', additionalProperties: true } }
  } as FastifySchema
}
