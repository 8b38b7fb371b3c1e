/**
 * GET /files/{id}: the content of a Binary, in whole or in part, for the holder of a link that the service made or of a token. Either way it is asked again
 * now whether they may read it.
 */
import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { fail, WardbridgeError } from '../../errors.js'
import type { Content } from '../../service/contents.js'
import type { Principal, Service } from '../../service/contract.js'
import { bearerToken } from '../auth.js'
import { rangeOf } from './range.js'

/** Whatever it is: a browser runs nothing of it, keeps nothing of it, and tells nobody the address. */
const HEADERS = {
  'accept-ranges': 'bytes',
  'cache-control': 'private, no-store',
  'content-security-policy': "default-src 'none';frame-ancestors 'none';sandbox",
  'referrer-policy': 'no-referrer'
}

export async function fileRoutes(app: FastifyInstance, { service }: { readonly service: Service }): Promise<void> {
  app.setValidatorCompiler(() => () => true)
  app.get('/:id', { config: { public: true }, schema: SCHEMA }, async (request, reply) => {
    const { id } = request.params as { id: string }
    const who = await holder(app, service, request, id)
    const resource = await service.read(who, 'Binary', id)
    const content = (await service.contents.of(resource)) ?? inlineContent(resource.body)
    const etag = `"${resource.id}-${resource.versionId}"`
    const { contentType, size } = content
    const range = rangeOrRefuse(() => rangeOf(request.headers.range, request.headers['if-range']?.toString(), { size, etag }))
    if (range instanceof WardbridgeError) {
      reply.header('content-range', `bytes */${size}`)
      throw range
    }
    reply.headers({ ...HEADERS, etag, 'content-type': contentType, 'content-disposition': disposition(resource.id, contentType) })
    if (range === undefined) return reply.header('content-length', size).send(await content.open())
    reply.code(206).header('content-range', `bytes ${range.start}-${range.end}/${size}`)
    return reply.header('content-length', range.end - range.start + 1).send(await content.open(range))
  })
}

/** Who asks: who made the link, or the bearer of the token. Throws auth.link, auth.missing, auth.invalid. */
async function holder(app: FastifyInstance, service: Service, request: FastifyRequest, id: string): Promise<Principal> {
  const signature = (request.query as { signature?: unknown }).signature
  if (typeof signature === 'string') return { ...service.contents.holder(id, signature), from: request.ip }
  // Without tokens at all (--no-auth) it is the operator.
  if (request.principal.role !== 'nobody') return request.principal
  const token = bearerToken(request)
  if (token === undefined) throw fail(signature === undefined ? 'auth.missing' : 'auth.link')
  return app.holderOf(token, request.ip)
}

function rangeOrRefuse<T>(range: () => T): T | WardbridgeError {
  try {
    return range()
  } catch (error) {
    if (error instanceof WardbridgeError) return error
    throw error
  }
}

/** What a client sent in the Binary itself. */
function inlineContent(body: Buffer | string): Content {
  const { contentType, data = '' } = JSON.parse(body.toString()) as { readonly contentType: string; readonly data?: string }
  const bytes = Buffer.from(data, 'base64')
  return {
    // A stored type may be no header that could be sent.
    contentType: /^[\x21-\x7e]+\/[\x20-\x7e]+$/.test(contentType) ? contentType : 'application/octet-stream',
    size: bytes.length,
    open: async (range) => Readable.from(range === undefined ? bytes : bytes.subarray(range.start, range.end + 1), { objectMode: false })
  }
}

/** Pictures and videos are shown; anything else is saved. */
function disposition(id: string, contentType: string): string {
  const [, kind = '', form = ''] = /^(image|video)\/([a-z0-9]+)$/.exec(contentType) ?? []
  if (kind !== '') return `inline; filename="${id}.${form}"`
  return `attachment; filename="${id}${contentType === 'application/pdf' ? '.pdf' : ''}"`
}

const SCHEMA = {
  tags: ['hospital'],
  summary: 'Content of a medium, by a link of GET /rest/media/{media_id} or with a token; one range of bytes can be asked for',
  operationId: 'get-files-id',
  params: { type: 'object', required: ['id'], properties: { id: { type: 'string', description: 'Id of the Binary' } } },
  querystring: { type: 'object', properties: { signature: { type: 'string', description: 'Of the link' } } }
}
