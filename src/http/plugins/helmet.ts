/**
 * Security headers. Pages: nothing is loaded from elsewhere, no script stands in the page, no other site frames it. Data: a browser that is led to it
 * shows it as what it is and runs nothing; a constant, as helmet works its headers out anew for every answer, a tenth of the time of a read.
 */
import helmet from '@fastify/helmet'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'

/** Headers of answers that are data. */
export const DATA_HEADERS = {
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none';frame-ancestors 'none'"
}

// Only where clients come by https: a browser would otherwise refuse http on every port of this host.
const HTTPS_ONLY = { 'strict-transport-security': 'max-age=31536000; includeSubDomains' }

export interface SecurityOptions {
  readonly https: boolean
}

export const dataHeaders = fp(async (app: FastifyInstance, { https }: SecurityOptions) => {
  const headers = https ? { ...DATA_HEADERS, ...HTTPS_ONLY } : DATA_HEADERS
  app.addHook('onRequest', (_request, reply, done) => {
    reply.headers(headers)
    done()
  })
})

export const pageHeaders = fp(async (app: FastifyInstance, { https }: SecurityOptions) => {
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'", 'data:'],
        fontSrc: ["'self'"],
        connectSrc: ["'self'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"]
      }
    },
    strictTransportSecurity: https,
    referrerPolicy: { policy: 'no-referrer' }
  })
})
