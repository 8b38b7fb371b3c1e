/** Everything below /rest: rows as JSON in, rows as JSON out. See README.md. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Settings } from '../../config.js'
import { fail } from '../../errors.js'
import { type Hospital, openHospital } from '../../hospital/hospital.js'
import type { Service } from '../../service/contract.js'
import type { KeptAnswer, State } from '../../state/state.js'
import { describeFault, unsupportedType } from '../errors.js'
import { parseConditions } from '../fhir/headers.js'
import { ADMISSIONS } from './admissions.js'
import { keyOf, once, reservation } from './idempotency.js'
import { mediaRoutes } from './media.js'
import { openApi, schemas } from './openapi.js'
import { PHYSICIANS } from './physicians.js'
import { PROGRESS } from './progress.js'
import { QUESTIONS } from './questions.js'
import type { RestAnswer, RestRequest, RestRoute } from './route.js'
import { USERS } from './users.js'

export interface HospitalRoutesOptions {
  readonly service: Service
  readonly state: State
  readonly settings: Settings
  /** Root of all addresses as this client sees it, without a slash at the end. */
  readonly root: (request: FastifyRequest) => string
}

export const ROUTES: readonly RestRoute[] = [...USERS, ...ADMISSIONS, ...PROGRESS, ...QUESTIONS, ...PHYSICIANS]

const JSON_TYPE = 'application/json; charset=utf-8'
const PRIVATE = { 'cache-control': 'private, no-cache', 'content-type': JSON_TYPE }

export async function hospitalRoutes(app: FastifyInstance, options: HospitalRoutesOptions): Promise<void> {
  const { service, state, settings } = options
  const { restPack: pack, restSource: source, restTimezone: timezone } = settings
  let opening: Promise<Hospital> | undefined
  // Once it is wanted: reading the pack takes a while. What failed is tried again.
  const open = (): Promise<Hospital> => {
    opening ??= openHospital(service, state, { pack, source, timezone, archive: settings.restArchive === 'on' }).catch((error) => {
      opening = undefined
      throw error
    })
    return opening
  }
  // Schemas describe the routes in /docs; rows are judged by the columns they are made from (hospital/cells.ts).
  app.setValidatorCompiler(() => () => true)
  app.setSerializerCompiler(() => (value) => JSON.stringify(value))
  app.lateSchemas.fetch.push(async () => schemas(await open(), ROUTES))
  // After the start, so that the first request need not wait.
  app.addHook('onListen', (done) => {
    open().catch((error) => app.log.error({ fault: describeFault(error) }, 'the mapping of /rest cannot be used'))
    done()
  })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (request, body: Buffer, done) => {
    try {
      done(null, readBody(request, body))
    } catch (error) {
      done(error as Error)
    }
  })
  await app.register(mediaRoutes, { service, state, open, limit: settings.mediaLimit, root: options.root })
  for (const route of ROUTES) {
    app.route({
      method: route.method,
      url: route.url,
      schema: openApi(route),
      handler: async (request, reply) => {
        const root = options.root(request)
        const asked = requestOf(root, request)
        const work = async (rest = asked) => render(root, request, await route.handler(await open(), rest))
        const keyed =
          route.method === 'POST'
            ? keyOf(request.headers['idempotency-key'], request.principal.subject, [route.method, request.url, asked.body])
            : undefined
        if (keyed === undefined) return send(reply, await work())
        const { answer, again } = await once(state, keyed, async () =>
          work({ ...asked, caller: { ...asked.caller, reservation: await reservation(state, keyed) } })
        )
        if (again) reply.header('idempotency-replayed', 'true')
        return send(reply, answer)
      }
    })
  }
}

function requestOf(root: string, request: FastifyRequest): RestRequest {
  const at = request.url.indexOf('?')
  const { ifMatch } = parseConditions({ 'if-match': request.headers['if-match'] })
  return {
    caller: { who: request.principal, base: `${root}/fhir` },
    params: request.params as Record<string, string>,
    query: new URLSearchParams(at < 0 ? '' : request.url.slice(at + 1)),
    body: (request.body as string | undefined) ?? '',
    ifMatch
  }
}

function render(root: string, request: FastifyRequest, answer: RestAnswer): KeptAnswer {
  if (answer.kind === 'nothing') return { status: 204, headers: {}, body: '' }
  if (answer.kind === 'row') {
    const { row, location } = answer
    const headers = { ...PRIVATE, etag: `W/"${row.version}"` }
    if (location === undefined) return { status: 200, headers, body: row.json }
    return { status: 201, headers: { ...headers, location: `${root}/rest${location}` }, body: row.json }
  }
  const { rows, next } = answer.rows
  const body = `[${rows.map(({ json }) => json).join(',')}]`
  if (next === undefined) return { status: 200, headers: PRIVATE, body }
  const address = new URL(request.url, 'http://host')
  address.searchParams.set('cursor', next)
  return { status: 200, headers: { ...PRIVATE, link: `<${root}${address.pathname}${address.search}>; rel="next"` }, body }
}

function send(reply: FastifyReply, { status, headers, body }: KeptAnswer): FastifyReply {
  return reply.code(status).headers(headers).send(body)
}

/** JSON as text; '' without a body. Throws http.content-type for another kind, http.bad-request for bytes that are not UTF-8. */
function readBody(request: FastifyRequest, body: Buffer): string {
  if (body.length === 0) return ''
  if (!/^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i.test(request.headers['content-type'] ?? '')) throw unsupportedType(request)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body)
  } catch (error) {
    throw fail('http.bad-request', { reason: 'The body is not UTF-8' }, { cause: error })
  }
}
