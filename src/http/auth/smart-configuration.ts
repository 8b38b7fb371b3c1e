/** GET /fhir/.well-known/smart-configuration (SMART App Launch 2.2, conformance): what works, and nothing else. Public. */
import { ASSERTION_ALGORITHMS } from '../../identity/assertion.js'
import { APP_SCOPES } from '../../identity/client-scopes.js'
import { describe } from './describe.js'
import type { Endpoint } from './routes.js'
import { GRANT_TYPES } from './token.js'

const CONTEXTS = ['patient', 'user', 'system']

const CAPABILITIES = [
  'launch-standalone',
  'sso-openid-connect',
  'client-public',
  'client-confidential-asymmetric',
  'context-standalone-patient',
  'permission-offline',
  'permission-online',
  'permission-patient',
  'permission-user',
  'permission-v1',
  'permission-v2'
]

export const smartConfiguration: Endpoint = (app, { root }) => {
  app.get(
    '/fhir/.well-known/smart-configuration',
    {
      config: { public: true },
      schema: describe({ summary: 'What SMART clients ask first', answer: [200, 'Endpoints and capabilities'], isOpen: true })
    },
    async (request, reply) => {
      const auth = `${root(request)}/auth`
      return reply.header('cache-control', 'public, max-age=300').send({
        issuer: root(request),
        jwks_uri: `${root(request)}/.well-known/jwks.json`,
        authorization_endpoint: `${auth}/authorize`,
        token_endpoint: `${auth}/token`,
        revocation_endpoint: `${auth}/revoke`,
        grant_types_supported: GRANT_TYPES,
        token_endpoint_auth_methods_supported: ['private_key_jwt'],
        token_endpoint_auth_signing_alg_values_supported: ASSERTION_ALGORITHMS,
        scopes_supported: [...CONTEXTS.flatMap((context) => [`${context}/*.rs`, `${context}/*.cruds`]), ...APP_SCOPES],
        response_types_supported: ['code'],
        code_challenge_methods_supported: ['S256'],
        capabilities: CAPABILITIES
      })
    }
  )
}
