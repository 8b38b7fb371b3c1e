/** How a FHIR route stands in /docs/json. */
import type { FastifySchema } from 'fastify'
import { resourceTypes } from '../../fhir/definitions.js'
import { resultParameters } from '../../fhir/search-query.js'
import type { Route } from './interaction.js'

const FHIR_JSON = 'application/fhir+json'
const resource = {
  type: 'object',
  required: ['resourceType'],
  properties: { resourceType: { type: 'string' } },
  additionalProperties: true
}
const answer = (description: string) => ({ description, content: { [FHIR_JSON]: { schema: resource } } })
const outcome = (description: string) => answer(`${description} (OperationOutcome)`)

const FAILURES = {
  400: outcome('The request is malformed'),
  401: outcome('A valid bearer token is needed'),
  403: outcome('The role may not do this'),
  404: outcome('Not known')
}

/** By code of the interaction. */
const ANSWERS: Readonly<Record<string, Record<number, unknown>>> = {
  capabilities: { 200: answer('CapabilityStatement') },
  read: { 200: answer('The resource'), 304: { description: 'Not modified' }, 410: outcome('It was deleted'), ...FAILURES },
  vread: { 200: answer('The version'), 410: outcome('This version is a deletion'), ...FAILURES },
  create: {
    201: answer('Created; Location names the version'),
    415: outcome('Not FHIR JSON'),
    422: outcome('Not a valid resource'),
    ...FAILURES
  },
  update: {
    200: answer('Updated, or unchanged when the content is the same'),
    201: answer('Created'),
    412: outcome('If-Match names another version'),
    415: outcome('Not FHIR JSON'),
    422: outcome('Not a valid resource'),
    ...FAILURES
  },
  patch: {
    200: answer('Patched, or unchanged when the content is the same'),
    410: outcome('It was deleted'),
    412: outcome('If-Match names another version'),
    415: outcome('Neither JSON Patch nor FHIR JSON'),
    422: outcome('The patch cannot be applied, or the result is not valid'),
    ...FAILURES
  },
  delete: { 204: { description: 'Deleted, or there was nothing to delete' }, 412: outcome('If-Match names another version'), ...FAILURES },
  transaction: {
    200: answer('Bundle of type batch-response or transaction-response, with an entry for each entry of the request'),
    412: outcome('A condition of a transaction finds several resources, or a version is another one'),
    413: outcome('The bundle is too large'),
    415: outcome('Not FHIR JSON'),
    422: outcome('A resource of a transaction is not valid'),
    ...FAILURES
  },
  'history-instance': { 200: answer('Bundle of type history; follow its next link for more'), ...FAILURES },
  'history-type': { 200: answer('Bundle of type history; follow its next link for more'), ...FAILURES },
  'history-system': { 200: answer('Bundle of type history; follow its next link for more'), ...FAILURES },
  'search-type': { 200: answer('Bundle of type searchset; follow its next link for more'), ...FAILURES },
  'search-system': { 200: answer('Bundle of type searchset; follow its next link for more'), ...FAILURES }
}

const PARAMETERS: Readonly<Record<string, object>> = {
  id: { type: 'string', pattern: '^[A-Za-z0-9\\-.]{1,64}$' },
  vid: { type: 'string', description: 'Version id' },
  target: { type: 'string', description: 'Resource type, or * for all types' }
}

const BODIES: Readonly<Record<Exclude<Route['body'], 'nothing'>, object>> = {
  resource: { consumes: [FHIR_JSON], body: resource },
  patch: { consumes: ['application/json-patch+json', FHIR_JSON], body: { description: 'JSON Patch, or FHIRPath Patch (Parameters)' } },
  form: { consumes: ['application/x-www-form-urlencoded'], body: { type: 'object', additionalProperties: { type: 'string' } } }
}

const HISTORY = {
  type: 'object',
  properties: {
    _count: { type: 'string', description: 'Versions a page; 0: only the total' },
    _since: { type: 'string', description: 'Versions made at or after this instant' },
    _at: { type: 'string', description: 'Versions that were current at some time in this date or dateTime' }
  }
}

/** code: of the interaction, or `$name` of an operation. */
export function openApi(code: string, route: Route): FastifySchema {
  const names = [...route.url.matchAll(/:(\w+)/g)].map((match) => match[1]!)
  const params = names.map((name) => [name, name === 'type' ? { type: 'string', enum: resourceTypes() } : PARAMETERS[name]])
  return {
    tags: ['fhir'],
    summary: route.summary,
    operationId: [
      ...(isConditional(code, route) ? ['conditional'] : []),
      code,
      ...(names.includes('target') ? ['compartment'] : []),
      ...(code.startsWith('$') ? [route.method, ...route.url.split('/').slice(1, -1)] : []),
      ...(route.body === 'form' ? ['post'] : [])
    ].join('-'),
    ...(names.length === 0 ? {} : { params: { type: 'object', required: names, properties: Object.fromEntries(params) } }),
    ...((code === 'search-type' && route.method === 'GET') || isConditional(code, route) ? { querystring: querystring() } : {}),
    ...(code.startsWith('history-') ? { querystring: HISTORY } : {}),
    ...(route.body === 'nothing' ? {} : BODIES[route.body]),
    ...(code === 'capabilities' ? {} : { security: [{ token: [] }] }),
    response: ANSWERS[code] ?? { 200: answer('The outcome'), ...FAILURES }
  } as FastifySchema
}

/** Search criteria stand where an id would. */
function isConditional(code: string, { url }: Route): boolean {
  return ['update', 'patch', 'delete'].includes(code) && !url.includes(':id')
}

function querystring() {
  const described = resultParameters().map(({ name, documentation }) => [name, { type: 'string', description: documentation }])
  return {
    type: 'object',
    properties: {
      _id: { type: 'string' },
      _lastUpdated: { type: 'string', description: 'With a prefix: ge2100-01-01' },
      ...Object.fromEntries(described)
    },
    additionalProperties: { type: 'string' }
  }
}
