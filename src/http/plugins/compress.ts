/** Packed bodies, both ways (RFC 9110, 8.4): answers from 1 KiB on when the client asks, requests by their Content-Encoding. gzip and deflate. */
import compress from '@fastify/compress'
import type { onSendHookHandler } from 'fastify'
import fp from 'fastify-plugin'
import { fail } from '../../errors.js'

const ENCODINGS: Array<'gzip' | 'deflate'> = ['gzip', 'deflate']
/** Bytes below which packing costs more than it saves. */
const THRESHOLD = 1024
/** Nine tenths of what the usual level saves, in half of the time. */
const LEVEL = 4

export const compression = fp(async (app) => {
  app.addHook('onRoute', (route) => {
    // Without a body there is nothing to unpack, and reads are to be quick.
    if (isRead(route.method)) route.decompress = false
  })
  await app.register(compress, {
    encodings: ENCODINGS,
    threshold: THRESHOLD,
    zlibOptions: { level: LEVEL },
    requestEncodings: [...ENCODINGS, 'identity'],
    onUnsupportedRequestEncoding: (encoding) => fail('http.content-encoding', { encoding: encoding.slice(0, 64) }),
    onInvalidRequestPayload: (encoding) => fail('http.bad-request', { reason: `The body is not ${encoding}` })
  })
  // Whoever does not ask for packed answers does not wait for the question whether this one could be packed.
  app.addHook('onRoute', (route) => {
    route.onSend = [route.onSend ?? []].flat().map(whenAsked)
  })
  // The body limit counts unpacked bytes (Fastify does). Once it has answered 413, the rest of such a body must not be unpacked for nothing.
  app.addHook('onRoute', (route) => {
    if (isRead(route.method)) return
    route.preParsing = [route.preParsing ?? []].flat().concat((request, reply, payload, done) => {
      if (request.headers['content-encoding'] !== undefined) reply.raw.once('finish', () => (payload as NodeJS.ReadStream).destroy())
      done(null, payload)
    })
  })
})

function whenAsked(pack: onSendHookHandler): onSendHookHandler {
  return function (request, reply, payload, done) {
    if (request.headers['accept-encoding'] === undefined) done(null, payload)
    else return pack.call(this, request, reply, payload, done)
  }
}

function isRead(method: string | string[]): boolean {
  return [method].flat().every((one) => one === 'GET' || one === 'HEAD')
}
