/** POST /auth/revoke: token revocation (RFC 7009). Public: who has a token may give it up. The answer never says whether the token was one. */
import { neededParameter } from './body.js'
import { describe, object } from './describe.js'
import { sendOAuthError } from './oauth-error.js'
import type { Endpoint } from './routes.js'

export const revoke: Endpoint = (app, { identity }) => {
  app.post(
    '/auth/revoke',
    {
      config: { public: true },
      errorHandler: sendOAuthError,
      schema: describe({
        summary: 'Give up a token: a refresh token ends its session, an access token is refused from now on',
        body: object('token', 'token_type_hint?'),
        isForm: true,
        answer: [200, 'The token is not valid (any more)'],
        isOpen: true
      })
    },
    async (request, reply) => {
      await identity.sessions.revoke(neededParameter(request, 'token'), request.ip)
      return reply.code(200).send()
    }
  )
}
