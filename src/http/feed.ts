/**
 * GET /feed: what happens in threads that the caller may see, as Server-Sent Events (WHATWG HTML, 9.2). The id of an event is its place among all writes of
 * the store: a client that comes back with Last-Event-ID misses nothing. What is not read is not sent: the client's own buffer is all there is.
 */
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { fail } from '../errors.js'
import type { FeedEvent, Service } from '../service/contract.js'
import { bearerToken } from './auth.js'
import { describeFault } from './errors.js'

export interface FeedOptions {
  readonly service: Service
  readonly noAuth: boolean
}

/** How often a sign of life is sent, in milliseconds: proxies close what is silent for 30 to 60 seconds. */
const HEARTBEAT = 15_000
/** How often the token is looked at again. */
const CHECK = 1000
/** How long the client is asked to wait before it comes back. */
const RETRY = 2000
/** A client that reads nothing for so long is given up. */
const PATIENCE = 60_000

export async function feed(app: FastifyInstance, { service, noAuth }: FeedOptions): Promise<void> {
  const closing = new AbortController()
  app.addHook('preClose', async () => closing.abort())
  app.get(
    '/feed',
    {
      exposeHeadRoute: false,
      schema: { tags: ['threads'], summary: 'Live feed of the threads one may see: Server-Sent Events, resumable by Last-Event-ID' }
    },
    async (request, reply) => {
      const after = placeOf(request)
      const ended = new AbortController()
      const signal = AbortSignal.any([ended.signal, closing.signal])
      // Refused before anything is sent.
      const events = service.feed(request.principal, { ...(after === undefined ? {} : { after }), signal })
      reply.hijack()
      const { raw } = reply
      raw.on('close', () => ended.abort())
      raw.writeHead(200, {
        ...(reply.getHeaders() as Record<string, string>),
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store',
        'x-accel-buffering': 'no'
      })
      const stream = new EventStream(raw)
      const check = setInterval(() => {
        const reason = noAuth ? undefined : whyNot(app, request)
        if (reason === undefined) return
        stream.end(reason)
        ended.abort()
      }, CHECK)
      const heartbeat = setInterval(() => stream.beat(), HEARTBEAT)
      try {
        for await (const event of events) await stream.send(event, signal)
      } catch (error) {
        if (!signal.aborted) request.log.error({ fault: describeFault(error) }, 'the feed broke off')
      } finally {
        clearInterval(check)
        clearInterval(heartbeat)
        raw.end()
      }
    }
  )
}

/** Last-Event-ID, or `after` in the address for clients that cannot send it. Throws http.bad-request. */
function placeOf(request: FastifyRequest): number | undefined {
  const text = request.headers['last-event-id'] ?? (request.query as Record<string, unknown>)['after']
  if (text === undefined || text === '') return undefined
  if (typeof text !== 'string' || !/^\d{1,15}$/.test(text))
    throw fail('http.bad-request', { reason: 'Last-Event-ID is no place of this feed' })
  return Number(text)
}

/** Why the token is not valid any more; undefined while it is. */
function whyNot(app: FastifyInstance, request: FastifyRequest): string | undefined {
  try {
    const holder = app.holderOf(bearerToken(request) ?? '', request.ip)
    if (holder instanceof Promise) holder.catch(() => request.raw.destroy())
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

/** Writes events no faster than they are read. */
class EventStream {
  readonly #raw: ServerResponse
  #at: number | undefined
  #busy = false

  constructor(raw: ServerResponse) {
    this.#raw = raw
  }

  async send({ seq, kind, text }: FeedEvent, signal: AbortSignal): Promise<void> {
    this.#at = seq
    if (kind === 'passed') return
    const retry = kind === 'ready' ? `retry: ${RETRY}\n` : ''
    const data = (text === '' ? '{}' : text).split(/\r\n|\r|\n/).map((line) => `data: ${line}\n`)
    if (this.#raw.write(`${retry}id: ${seq}\nevent: ${kind}\n${data.join('')}\n`)) return
    this.#busy = true
    const timer = setTimeout(() => this.#raw.destroy(), PATIENCE)
    try {
      await once(this.#raw, 'drain', { signal })
    } finally {
      clearTimeout(timer)
      this.#busy = false
    }
  }

  /** A sign of life that says how far the feed came: a block without data is no event. */
  beat(): void {
    if (!this.#busy) this.#raw.write(`: alive\n${this.#at === undefined ? '' : `id: ${this.#at}\n`}\n`)
  }

  end(reason: string): void {
    if (!this.#busy) this.#raw.write(`event: end\ndata: ${JSON.stringify({ reason })}\n\n`)
  }
}
