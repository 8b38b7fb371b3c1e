/** The address under which a client sees this server. */
import type { FastifyRequest } from 'fastify'
import { fail } from '../errors.js'

/**
 * Root of all addresses, without a slash at the end. `publicUrl` when configured; else scheme and host of the request, where X-Forwarded-* count
 * only when they come from a trusted proxy. Throws http.bad-request when the request names a host that cannot be one.
 */
export function rootUrl(publicUrl: string | undefined, request: FastifyRequest): string {
  if (publicUrl !== undefined) return publicUrl
  const { host } = request
  if (!/^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(:\d{1,5})?$/.test(host ?? ''))
    throw fail('http.bad-request', { reason: 'The Host header is not a host' })
  return `${request.protocol}://${host}`
}
