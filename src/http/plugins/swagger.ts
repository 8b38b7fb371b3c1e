/** The OpenAPI description of the routes at /docs/json, and a page to read and try it at /docs. Both are public. */
import { readFileSync } from 'node:fs'
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'

declare module 'fastify' {
  interface FastifyInstance {
    /** Schemas for #/components/schemas that are known only some time after the start: what fetches them, and those that were, by name. */
    lateSchemas: { readonly fetch: Array<() => Promise<Record<string, object>>>; readonly fetched: Record<string, object> }
  }
}

/** Registered before the routes it describes. */
export const apiDescription = fp(
  async (app: FastifyInstance, options: { readonly version: string; readonly publicUrl: string | undefined }) => {
    app.decorate('lateSchemas', { fetch: [], fetched: {} })
    await app.register(swagger, {
      transformObject: (document) => {
        if (!('openapiObject' in document)) return document.swaggerObject
        const components = (document.openapiObject.components ??= {})
        Object.assign((components.schemas ??= {}), app.lateSchemas.fetched)
        return document.openapiObject
      },
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
          { name: 'hospital', description: 'Rows of the hospital: the same data as under /fhir, through the mapping' },
          { name: 'healthcare', description: 'The v1 surface of the Cloud Healthcare API: the local twin' },
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
  // The description is made at once when it is first asked for: what it needs is fetched before.
  app.addHook('onRequest', async () => {
    const { fetch, fetched } = app.lateSchemas
    while (fetch[0] !== undefined) {
      Object.assign(fetched, await fetch[0]())
      fetch.shift()
    }
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
