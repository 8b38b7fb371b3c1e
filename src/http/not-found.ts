/** Addresses nothing answers: 405 with Allow where the path is known under other methods, else 404. */
import type { FastifyInstance, RouteOptions } from 'fastify'
import fp from 'fastify-plugin'
import { fail } from '../errors.js'

/** Registered first, so that it sees every route. */
export const notFound = fp(async (app: FastifyInstance) => {
  const known = new Map<string, { readonly pattern: RegExp; readonly methods: Set<string> }>()

  app.addHook('onRoute', ({ url, method, schema }: RouteOptions) => {
    // Routes that only say which method is right.
    if (schema?.hide) return
    const entry = known.get(url) ?? { pattern: patternOf(url), methods: new Set<string>() }
    for (const name of [method].flat()) entry.methods.add(name)
    known.set(url, entry)
  })

  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?', 1)[0]!
    const methods = new Set<string>()
    for (const entry of known.values()) if (entry.pattern.test(path)) for (const name of entry.methods) methods.add(name)
    // Under a method that is known, the route itself found nothing.
    if (methods.size === 0 || methods.has(request.method)) throw fail('http.not-found', { method: request.method, path })
    reply.header('allow', [...methods].sort().join(', '))
    throw fail('http.method', { method: request.method, path })
  })
})

/** `/fhir/:type/:id` -> /^\/fhir\/[^/]+\/[^/]+$/ ; a `*` at the end takes the rest. */
function patternOf(url: string): RegExp {
  const parts = url.split('/').map((part) => {
    if (part.startsWith(':')) return '[^/]+'
    if (part === '*') return '.*'
    return part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  })
  return new RegExp(`^${parts.join('/')}$`)
}
