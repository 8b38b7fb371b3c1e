/** Puts the HTTP server together: order matters, everything else is in the parts. */
import fastify, { type FastifyBaseLogger, type FastifyInstance } from 'fastify'
import { isStoreName, type Settings } from './config.js'
import { googleMetrics } from './google/metrics.js'
import { asRequest } from './google/request.js'
import { auth } from './http/auth/routes.js'
import { authentication } from './http/auth.js'
import { rootUrl } from './http/base-url.js'
import './http/context.js'
import { sendError } from './http/errors.js'
import { feed } from './http/feed.js'
import { fhir } from './http/fhir/routes.js'
import { fileRoutes } from './http/files/routes.js'
import { healthcare } from './http/healthcare/routes.js'
import { hospitalRoutes } from './http/hospital/routes.js'
import { accessLog, QUIET } from './http/log.js'
import { notFound } from './http/not-found.js'
import { askedJobRoutes } from './http/ops/asked-jobs.js'
import { backupRoutes } from './http/ops/backups.js'
import { health } from './http/ops/health.js'
import { jobRoutes } from './http/ops/jobs.js'
import { metrics } from './http/ops/metrics.js'
import { compression } from './http/plugins/compress.js'
import { dataHeaders, pageHeaders } from './http/plugins/helmet.js'
import { requestScope } from './http/plugins/request-scope.js'
import { apiDescription, apiPages } from './http/plugins/swagger.js'
import { stats, waitingGauges } from './http/stats.js'
import type { Identity } from './identity/identity.js'
import { SchedulerTokens } from './identity/scheduler-tokens.js'
import type { Scheduler } from './jobs/scheduler.js'
import type { Service } from './service/contract.js'
import type { State } from './state/state.js'
import type { Twin } from './twin/registry.js'
import { loginPages } from './ui/login/routes.js'
import { mappingPages } from './ui/mappings/routes.js'
import { pages } from './ui/pages.js'
import { VERSION } from './version.js'

/** Longest that a client may take to send a request, in milliseconds: a connection must not be held open by sending a byte now and then. */
const REQUEST_TIMEOUT = 120_000

export interface AppParts {
  readonly settings: Settings
  readonly service: Service
  readonly identity: Identity
  readonly state: State
  readonly jobs: Scheduler
  /** Undefined: there is no /v1. */
  readonly twin?: Twin | undefined
  readonly logger: FastifyBaseLogger
}

/** The server, ready to listen or to be injected. Closing it leaves the service open. */
export async function buildApp({ settings, service, identity, state, jobs, twin, logger }: AppParts): Promise<FastifyInstance> {
  const app = fastify({
    ...QUIET,
    loggerInstance: logger,
    bodyLimit: settings.bodyLimit,
    requestTimeout: REQUEST_TIMEOUT,
    // R4 writes conditional interactions as [base]/[type]/?criteria. Names under /v1 have up to 256 characters, and a verb.
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 300 },
    trustProxy: settings.trustProxy.length > 0 ? [...settings.trustProxy] : false,
    frameworkErrors: sendError
  })
  // Bodies are read where they are wanted (http/fhir/routes.ts); anywhere else they are left unread, so that 404 and 405 come first.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, _payload, done) => done(null))
  app.setErrorHandler(sendError)

  // It costs every request a little: only where requests are answered by calls over a network.
  if (isStoreName(settings.store)) await app.register(requestScope, { begin: asRequest })
  await app.register(accessLog)
  await app.register(notFound)
  await app.register(authentication, { noAuth: settings.noAuth, identity })
  await app.register(apiDescription, { version: VERSION, publicUrl: settings.publicUrl })

  await app.register(metrics, { settings, service, jobs, version: VERSION, register: [waitingGauges(service), googleMetrics] })

  const https = settings.publicUrl?.startsWith('https:') ?? false
  await app.register(async (data) => {
    await data.register(dataHeaders, { https })
    await data.register(compression)
    await data.register(health, { service, version: VERSION })
    await data.register(jobRoutes, { jobs, schedulers: new SchedulerTokens(settings) })
    await data.register(askedJobRoutes, { jobs, service, settings })
    await data.register(backupRoutes, { settings, jobs })
    await data.register(auth, { identity, service, root: (request) => rootUrl(settings.publicUrl, request) })
    await data.register(stats, { service })
    await data.register(feed, { service, noAuth: settings.noAuth })
    await data.register(fhir, {
      prefix: '/fhir',
      service,
      version: VERSION,
      base: (request) => `${rootUrl(settings.publicUrl, request)}/fhir`
    })
    await data.register(fileRoutes, { prefix: '/files', service })
    await data.register(hospitalRoutes, {
      prefix: '/rest',
      service,
      state,
      settings,
      root: (request) => rootUrl(settings.publicUrl, request)
    })
    if (twin !== undefined)
      await data.register(healthcare, {
        prefix: '/v1',
        twin,
        root: (request) => rootUrl(settings.publicUrl, request),
        lag: settings.twinLag,
        version: VERSION
      })
  })
  await app.register(async (people) => {
    await people.register(pageHeaders, { https })
    await people.register(pages, { service, settings, version: VERSION })
    await people.register(mappingPages, { service, settings, version: VERSION })
    await people.register(loginPages, { identity, version: VERSION, root: (request) => rootUrl(settings.publicUrl, request) })
    await people.register(apiPages)
  })
  return app
}
