/** Answers with stored bytes, and the headers R4 asks for. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { WriteResult } from '../../store/repository.js'
import { etag, parsePrefer } from './headers.js'
import type { FhirContext } from './interaction.js'
import { prettyJson } from './pretty.js'

/** Sends JSON in the format the client asked for. Stored bytes go out as they are, unless `_pretty` was asked for. */
export function sendJson(request: FastifyRequest, reply: FastifyReply, body: Buffer | string): FastifyReply {
  reply.header('content-type', contentType(request))
  return reply.send(request.pretty ? prettyJson(body.toString()) : body)
}

/** ETag and Last-Modified of a version; caches must ask each time. lastUpdated in milliseconds. */
export function versionHeaders(reply: FastifyReply, version: { readonly versionId: string; readonly lastUpdated: number }): void {
  reply.header('etag', etag(version.versionId))
  reply.header('last-modified', new Date(version.lastUpdated).toUTCString())
  reply.header('cache-control', 'private, no-cache')
}

/** Answers a create or update: 201 with Location when there was nothing before, else 200; the body as Prefer: return asks. */
export function sendWritten(context: FhirContext, request: FastifyRequest, reply: FastifyReply, result: WriteResult): FastifyReply {
  versionHeaders(reply, result)
  if (result.outcome === 'created') {
    reply.code(201).header('location', `${context.base(request)}/${result.type}/${result.id}/_history/${result.versionId}`)
  }
  switch (parsePrefer(request.headers['prefer']).return) {
    case 'minimal':
      return reply.send()
    case 'OperationOutcome':
      return sendJson(request, reply, informed(`${result.type}/${result.id} ${result.outcome}, version ${result.versionId}`))
    case 'representation':
      return sendJson(request, reply, result.body)
  }
}

/** An OperationOutcome that tells of success (R4 http.html#ops: severity information, code informational). */
export function informed(text: string): string {
  return JSON.stringify({
    resourceType: 'OperationOutcome',
    issue: [{ severity: 'information', code: 'informational', details: { text } }]
  })
}

const TYPES = {
  'application/fhir+json': 'application/fhir+json; charset=utf-8',
  'application/json': 'application/json; charset=utf-8',
  'text/json': 'text/json; charset=utf-8'
} as const

function contentType(request: FastifyRequest): string {
  return TYPES[request.format]
}
