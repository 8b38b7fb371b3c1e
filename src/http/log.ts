/**
 * The access log: method, route pattern, status and duration. Addresses carry ids and search parameters, which are patient data, so neither they
 * nor headers nor bodies are ever logged, at any level.
 */
import { randomBytes } from 'node:crypto'
import { type FastifyInstance, LogController } from 'fastify'
import fp from 'fastify-plugin'
import { type Logger, pino } from 'pino'
import { describeFault } from './errors.js'

/** Logger of the server: JSON lines on stdout, or on `stream`. */
export function makeLogger(level: string, stream?: { write(line: string): void }): Logger {
  const options = {
    level,
    redact: { paths: ['authorization', 'headers.authorization', 'req.headers.authorization'], censor: '[redacted]' },
    // Fastify hands whole requests, replies and errors to the logger in places of its own.
    serializers: { req: (request: { method?: string }) => ({ method: request.method }), res: () => undefined, err: describeFault }
  }
  return stream === undefined ? pino(options) : pino(options, stream)
}

/** 80 random bits: no two processes give a request the same id. A counter tells those of one process apart, at a tenth of the cost of a UUID. */
const PROCESS = randomBytes(10).toString('hex')
let requests = 0

/** Options of the Fastify instance that keep addresses out of the log. */
export const QUIET = {
  logController: new LogController({ disableRequestLogging: true }),
  genReqId: () => `${PROCESS}-${++requests}`,
  requestIdHeader: false as const,
  // Fastify's own handler logs the raw bytes of a request it could not parse.
  clientErrorHandler(
    this: FastifyInstance,
    error: Error & { code?: string },
    socket: { writable: boolean; end(text: string): void }
  ): void {
    this.log.debug({ code: error.code }, 'not an HTTP request')
    const status = error.code === 'HPE_HEADER_OVERFLOW' ? '431 Request Header Fields Too Large' : '400 Bad Request'
    if (socket.writable) socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
  }
}

export const accessLog = fp(async (app: FastifyInstance) => {
  app.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id)
    done()
  })
  // What nobody reads needs no hook: it costs a read a twentieth of its time.
  if (!(app.log as Logger).isLevelEnabled('info')) return
  app.addHook('onResponse', (request, reply, done) => {
    const route = request.is404 ? undefined : request.routeOptions.url
    request.log.info({ method: request.method, route, status: reply.statusCode, ms: Math.round(reply.elapsedTime * 100) / 100 }, 'request')
    done()
  })
})
