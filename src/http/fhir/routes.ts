/** Everything below /fhir: negotiates the format, reads bodies, and routes the interactions and operations of the registry. */
import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { fail } from '../../errors.js'
import { isResourceType } from '../../fhir/definitions.js'
import { parameter, parseParameters } from '../../fhir/parameters.js'
import { errorsOf, unsupportedType } from '../errors.js'
import { withData, wrapContent } from './binary.js'
import { R4_FORMS } from './bundle-response.js'
import { capabilities } from './capabilities.js'
import { type Dispatch, makeDispatch } from './dispatch.js'
import type { FhirContext, FhirRequest, FhirResponse, Handler, Interaction, Route } from './interaction.js'
import { isFhirJson, isForm, isPatch, negotiate } from './negotiate.js'
import { openApi } from './openapi.js'
import { operationRoutes } from './operation-routes.js'
import { prettyJson } from './pretty.js'
import { INTERACTIONS, OPERATIONS } from './registry.js'

export interface FhirOptions extends Pick<FhirContext, 'service'> {
  readonly version: string
  /** Service base URL as this client sees it, without a slash at the end: `https://host/fhir`. */
  readonly base: (request: FastifyRequest) => string
}

const ACCEPTS: Readonly<Record<Exclude<Route['body'], 'nothing'>, (contentType: string) => boolean>> = {
  resource: isFhirJson,
  patch: isPatch,
  form: isForm
}

const NONE: FastifyRequest['parameters'] = []

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
  const context: FhirContext = {
    service: options.service,
    bundles: R4_FORMS,
    get dispatch() {
      return (dispatch ??= makeDispatch(everything, OPERATIONS, context))
    }
  }
  let dispatch: Dispatch | undefined
  for (const body of ['nothing', 'resource', 'patch', 'form'] as const) {
    await app.register(async (scope) => {
      if (body !== 'nothing') acceptBody(scope, ACCEPTS[body])
      // Clients name a Content-Type on a DELETE without a body, too; what may come is left unread.
      else scope.addContentTypeParser('*', (_request, _payload, done) => done(null))
      // R4: a form of _search has _format and _pretty, too.
      if (body === 'form')
        scope.addHook('preHandler', (request, _reply, done) => {
          try {
            readFormat(request, parseParameters((request.body as string | undefined) ?? ''))
            done()
          } catch (error) {
            done(error as Error)
          }
        })
      const add = (code: string, route: Route, handler: Handler) => {
        if (route.body !== body) return
        scope.route({
          method: route.method,
          url: route.url,
          config: { public: code === 'capabilities', interaction: code },
          schema: openApi(code, route),
          // No promise for Fastify, which would make more of them: respond() sends whatever comes.
          handler: (request, reply) => void respond(options.base, handler, request, reply)
        })
      }
      for (const { code, routes, handler } of everything) {
        const handle = handler(context)
        for (const route of routes) add(code, route, handle)
      }
      for (const operation of OPERATIONS) {
        const handle = operation.handler(context)
        for (const route of operationRoutes(operation)) {
          add(`$${operation.name}`, route, handle)
          // Else the address would be taken for one of a compartment.
          if (operation.affectsState && body === 'nothing')
            scope.route({ method: 'GET', url: route.url, schema: { hide: true }, handler: onlyPost })
        }
      }
    })
  }
}

/** Sends what the handler answers, or its error. Never rejects. */
async function respond(base: FhirOptions['base'], handler: Handler, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  try {
    const response = await handler({
      principal: request.principal,
      base: base(request),
      params: request.params as FhirRequest['params'],
      parameters: request.parameters,
      headers: request.headers as FhirRequest['headers'],
      body: (request.body as string | undefined) ?? '',
      errorsOf: (error) => errorsOf(error, request)
    })
    if (response.content === undefined) send(request, reply, response)
    else await sendContent(request, reply, response, response.content)
  } catch (error) {
    reply.send(error)
  }
}

/** R4 operations.html#executing: GET does not change anything. Throws http.method. */
function onlyPost({ method, url }: FastifyRequest, reply: FastifyReply): never {
  reply.header('allow', 'POST')
  throw fail('http.method', { method, path: url.split('?', 1)[0]! })
}

