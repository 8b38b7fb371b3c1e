/** POST /auth/refresh: a refresh token for the next pair of tokens. Public: the refresh token says who asks. */
import { membersOf, text } from './body.js'
import { describe, GRANT, object } from './describe.js'
import type { Endpoint } from './routes.js'

export const refresh: Endpoint = (app, { identity }) => {
  app.post(
    '/auth/refresh',
    {
      config: { public: true },
      schema: describe({
        summary: 'The next pair of tokens; a refresh token can be used once, and one that comes twice ends its session',
        body: object('refresh_token'),
        answer: GRANT,
        isOpen: true
      })
    },
    async (request) => identity.sessions.refresh(text(membersOf(request, ['refresh_token']), 'refresh_token'), request.ip)
  )
}
