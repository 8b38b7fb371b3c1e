/** The OpenAPI description of the routes at /docs/json, and a page to read and try it at /docs. Both are public. */
import { readFileSync } from 'node:fs'
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'

/** Registered before the routes it describes. */
export const apiDescription = fp(
  async (app: FastifyInstance, options: { readonly version: string; readonly publicUrl: string | undefined }) => {
    await app.register(swagger, {
      openapi: {
        openapi: '3.0.3',
        info: {
          title: 'Wardbridge',
          version: options.version,
          description:
            'FHIR R4 over the tables of a hospital. What each resource type can do stands in the CapabilityStatement at /fhir/metadata.',
          license: { name: 'Apache-2.0' }
        },
        ...(options.publicUrl === undefined ? {} : { servers: [{ url: options.publicUrl }] }),
        tags: [
          { name: 'fhir', description: 'FHIR R4 interactions (http://hl7.org/fhir/R4/http.html)' },
          { name: 'operations', description: 'For those who run the server' }
        ],
        components: { securitySchemes: { token: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } } }
      }
    })
  }
)

/** Registered last. */
export async function apiPages(app: FastifyInstance): Promise<void> {
  app.addHook('onRoute', (route) => {
    route.config = { ...route.config, public: true }
  })
  const logo = readFileSync(new URL('../../../assets/wardbridge.svg', import.meta.url))
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    logo: { type: 'image/svg+xml', content: logo, href: '/' },
    theme: {
      title: 'Wardbridge API',
      favicon: [{ filename: 'wardbridge.svg', rel: 'icon', type: 'image/svg+xml', sizes: 'any', content: logo.toString() }]
    },
    // No badge from a validator on the internet.
    uiConfig: { validatorUrl: null, docExpansion: 'list' }
  })
}
