/**
 * POST /auth/token: the token endpoint of OAuth 2.0 (RFC 6749, 3.2). client_credentials with private_key_jwt is SMART Backend Services; authorization_code with
 * PKCE is the launch of an app, refresh_token is for sessions. Public: what comes in the form says who asks. Errors are those of OAuth.
 */
import type { FastifyRequest } from 'fastify'
import { fail } from '../../errors.js'
import { ASSERTION_TYPE } from '../../identity/assertion.js'
import { grantedScope } from '../../identity/client-scopes.js'
import type { Grant } from '../../identity/sessions.js'
import { neededParameter, parameter } from './body.js'
import { describe, GRANT, object } from './describe.js'
import { sendOAuthError } from './oauth-error.js'
import type { AuthOptions, Endpoint } from './routes.js'

type GrantType = (request: FastifyRequest, options: AuthOptions) => Promise<Grant>

const GRANTS: Readonly<Record<string, GrantType>> = {
  authorization_code: authorizationCode,
  client_credentials: clientCredentials,
  refresh_token: refreshToken
}

export const GRANT_TYPES = Object.keys(GRANTS)

export const token: Endpoint = (app, options) => {
  app.post(
    '/auth/token',
    {
      config: { public: true },
      errorHandler: sendOAuthError,
      schema: describe({
        summary: 'Token endpoint of OAuth 2.0',
        body: object(
          'grant_type',
          'scope?',
          'client_assertion_type?',
          'client_assertion?',
          'refresh_token?',
          'code?',
          'redirect_uri?',
          'client_id?',
          'code_verifier?'
        ),
        isForm: true,
        answer: GRANT,
        isOpen: true
      })
    },
    async (request) => {
      const type = neededParameter(request, 'grant_type')
      const grant = Object.hasOwn(GRANTS, type) ? GRANTS[type] : undefined
      if (grant === undefined) throw fail('oauth.unsupported_grant_type', { reason: `grant_type is one of ${GRANT_TYPES.join(', ')}` })
      return grant(request, options)
    }
  )
}

async function clientCredentials(request: FastifyRequest, { identity, root }: AuthOptions): Promise<Grant> {
  if (neededParameter(request, 'client_assertion_type') !== ASSERTION_TYPE) {
    throw fail('oauth.invalid_client', { reason: `client_assertion_type is ${ASSERTION_TYPE}` })
  }
  const assertion = neededParameter(request, 'client_assertion')
  const asked = neededParameter(request, 'scope')
  const client = await identity.assertions.clientOf(assertion, `${root(request)}/auth/token`)
  const clientId = parameter(request, 'client_id')
  if (clientId !== undefined && clientId !== client.id)
    throw fail('oauth.invalid_client', { reason: 'client_id is not who made the assertion' })
  const scope = grantedScope(asked, client.scope)
  if (scope === '') throw fail('oauth.invalid_scope', { reason: `The client may ask for: ${client.scope}` })
  identity.observe({ action: 'client-login', outcome: 'success', subject: client.id, from: request.ip })
  return identity.sessions.forProgram({ subject: client.id, role: client.role!, scope, client: client.id })
}

async function authorizationCode(request: FastifyRequest, { identity, root }: AuthOptions): Promise<Grant> {
  return identity.launches.redeem(neededParameter(request, 'code'), {
    client: neededParameter(request, 'client_id'),
    redirectUri: neededParameter(request, 'redirect_uri'),
    verifier: neededParameter(request, 'code_verifier'),
    root: root(request)
  })
}

async function refreshToken(request: FastifyRequest, { identity }: AuthOptions): Promise<Grant> {
  return identity.sessions.refresh(neededParameter(request, 'refresh_token'), request.ip, parameter(request, 'client_id'))
}
