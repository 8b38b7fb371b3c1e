/**
 * Pictures, videos and documents: POST /rest/media, GET and DELETE /rest/media/{media_id}. The body of a POST is the file itself, and goes to its place
 * piece by piece; only then it is decided what to make of it.
 */
import type { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { fail } from '../../errors.js'
import { type Inspected, Inspection } from '../../files/inspect.js'
import type { Hospital } from '../../hospital/hospital.js'
import { createMedia, deleteMedia, type Medium, readMedia, uploadOf } from '../../hospital/media.js'
import type { Principal, Service } from '../../service/contract.js'
import type { KeptAnswer, State } from '../../state/state.js'
import { keyOf, once, reservation } from './idempotency.js'
import { DELETE_SCHEMA, GET_SCHEMA, POST_SCHEMA } from './media-openapi.js'

export interface MediaRoutesOptions {
  readonly service: Service
  readonly state: State
  readonly open: () => Promise<Hospital>
  /** Bytes. */
  readonly limit: number
  /** Root of all addresses as this client sees it, without a slash at the end. */
  readonly root: (request: FastifyRequest) => string
}

const JSON_TYPE = 'application/json; charset=utf-8'

export async function mediaRoutes(app: FastifyInstance, { service, state, open, limit, root }: MediaRoutesOptions): Promise<void> {
  app.removeAllContentTypeParsers()
  // The handler reads it.
  app.addContentTypeParser('*', (_request, payload, done) => done(null, payload))
  const callerOf = (request: FastifyRequest) => ({ who: request.principal, base: `${root(request)}/fhir` })

  app.post('/media', { schema: POST_SCHEMA }, async (request, reply) => {
    const caller = callerOf(request)
    const { who } = caller
    const hospital = await open()
    const at = request.url.indexOf('?')
    const upload = await uploadOf(hospital, who, new URLSearchParams(at < 0 ? '' : request.url.slice(at + 1)))
    const received = await receive(service, request, limit)
    let taken = false
    const work = async (kept?: Awaited<ReturnType<typeof reservation>>) => {
      taken = true
      return created(
        root(request),
        await createMedia(hospital, kept === undefined ? caller : { ...caller, reservation: kept }, upload, received)
      )
    }
    try {
      const told = `${received.contentType} ${received.sha256.toString('hex')}`
      const keyed = keyOf(request.headers['idempotency-key'], who.subject, ['POST', request.url, told])
      const { answer, again } =
        keyed === undefined
          ? { answer: await work(), again: false }
          : await once(state, keyed, async () => work(await reservation(state, keyed)))
      if (again) reply.header('idempotency-replayed', 'true')
      return reply
        .code(answer.status)
        .headers(answer.headers)
        .send(linked(service, root(request), who, answer.body))
    } finally {
      if (!taken) await service.contents.drop(received.id)
    }
  })

  app.get('/media/:media_id', { schema: GET_SCHEMA }, async (request, reply) => {
    const medium = await readMedia(await open(), request.principal, keyIn(request))
    return sendMedium(reply, medium, linked(service, root(request), request.principal, medium.json))
  })

  app.delete('/media/:media_id', { schema: DELETE_SCHEMA }, async (request, reply) => {
    await deleteMedia(await open(), callerOf(request), keyIn(request))
    return reply.code(204).send()
  })
}

function keyIn({ params }: FastifyRequest): string {
  return (params as { media_id: string }).media_id
}

/** Keeps the body. Throws media.* and files.full; then nothing is kept. */
async function receive(service: Service, request: FastifyRequest, limit: number): Promise<Inspected & { readonly id: string }> {
  const { headers } = request
  if (headers['content-encoding'] === undefined && Number(headers['content-length'] ?? 0) > limit) throw fail('media.too-large', { limit })
  const body = request.body as Readable | null | undefined
  if (body === null || body === undefined) throw fail('media.empty')
  const inspection = new Inspection(reading(body, headers['content-encoding']), { declared: headers['content-type'] ?? '', limit })
  try {
    const id = await service.contents.keep(inspection)
    return { id, ...inspection.result }
  } catch (error) {
    body.resume()
    throw error
  }
}

/** What a client sends. Not destroyed when it is given up: the connection is needed to say why. Throws media.incomplete, http.bad-request. */
async function* reading(body: Readable, encoding: string | undefined): AsyncGenerator<Uint8Array> {
  try {
    yield* body.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>
  } catch (error) {
    const isPacked = encoding !== undefined && (error as { code?: string }).code !== 'ECONNRESET'
    throw isPacked
      ? fail('http.bad-request', { reason: `The body is not ${encoding}` }, { cause: error })
      : fail('media.incomplete', {}, { cause: error })
  }
}

function created(root: string, medium: Medium): KeptAnswer {
  const location = `${root}/rest/media/${encodeURIComponent(medium.key)}`
  return { status: 201, headers: { ...headersOf(medium), location }, body: medium.json }
}

function headersOf({ version }: Medium): Record<string, string> {
  return { 'content-type': JSON_TYPE, 'cache-control': 'private, no-store', etag: `W/"${version}"` }
}

function sendMedium(reply: FastifyReply, medium: Medium, body: string): FastifyReply {
  return reply.headers(headersOf(medium)).send(body)
}

/** The row with a link of now: a link is never kept. */
function linked(service: Service, root: string, who: Principal, json: string): string {
  const { binary } = JSON.parse(json) as { binary: string | null }
  const id = binary?.slice('Binary/'.length)
  const link = id === undefined ? undefined : service.contents.link(who, id)
  const url = link === undefined ? null : `${root}/files/${id}?signature=${link.signature}`
  const expires = link === undefined ? null : new Date(link.until).toISOString()
  return `${json.slice(0, -1)},"url":${JSON.stringify(url)},"url_expires_at":${JSON.stringify(expires)}}`
}