/** Sends JSON in the format the client asked for. Stored bytes go out as they are, unless `_pretty` was asked for. */
function send(request: FastifyRequest, reply: FastifyReply, { status, headers, body }: FhirResponse): void {
  reply.code(status).headers(headers)
  if (body === undefined) {
    reply.send()
    return
  }
  if (headers['content-type'] !== undefined) {
    reply.send(body)
    return
  }
  reply.header('content-type', `${request.format}; charset=utf-8`)
  reply.send(request.pretty ? prettyJson(body.toString()) : body)
}

/** A Binary whose content is in a file, piece by piece. */
async function sendContent(
  request: FastifyRequest,
  reply: FastifyReply,
  { status, headers, body = '' }: FhirResponse,
  { file, as }: NonNullable<FhirResponse['content']>
): Promise<void> {
  reply.code(status).headers(headers)
  if (as === 'itself') reply.header('content-length', file.size).send(await file.open())
  else
    reply
      .header('content-type', `${request.format}; charset=utf-8`)
      .send(Readable.from(withData(body.toString(), file), { objectMode: false }))
}

/** Resource type, parameters and format of a request, before its body is read. Throws resource.unknown-type, http.bad-request, http.accept. */
function readAddress(request: FastifyRequest): void {
  const { type } = request.params as { type?: string }
  if (type !== undefined && !isResourceType(type)) throw fail('resource.unknown-type', { type })
  const at = request.url.indexOf('?')
  request.parameters = at < 0 ? NONE : parseParameters(request.url.slice(at + 1))
  // What a Binary holds may be of any type: read.ts has a look.
  const isContent = type === 'Binary' && ['read', 'vread'].includes(request.routeOptions.config.interaction ?? '')
  request.format = formatOf(request, at < 0 ? undefined : parameter(request.parameters, '_format'), isContent)
  request.pretty = at >= 0 && parameter(request.parameters, '_pretty') === 'true'
}

/** _format and _pretty of a form win over those of the address. Throws http.accept. */
function readFormat(request: FastifyRequest, form: ReadonlyArray<readonly [string, string]>): void {
  const [format, pretty] = [parameter(form, '_format'), parameter(form, '_pretty')]
  if (format !== undefined) request.format = formatOf(request, format)
  if (pretty !== undefined) request.pretty = pretty === 'true'
}

function formatOf({ headers }: FastifyRequest, wish: string | undefined, isContent = false): FastifyRequest['format'] {
  const format = negotiate(wish, headers.accept) ?? (isContent ? 'application/fhir+json' : undefined)
  if (format === undefined) throw fail('http.accept', { accept: wish || headers.accept || '' })
  return format
}

/** Gives handlers the body as text. Throws http.content-type for another kind, http.bad-request for bytes that are not UTF-8. */
function acceptBody(app: FastifyInstance, accepts: (contentType: string) => boolean): void {
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (request, body: Buffer, done) => {
    const contentType = request.headers['content-type']
    if (body.length === 0) return done(null, '')
    if (contentType === undefined) return done(unsupportedType(request))
    if (!accepts(contentType)) {
      const content = binaryContent(request, body, contentType)
      return content === undefined ? done(unsupportedType(request)) : done(null, content)
    }
    try {
      done(null, new TextDecoder('utf-8', { fatal: true }).decode(body))
    } catch (error) {
      done(fail('http.bad-request', { reason: 'The body is not UTF-8' }, { cause: error }))
    }
  })
}

/** A body for Binary that is the content itself, as FHIR JSON; undefined for any other. */
function binaryContent(request: FastifyRequest, body: Buffer, contentType: string): string | undefined {
  const { type, id } = request.params as { type?: string; id?: string }
  if (type !== 'Binary' || !['create', 'update'].includes(request.routeOptions.config.interaction ?? '')) return undefined
  const context = request.headers['x-security-context']
  return wrapContent(body, { contentType, id, context: typeof context === 'string' ? context : undefined })
}
