/** Errors as OAuth 2.0 wants them: {error, error_description} (RFC 6749, 5.2). */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { WardbridgeError } from '../../errors.js'
import { errorsOf, sendError } from '../errors.js'

/** What a client did wrong; anything else is answered as everywhere. */
export function sendOAuthError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  // Fastify's own, of bodies it cannot take.
  const isRefusal = !(error instanceof WardbridgeError) && ((error as { statusCode?: number }).statusCode ?? 500) < 500
  const known = isRefusal ? errorsOf(error, request)[0] : error
  const answer = known instanceof WardbridgeError ? oauthError(known) : undefined
  if (answer === undefined) return sendError(error, request, reply)
  return reply.code(answer.status).type('application/json; charset=utf-8').send(JSON.stringify(answer.body))
}

function oauthError({ code, status, message }: WardbridgeError): { readonly status: number; readonly body: object } | undefined {
  // The set of characters is that of the RFC: no quotes, no backslash.
  const body = (error: string) => ({ error, error_description: message.replaceAll('"', "'").replace(/[^ !#-[\]-~]/g, '?') })
  if (code.startsWith('oauth.')) return { status, body: body(code.slice('oauth.'.length)) }
  if (code === 'auth.refresh') return { status: 400, body: body('invalid_grant') }
  if (status === 415 || status === 400 || status === 413) return { status: 400, body: body('invalid_request') }
  return undefined
}
