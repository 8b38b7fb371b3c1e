/** POST /auth/logout: ends the session of the token it comes with. */
import { bearerToken } from '../auth.js'
import { describe } from './describe.js'
import type { Endpoint } from './routes.js'

export const logout: Endpoint = (app, { identity }) => {
  app.post('/auth/logout', { schema: describe({ summary: 'End this session', answer: [204, 'It has ended'] }) }, async (request, reply) => {
    const token = bearerToken(request)
    if (token !== undefined) await identity.sessions.logout(token, request.ip)
    return reply.code(204).send()
  })
}
