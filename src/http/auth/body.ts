/** What comes in below /auth: JSON objects and forms, small, and read member by member. */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { fail } from '../../errors.js'

/** Largest body, in bytes: a registration with its keys. */
const LIMIT = 65_536

export function acceptJson(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'string', bodyLimit: LIMIT }, (_request, body, done) => {
    try {
      done(null, JSON.parse(String(body)))
    } catch {
      // The message of the parser quotes the body, which may hold a password.
      done(fail('http.bad-request', { reason: 'The body is not valid JSON' }))
    }
  })
}

export function acceptForm(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string', bodyLimit: LIMIT }, (_request, body, done) =>
    done(null, new URLSearchParams(String(body)))
  )
}

export type Members = Readonly<Record<string, unknown>>

/** The members of the JSON object that was sent. Throws http.bad-request when it is none, or has a member that is not `known`. */
export function membersOf(request: FastifyRequest, known: readonly string[]): Members {
  const { body } = request
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw fail('http.bad-request', { reason: 'Send a JSON object' })
  const odd = Object.keys(body).find((name) => !known.includes(name))
  if (odd !== undefined)
    throw fail('http.bad-request', { reason: `There is no member "${odd.slice(0, 40)}" here (known: ${known.join(', ')})` })
  return body as Members
}

/** Throws http.bad-request when the member is missing, empty or no text. */
export function text(members: Members, name: string): string {
  const value = optionalText(members, name)
  if (value === undefined || value === '') throw fail('http.bad-request', { reason: `"${name}" is missing` })
  return value
}

/** Throws http.bad-request when the member is there and no text. null counts as not there. */
export function optionalText(members: Members, name: string): string | undefined {
  const value = members[name] ?? undefined
  if (value !== undefined && typeof value !== 'string') throw fail('http.bad-request', { reason: `"${name}" is not a text` })
  return value
}

/** A parameter of a form; empty counts as not there (RFC 6749, 3.2). Throws oauth.invalid_request when it comes twice, or there is no form. */
export function parameter(request: FastifyRequest, name: string): string | undefined {
  if (!(request.body instanceof URLSearchParams)) {
    throw fail('oauth.invalid_request', { reason: 'Send a form (application/x-www-form-urlencoded)' })
  }
  const values = request.body.getAll(name)
  if (values.length > 1) throw fail('oauth.invalid_request', { reason: `${name} comes more than once` })
  return values[0] || undefined
}

/** The same, which must be there. Throws oauth.invalid_request. */
export function neededParameter(request: FastifyRequest, name: string): string {
  const value = parameter(request, name)
  if (value === undefined) throw fail('oauth.invalid_request', { reason: `${name} is missing` })
  return value
}
