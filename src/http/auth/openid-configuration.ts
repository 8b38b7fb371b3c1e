/** GET /.well-known/openid-configuration (OpenID Connect Discovery 1.0, 3): how apps learn who logged in. Public. */
import { APP_SCOPES } from '../../identity/client-scopes.js'
import { describe } from './describe.js'
import type { Endpoint } from './routes.js'

export const openidConfiguration: Endpoint = (app, { root }) => {
  app.get(
    '/.well-known/openid-configuration',
    {
      config: { public: true },
      schema: describe({ summary: 'Where apps find what OpenID Connect needs', answer: [200, 'Endpoints and algorithms'], isOpen: true })
    },
    async (request, reply) => {
      const issuer = root(request)
      return reply.header('cache-control', 'public, max-age=300').send({
        issuer,
        authorization_endpoint: `${issuer}/auth/authorize`,
        token_endpoint: `${issuer}/auth/token`,
        revocation_endpoint: `${issuer}/auth/revoke`,
        jwks_uri: `${issuer}/.well-known/jwks.json`,
        scopes_supported: APP_SCOPES,
        response_types_supported: ['code'],
        grant_types_supported: ['authorization_code', 'refresh_token'],
        subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: ['RS256'],
        token_endpoint_auth_methods_supported: ['none'],
        claims_supported: ['iss', 'sub', 'aud', 'exp', 'iat', 'auth_time', 'nonce', 'fhirUser'],
        code_challenge_methods_supported: ['S256']
      })
    }
  )
}
