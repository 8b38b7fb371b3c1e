/** Lets what is done for a request know when its client goes away, and share one budget of time: see google/request.ts. */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'

export interface RequestScopeOptions {
  /** Begins the scope of a request; functions given to `bound` run in it, too. */
  readonly begin: (signal: AbortSignal, work: (bound: (run: () => void) => void) => void) => void
}

export const requestScope = fp(async (app: FastifyInstance, { begin }: RequestScopeOptions) => {
  const bounds = new WeakMap<FastifyRequest, (run: () => void) => void>()
  app.addHook('onRequest', (request, reply, done) => {
    const gone = new AbortController()
    reply.raw.on('close', () => {
      if (!reply.raw.writableFinished) gone.abort()
    })
    begin(gone.signal, (bound) => {
      bounds.set(request, bound)
      done()
    })
  })
  // A body is read by events of the connection, which know of no request.
  app.addHook('preValidation', (request, _reply, done) => {
    const bound = bounds.get(request)
    if (bound === undefined) done()
    else bound(done)
  })
})
