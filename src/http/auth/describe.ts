/** How the routes below /auth stand in /docs/json. */
import type { FastifySchema } from 'fastify'

const text = { type: 'string' }

/** A JSON object; names that end with ? need not be there. */
export function object(...names: readonly string[]): object {
  const plain = (name: string) => name.replace(/\?$/, '')
  const required = names.filter((name) => !name.endsWith('?'))
  return {
    type: 'object',
    properties: Object.fromEntries(names.map((name) => [plain(name), text])),
    ...(required.length === 0 ? {} : { required })
  }
}

const PROBLEM = {
  description: 'Problem details (RFC 9457)',
  content: { 'application/problem+json': { schema: { type: 'object', additionalProperties: true } } }
}

export interface Description {
  readonly summary: string
  readonly body?: object
  /** Body of a form rather than of JSON. */
  readonly isForm?: boolean
  /** Status and words of the answer when all goes well. */
  readonly answer: readonly [status: number, description: string]
  /** Without a token. */
  readonly isOpen?: boolean
}

export function describe({ summary, body, isForm = false, answer: [status, description], isOpen = false }: Description): FastifySchema {
  return {
    tags: ['auth'],
    summary,
    ...(body === undefined ? {} : { body }),
    ...(isForm ? { consumes: ['application/x-www-form-urlencoded'] } : {}),
    ...(isOpen ? {} : { security: [{ token: [] }] }),
    response: {
      [status]: { description, ...(status === 204 ? { type: 'null' } : { type: 'object', additionalProperties: true }) },
      '4xx': PROBLEM
    }
  } as FastifySchema
}

export const GRANT = [200, 'access_token, token_type, expires_in (seconds), refresh_token'] as const
