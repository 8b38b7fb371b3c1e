/** Errors outside of the FHIR methods, as Google's APIs have them (google.rpc.Status in JSON). */
import { STATUS_CODES } from 'node:http'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { WardbridgeError } from '../../errors.js'
import { errorsOf } from '../errors.js'

/** google.rpc.Code by HTTP status. */
const CODES: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  405: 'UNIMPLEMENTED',
  409: 'ABORTED',
  412: 'FAILED_PRECONDITION',
  413: 'INVALID_ARGUMENT',
  415: 'INVALID_ARGUMENT',
  422: 'INVALID_ARGUMENT',
  429: 'RESOURCE_EXHAUSTED',
  500: 'INTERNAL',
  501: 'UNIMPLEMENTED',
  503: 'UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
  507: 'RESOURCE_EXHAUSTED'
}

const OWN: Readonly<Record<string, string>> = { 'twin.precondition': 'FAILED_PRECONDITION', 'twin.exists': 'ALREADY_EXISTS' }

/** The name of google.rpc.Code. */
export function rpcCode({ code, status }: Pick<WardbridgeError, 'code' | 'status'>): string {
  return OWN[code] ?? CODES[status] ?? (status < 500 ? 'FAILED_PRECONDITION' : 'INTERNAL')
}

/** Answers an error. details: the row of docs/reference/errors.md, and what helps. */
export function sendGoogleError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const errors = errorsOf(error, request)
  const first = errors[0]!
  if (first.status === 401) reply.header('www-authenticate', 'Bearer realm="wardbridge"')
  if (first.status === 503 || first.status === 429) reply.header('retry-after', '1')
  const body = {
    error: {
      code: first.status,
      message: first.message || STATUS_CODES[first.status],
      status: rpcCode(first),
      details: errors.map(({ code, help }) => ({
        '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
        reason: code.replace(/[.-]/g, '_').toUpperCase(),
        domain: 'wardbridge.dev',
        metadata: { code, help, reference: request.id }
      }))
    }
  }
  return reply.code(first.status).type('application/json; charset=utf-8').send(JSON.stringify(body))
}
