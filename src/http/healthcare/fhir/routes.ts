/**
 * `projects.locations.datasets.fhirStores.fhir`: the FHIR methods of every store of the twin, below its name. Requests may call their JSON application/json or
 * application/fhir+json; answers are application/fhir+json. There is no HEAD, no XML and no choice of format.
 */
import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest, FastifySchema } from 'fastify'
import { fail } from '../../../errors.js'
import { isResourceType } from '../../../fhir/definitions.js'
import { parseParameters } from '../../../fhir/parameters.js'
import type { Twin, TwinStore } from '../../../twin/registry.js'
import { errorsOf } from '../../errors.js'
import { withData } from '../../fhir/binary.js'
import { type Dispatch, makeDispatch } from '../../fhir/dispatch.js'
import type { FhirRequest, FhirResponse, Handler } from '../../fhir/interaction.js'
import { sendGoogleError } from '../errors.js'
import { contentAsText } from './binary.js'
import { FORMS } from './bundle.js'
import type { Method, MethodContext } from './context.js'
import { outcomeText, statusOf } from './errors.js'
import { sortedText } from './forms.js'
import { BUNDLE_LIMIT, RESOURCE_LIMIT } from './limits.js'
import { entryMethods, METHODS } from './methods.js'
import { shownService } from './service.js'

export interface FhirMethodOptions {
  readonly twin: Twin
  /** Root of all addresses as this client sees it, without a slash at the end. */
  readonly root: (request: FastifyRequest) => string
  /** Milliseconds before a write shows in searches. */
  readonly lag: number
  /** Of the software. */
  readonly version: string
}

/** Where the FHIR methods of a store are, below /v1. */
const STORE = '/projects/:project/locations/:location/datasets/:dataset/fhirStores/:store'
const CONTENT_TYPE = 'application/fhir+json;charset=utf-8'
const ID = /^[A-Za-z0-9\-.]{1,64}$/

type Params = FhirRequest['params'] & Readonly<Record<'project' | 'location' | 'dataset' | 'store', string>>

export async function fhirMethods(app: FastifyInstance, { twin, root, lag, version }: FhirMethodOptions): Promise<void> {
  app.setValidatorCompiler(() => () => true)
  app.setErrorHandler(sendOutcome)
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (request, body: Buffer, done) => {
    try {
      done(null, bodyText(request, body))
    } catch (error) {
      done(error as Error)
    }
  })

  /** The handlers over a store as long as it is open and its settings stay as they are. */
  const made = new WeakMap<object, { readonly settings: string; readonly handlers: ReadonlyMap<Method, Handler> }>()
  const handlersOf = ({ service, settings }: TwinStore) => {
    const known = made.get(service)
    const now = JSON.stringify(settings)
    if (known?.settings === now) return known.handlers
    let dispatch: Dispatch | undefined
    const context: MethodContext = {
      service: shownService(service, settings),
      bundles: FORMS,
      settings,
      lag,
      version,
      get dispatch() {
        return (dispatch ??= makeDispatch(entryMethods(context), [], context))
      }
    }
    const handlers = new Map(METHODS.map((method) => [method, method.handler(context)]))
    made.set(service, { settings: now, handlers })
    return handlers
  }

  const answer = async (method: Method, request: FastifyRequest, reply: FastifyReply) => {
    const { project, location, dataset, store: id, ...params } = request.params as Params
    const name = `projects/${project}/locations/${location}/datasets/${dataset}/fhirStores/${id}`
    const store = await twin.hold(name)
    try {
      const at = request.url.indexOf('?')
      const response = await handlersOf(store).get(method)!({
        principal: request.principal,
        base: `${root(request)}/v1/${name}/fhir`,
        params,
        parameters: at < 0 ? [] : parseParameters(request.url.slice(at + 1)),
        headers: request.headers as FhirRequest['headers'],
        body: (request.body as string | undefined) ?? '',
        errorsOf: (error) => errorsOf(error, request)
      })
      return await send(reply, response)
    } finally {
      store.release()
    }
  }

  // Content of a Binary is as large as the server lets a body be; bodyText() holds resources to their limit.
  const content = Math.max(RESOURCE_LIMIT, app.initialConfig.bodyLimit ?? 0)
  const limits: { readonly [Code in Method['code']]?: number } = { transaction: BUNDLE_LIMIT, create: content, update: content }
  for (const method of METHODS)
    for (const { method: verb, url, summary } of method.routes)
      app.route({
        method: verb,
        url: `${STORE}/fhir${url === '/' ? '' : url}`,
        exposeHeadRoute: false,
        bodyLimit: limits[method.code] ?? RESOURCE_LIMIT,
        config: { interaction: method.code },
        schema: { tags: ['healthcare'], summary, security: [{ token: [] }] } as FastifySchema,
        onRequest: (request, _reply, done) => {
          try {
            checkAddress(request.params as Params)
            done()
          } catch (error) {
            done(error as Error)
          }
        },
        handler: (request, reply) => answer(method, request, reply)
      })
}

/** Throws resource.unknown-type, twin.id: what the API does not know as an operator it takes for an id. */
function checkAddress({ type, id }: Params): void {
  if (type !== undefined && !isResourceType(type)) throw fail('resource.unknown-type', { type: type.slice(0, 100) })
  if (id !== undefined && !ID.test(id)) throw fail('twin.id', { id: id.slice(0, 100) })
}

/** Throws http.content-type, http.bad-request, http.body-too-large. */
function bodyText(request: FastifyRequest, body: Buffer): string {
  if (body.length === 0) return ''
  const { type, id } = request.params as Params
  const method = request.routeOptions.config.interaction
  const isContent = type === 'Binary' && (method === 'create' || method === 'update')
  const content = isContent ? contentAsText(body, request.headers['content-type'], id, request.headers['x-security-context']) : undefined
  if (content !== undefined) return content
  if (method !== 'transaction' && body.length > RESOURCE_LIMIT) throw fail('http.body-too-large', { limit: RESOURCE_LIMIT })
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body)
  } catch (error) {
    throw fail('http.bad-request', { reason: 'The body is not UTF-8' }, { cause: error })
  }
}

async function send(reply: FastifyReply, { status, headers, body, content }: FhirResponse): Promise<FastifyReply> {
  reply.code(status).headers(headers)
  if (content?.as === 'itself') return reply.header('content-length', content.file.size).send(await content.file.open())
  if (content !== undefined)
    return reply
      .header('content-type', CONTENT_TYPE)
      .send(Readable.from(withData((body ?? '').toString(), content.file), { objectMode: false }))
  if (body === undefined) return reply.send()
  if (headers['content-type'] === undefined) reply.header('content-type', CONTENT_TYPE)
  return reply.send(isOutcome(body) ? sortedText(body.toString()) : body)
}

const OUTCOME = '{"resourceType":"OperationOutcome"'

/** What a handler of /fhir made by itself; all else has the order of the API already. */
function isOutcome(body: Buffer | string): boolean {
  return typeof body === 'string' && body.startsWith(OUTCOME)
}

/** Whoever is not known, or asks a store that is not there, reaches no FHIR method. */
function sendOutcome(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const errors = errorsOf(error, request)
  if (errors[0]!.status === 401 || errors[0]!.code === 'twin.not-found') return sendGoogleError(error, request, reply)
  const status = statusOf(errors[0]!)
  if (status === 503) reply.header('retry-after', '1')
  return reply.code(status).header('content-type', CONTENT_TYPE).send(outcomeText(errors))
}
