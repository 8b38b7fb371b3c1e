/** Everything below /fhir: negotiates the format, reads bodies, and routes the interactions of the registry. */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { fail } from '../../errors.js'
import { isResourceType } from '../../fhir/definitions.js'
import { unsupportedType } from '../errors.js'
import { capabilities } from './capabilities.js'
import type { FhirContext, FhirRequest, Interaction, Route } from './interaction.js'
import { isFhirJson, isForm, negotiate } from './negotiate.js'
import { openApi } from './openapi.js'
import { parameter, parseParameters } from './parameters.js'
import { INTERACTIONS } from './registry.js'

export interface FhirOptions extends FhirContext {
  readonly version: string
}

export async function fhir(app: FastifyInstance, options: FhirOptions): Promise<void> {
  app.decorateRequest('parameters')
  app.decorateRequest('format', 'application/fhir+json')
  app.decorateRequest('pretty', false)
  // Schemas describe the routes in /docs; what comes in is judged by service/, what goes out is stored bytes.
  app.setValidatorCompiler(() => () => true)
  app.setSerializerCompiler(() => (value) => JSON.stringify(value))
  app.removeAllContentTypeParsers()

  app.addHook('onRequest', (request, _reply, done) => {
    try {
      readAddress(request)
      done()
    } catch (error) {
      done(error as Error)
    }
  })

  const everything: readonly Interaction[] = [capabilities(options.version, new Date().toISOString()), ...INTERACTIONS]
  for (const body of ['nothing', 'resource', 'form'] as const) {
    await app.register(async (scope) => {
      if (body !== 'nothing') acceptBody(scope, body === 'resource' ? isFhirJson : isForm)
      // Clients name a Content-Type on a DELETE without a body, too; what may come is left unread.
      else scope.addContentTypeParser('*', (_request, _payload, done) => done(null))
      for (const interaction of everything) {
        const handler = interaction.handler(options)
        for (const route of interaction.routes) if (route.body === body) add(scope, interaction, route, handler)
      }
    })
  }
}

function add(app: FastifyInstance, interaction: Interaction, route: Route, handler: ReturnType<Interaction['handler']>): void {
  app.route<{ Params: FhirRequest['params']; Body: string | undefined }>({
    method: route.method,
    url: route.url,
    config: { public: interaction.code === 'capabilities' },
    schema: openApi(interaction, route),
    handler
  })
}

/** Resource type, parameters and format of a request, before its body is read. Throws resource.unknown-type, http.bad-request, http.accept. */
function readAddress(request: FastifyRequest): void {
  const { type } = request.params as { type?: string }
  if (type !== undefined && !isResourceType(type)) throw fail('resource.unknown-type', { type })
  const at = request.url.indexOf('?')
  request.parameters = at < 0 ? [] : parseParameters(request.url.slice(at + 1))
  const wish = at < 0 ? undefined : parameter(request.parameters, '_format')
  const format = negotiate(wish, request.headers.accept)
  if (format === undefined) throw fail('http.accept', { accept: wish || request.headers.accept || '' })
  request.format = format
  request.pretty = at >= 0 && parameter(request.parameters, '_pretty') === 'true'
}

/** Gives handlers the body as text. Throws http.content-type for another kind, http.bad-request for bytes that are not UTF-8. */
function acceptBody(app: FastifyInstance, accepts: (contentType: string) => boolean): void {
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (request, body: Buffer, done) => {
    const contentType = request.headers['content-type']
    if (body.length === 0) return done(null, '')
    if (contentType === undefined || !accepts(contentType)) return done(unsupportedType(request))
    try {
      done(null, new TextDecoder('utf-8', { fatal: true }).decode(body))
    } catch (error) {
      done(fail('http.bad-request', { reason: 'The body is not UTF-8' }, { cause: error }))
    }
  })
}
