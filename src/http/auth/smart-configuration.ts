/** GET /fhir/.well-known/smart-configuration (SMART App Launch 2.2, conformance): what works, and nothing else. Public. */
import { ASSERTION_ALGORITHMS } from '../../identity/assertion.js'
import { describe } from './describe.js'
import type { Endpoint } from './routes.js'
import { GRANT_TYPES } from './token.js'

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
        token_endpoint: `${auth}/token`,
        revocation_endpoint: `${auth}/revoke`,
        grant_types_supported: GRANT_TYPES,
        token_endpoint_auth_methods_supported: ['private_key_jwt'],
        token_endpoint_auth_signing_alg_values_supported: ASSERTION_ALGORITHMS,
        scopes_supported: ['system/*.rs', 'system/*.cruds'],
        code_challenge_methods_supported: ['S256'],
        capabilities: ['client-confidential-asymmetric', 'permission-v1', 'permission-v2']
      })
    }
  )
}
