/**
 * Every route asks who calls before anything else happens, known route or not; only those with `config.public` do not.
 * What the caller may do is the service's to say (service/access.ts).
 */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { isLoopback } from '../config.js'
import { fail } from '../errors.js'
import { principalOf } from '../identity/tokens.js'
import type { Principal } from '../service/contract.js'

const NOBODY: Principal = { subject: '', role: 'nobody' }
const OPERATOR: Principal = { subject: 'no-auth', role: 'administrator' }

export const authentication = fp(async (app: FastifyInstance, options: { readonly noAuth: boolean }) => {
  app.decorateRequest('principal')
  const verified = new Map<string, Verified>()
  app.decorate('holderOf', (token) => holder(app, verified, token).principal)
  const said = new WeakMap<object, Said>()

  app.addHook('onRequest', (request, _reply, done) => {
    try {
      request.principal = options.noAuth ? operator(request) : bearer(app, verified, said, request)
      done()
    } catch (error) {
      done(error as Error)
    }
  })
})

/** Without tokens the Host header must name this machine: a page of another site whose name was re-bound to 127.0.0.1 would else read the store. */
function operator(request: FastifyRequest): Principal {
  const host = (request.headers.host ?? '').replace(/:\d+$/, '')
  if (!isLoopback(host)) throw fail('http.host', { host })
  return OPERATOR
}

/** A token whose signature was checked, kept so that it is checked once and not on every request (0.1 ms each). */
interface Verified {
  readonly principal: Principal
  /** Milliseconds since 1970 UTC. */
  readonly until: number
}

/** How many verified tokens are kept; then all are forgotten and checked again. */
const MOST = 1000

/** What a connection said last: most say the same again, and to compare two headers is quicker than to look a token up. */
interface Said {
  readonly header: string
  readonly verified: Verified
}

function bearer(app: FastifyInstance, verified: Map<string, Verified>, said: WeakMap<object, Said>, request: FastifyRequest): Principal {
  if (request.routeOptions.config.public) return NOBODY
  const header = request.headers.authorization ?? ''
  const last = said.get(request.raw.socket)
  if (last !== undefined && last.header === header && last.verified.until > Date.now()) return last.verified.principal
  const token = /^Bearer +([\w.~+/-]+=*) *$/i.exec(header)?.[1]
  if (token === undefined) throw fail('auth.missing')
  const found = holder(app, verified, token)
  said.set(request.raw.socket, { header, verified: found })
  return found.principal
}

/** Who a token belongs to. Throws auth.invalid. */
function holder(app: FastifyInstance, verified: Map<string, Verified>, token: string): Verified {
  const known = verified.get(token)
  if (known !== undefined && known.until > Date.now()) return known
  const payload = verify(app, token)
  const found = { principal: principalOf(payload), until: payload.exp * 1000 }
  if (verified.size >= MOST) verified.clear()
  verified.set(token, found)
  return found
}

/** The payload; exp is there, as identity/tokens.ts requires it. */
function verify(app: FastifyInstance, token: string): { readonly exp: number } {
  try {
    return app.jwt.verify(token)
  } catch (error) {
    const reason = (error as { code?: string }).code === 'FAST_JWT_EXPIRED' ? 'it has expired' : 'it was not signed here'
    throw fail('auth.invalid', { reason }, { cause: error })
  }
}
