/** The one place where an error becomes an HTTP answer: status of the error table, OperationOutcome or problem details as the body. */
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { fail, operationOutcome, WardbridgeError } from '../errors.js'
import { DATA_HEADERS } from './plugins/helmet.js'
import { PROBLEM_TYPE, problemDetails, wantsProblem } from './problem.js'

const CHALLENGE = 'Bearer realm="wardbridge"'

/** Answers `error`. Unexpected ones are logged under the reference (the request's id) that the client is told. */
export function sendError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const errors = errorsOf(error, request)
  const first = errors[0]!
  if (first.status === 401)
    reply.header('www-authenticate', first.code === 'auth.invalid' ? `${CHALLENGE}, error="invalid_token"` : CHALLENGE)
  if (first.status === 503) reply.header('retry-after', '1')
  if (first.status === 429) reply.header('retry-after', String(first.params['seconds'] ?? 60))
  reply.headers(DATA_HEADERS)
  if (wantsProblem(request)) return reply.code(first.status).type(PROBLEM_TYPE).send(problemDetails(errors, request))
  return reply.code(first.status).type('application/fhir+json; charset=utf-8').send(operationOutcome(errors))
}

/** What a client is told of an error, at least one; unexpected ones are logged. */
export function errorsOf(error: unknown, request: FastifyRequest): readonly WardbridgeError[] {
  if (error instanceof AggregateError && error.errors.length > 0 && error.errors.every((part) => part instanceof WardbridgeError)) {
    return error.errors
  }
  // A defect of the store is for the operator's eyes: its text names files and resources.
  if (error instanceof WardbridgeError && error.issue !== 'exception') return [error]
  if (error instanceof WardbridgeError && error.code === 'store.full') return [error]
  const { code, statusCode } = (error ?? {}) as Partial<FastifyError>
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return [fail('http.body-too-large', { limit: request.routeOptions.bodyLimit })]
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return [unsupportedType(request)]
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return [
      fail('http.bad-request', {
        reason: 'The request is malformed' + (code === 'FST_ERR_BAD_URL' ? ': the address cannot be decoded' : '')
      })
    ]
  }
  request.log.error({ fault: describeFault(error) }, 'unexpected error')
  return [fail('internal', { reference: request.id })]
}

/** 415 for the Content-Type of a request. */
export function unsupportedType(request: FastifyRequest): WardbridgeError {
  return fail('http.content-type', { type: request.headers['content-type'] ?? '(none)' })
}

/**
 * What a log may hold of an unexpected error: names, codes and places in the code. Never its message, which may quote what a client sent
 * (JSON.parse does) or a value of the store.
 */
export function describeFault(error: unknown): unknown {
  if (!(error instanceof Error)) return { name: typeof error }
  const stack = (error.stack ?? '')
    .replace(error.message, '')
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
  const { code } = error as { code?: unknown }
  return {
    name: error.name,
    ...(typeof code === 'string' ? { code } : {}),
    stack: stack.map((line) => line.trim()),
    ...(error.cause === undefined ? {} : { cause: describeFault(error.cause) })
  }
}
