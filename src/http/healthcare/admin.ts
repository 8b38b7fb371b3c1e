/** The methods of the v1 surface that are no FHIR methods. */
import type { FastifyInstance, FastifyReply, FastifyRequest, FastifySchema } from 'fastify'
import { fail } from '../../errors.js'
import { parseMessage, type Shape } from '../../twin/message.js'
import { isPart } from '../../twin/names.js'
import { operator } from '../ops/operator.js'
import { DATASET_METHODS } from './datasets.js'
import { sendGoogleError } from './errors.js'
import type { FhirMethodOptions } from './fhir/routes.js'
import { type Method, OPERATION } from './method.js'
import { NOT_IMITATED } from './not-imitated.js'
import { OPERATION_METHODS } from './operations.js'
import { POLICY_METHODS } from './policies.js'
import { STORE_METHODS } from './stores.js'
import { TRANSFER_METHODS } from './transfers.js'

export const METHODS: readonly Method[] = [
  ...DATASET_METHODS,
  ...STORE_METHODS,
  ...POLICY_METHODS,
  ...OPERATION_METHODS,
  ...TRANSFER_METHODS,
  ...NOT_IMITATED
]

/** Parameters that every method of Google's APIs takes; those that would change the form of an answer are not followed. */
const SYSTEM = [
  '$.xgafv',
  '$alt',
  '$prettyPrint',
  'access_token',
  'alt',
  'callback',
  'fields',
  'key',
  'oauth_token',
  'prettyPrint',
  'quotaUser',
  'uploadType',
  'upload_protocol'
]

const JSON_TYPE = 'application/json; charset=utf-8'

export async function admin(app: FastifyInstance, { twin, root }: Pick<FhirMethodOptions, 'twin' | 'root'>): Promise<void> {
  app.setErrorHandler(sendGoogleError)
  app.setValidatorCompiler(() => () => true)
  app.setSerializerCompiler(() => (value) => JSON.stringify(value))
  app.removeAllContentTypeParsers()
  // Whatever a client calls it: the body of a method is JSON.
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body))
  app.addHook('onRequest', async (request) => void operator(request, 'the Cloud Healthcare API'))
  app.setNotFoundHandler((request) => {
    operator(request, 'the Cloud Healthcare API')
    throw fail('http.not-found', { method: request.method, path: pathOf(request) })
  })

  for (const method of METHODS) {
    app.route({
      method: method.verb,
      url: routeOf(method.path),
      schema: describe(method),
      handler: async (request, reply) => reply.type(JSON_TYPE).send(JSON.stringify(await method.handle(await callOf(method, request))))
    })
  }

  app.get(
    routeOf(`${OPERATION}/errors`),
    { schema: { ...describe({ summary: 'What went wrong with single records, one JSON object a line: where logsUrl leads' }) } },
    async (request, reply): Promise<FastifyReply> => {
      const errors = await twin.operations.errors(nameOf(OPERATION, request))
      return reply.type('application/x-ndjson; charset=utf-8').send(errors ?? '')
    }
  )

  async function callOf({ path, query, body, imitated = true }: Method, request: FastifyRequest): Promise<Parameters<Method['handle']>[0]> {
    const given = request.query as Record<string, string | string[]>
    if (imitated)
      for (const name of Object.keys(given))
        if (!query?.includes(name) && !SYSTEM.includes(name))
          throw fail('twin.argument', {
            reason: `Invalid JSON payload received. Unknown name "${name.slice(0, 100)}": Cannot bind query parameter.`
          })
    return {
      twin,
      who: request.principal,
      name: nameOf(path, request),
      query: Object.fromEntries(Object.entries(given).map(([name, value]) => [name, [value].flat().at(-1)])),
      body: body === undefined ? {} : parseMessage(body, (request.body as string | undefined) ?? ''),
      base: `${root(request)}/v1`
    }
  }
}

/** The name that an address of the path stands for, without the verb. Throws twin.argument for what can be no name, http.not-found for a verb there is not. */
function nameOf(path: string, request: FastifyRequest): string {
  const params = request.params as Readonly<Record<string, string>>
  for (const [key, part] of Object.entries(params)) {
    if (key === '*') continue
    if (!isPart(part)) throw fail('twin.argument', { reason: `"${part.slice(0, 100)}" cannot be part of a name` })
    // Ids of projects may have a colon.
    if (key !== 'project' && part.includes(':')) throw fail('http.not-found', { method: request.method, path: pathOf(request) })
  }
  return path
    .slice(1)
    .replace(/:[A-Za-z]+$/, '')
    .replace(/\{(\w+)\}/g, (_, key: string) => params[key]!)
}

function pathOf(request: FastifyRequest): string {
  return request.url.split('?', 1)[0]!
}

/** `/a/{b}:verb` -> `/a/:b(^[^/:]+)::verb`: find-my-way takes a verb for part of the name otherwise. */
function routeOf(path: string): string {
  return path
    .replace(/\{(\w+)\}(:?)/g, (_, name: string, colon: string) => (colon === '' ? `:${name}` : `:${name}(^[^/:]+)::`))
    .replace('nlp:', 'nlp::')
}

function describe({ id, summary, query = [], body, imitated }: Pick<Method, 'summary'> & Partial<Method>): FastifySchema {
  return {
    tags: ['healthcare'],
    summary,
    ...(imitated === false ? { hide: true } : {}),
    ...(id === undefined ? {} : { description: `healthcare.projects.locations.${id}` }),
    security: [{ token: [] }],
    ...(query.length === 0
      ? {}
      : { querystring: { type: 'object', properties: Object.fromEntries(query.map((name) => [name, { type: 'string' }])) } }),
    ...(body === undefined ? {} : { body: jsonSchema(body) }),
    response: { 200: { description: 'JSON of the Cloud Healthcare API v1', type: 'object', additionalProperties: true } }
  } as FastifySchema
}

/** A shape as JSON Schema, for those who read the description of the API. */
function jsonSchema(shape: Shape): object {
  switch (shape.kind) {
    case 'text':
      return { type: 'string' }
    case 'bool':
      return { type: 'boolean' }
    case 'integer':
      return { type: 'string', format: 'int64' }
    case 'any':
      return {}
    case 'choice':
      return { type: 'string', enum: shape.of }
    case 'list':
      return { type: 'array', items: jsonSchema(shape.of) }
    case 'map':
      return { type: 'object', additionalProperties: jsonSchema(shape.of) }
    case 'message':
      return { type: 'object', properties: Object.fromEntries(Object.entries(shape.fields).map(([name, one]) => [name, jsonSchema(one)])) }
  }
}
