/** GET /.well-known/jwks.json: the public keys of our tokens (RFC 7517). Public. */
import { describe } from './describe.js'
import type { Endpoint } from './routes.js'

export const jwks: Endpoint = (app, { identity }) => {
  app.get(
    '/.well-known/jwks.json',
    {
      config: { public: true },
      schema: describe({ summary: 'Public keys of the access tokens', answer: [200, 'A JWK set'], isOpen: true })
    },
    async (_request, reply) => reply.header('cache-control', 'public, max-age=300').send(await identity.keys.jwks())
  )
}
