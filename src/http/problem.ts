/**
 * Problem details (RFC 9457): how an error looks outside of /fhir, made from the same table of errors. /fhir gives OperationOutcomes
 * (errors.ts), and so does every address that belongs to neither.
 */
import { STATUS_CODES } from 'node:http'
import type { FastifyRequest } from 'fastify'
import type { WardbridgeError } from '../errors.js'

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8'

/** Where the answers to errors are problem details: everything below these. */
const PREFIXES = ['/auth', '/rest', '/files', '/.well-known', '/stats', '/admin', '/jobs']

/** Whether a client of this address expects problem details. */
export function wantsProblem({ url }: FastifyRequest): boolean {
  return PREFIXES.some((prefix) => url.startsWith(prefix) && /^(?:[/?]|$)/.test(url.slice(prefix.length)))
}

/**
 * The problem as JSON text. type, title, status and detail are of the RFC; `code` is the row of docs/reference/errors.md, `help` says what to do,
 * `reference` is the id of the request, which stands in the log, too. Of several errors the first is the problem, all are listed in `errors`.
 */
export function problemDetails(errors: readonly WardbridgeError[], request: FastifyRequest): string {
  const { code, status, message, help, expression } = errors[0]!
  return JSON.stringify({
    type: `https://fhir.wardbridge.dev/errors/${code}`,
    title: STATUS_CODES[status],
    status,
    detail: message,
    code,
    help,
    reference: request.id,
    ...(expression === undefined ? {} : { expression }),
    ...(errors.length === 1
      ? {}
      : { errors: errors.map((error) => ({ code: error.code, detail: error.message, expression: error.expression })) })
  })
}
