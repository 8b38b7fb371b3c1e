/**
 * Every route asks who calls before anything else happens, known route or not; only those with `config.public` do not.
 * What the caller may do is the service's to say (service/access.ts).
 */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { type Awaitable, after } from '../awaitable.js'
import { fail } from '../errors.js'
import { type Identity, revoked, type Verified } from '../identity/identity.js'
import { isLoopback } from '../loopback.js'
import type { Principal } from '../service/contract.js'

const NOBODY: Principal = { subject: '', role: 'nobody' }
const OPERATOR: Principal = { subject: 'no-auth', role: 'administrator' }

export interface AuthenticationOptions {
  readonly noAuth: boolean
  readonly identity: Identity
}

export const authentication = fp(async (app: FastifyInstance, { noAuth, identity }: AuthenticationOptions) => {
  app.decorateRequest('principal')
  const holders = new Holders(identity)
  app.decorate(
    'holderOf',
    (token: string, from: string) => holders.known(`Bearer ${token}`, from) ?? holders.of(token, from, `Bearer ${token}`)
  )

  app.addHook('onRequest', (request, _reply, done) => {
    try {
      const who = noAuth ? operator(request) : bearer(holders, request)
      if (who instanceof Promise) {
        who.then((principal) => {
          request.principal = principal
          done()
        }, done)
        return
      }
      request.principal = who
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

/** The token of an Authorization header; undefined when there is none. */
export function bearerToken(request: FastifyRequest): string | undefined {
  return /^Bearer +([\w.~+/-]+=*) *$/i.exec(request.headers.authorization ?? '')?.[1]
}

function bearer(holders: Holders, request: FastifyRequest): Awaitable<Principal> {
  if (request.routeOptions.config.public) return NOBODY
  const header = request.headers.authorization
  if (header === undefined) throw fail('auth.missing')
  const known = holders.known(header, request.ip)
  if (known !== undefined) return known
  const token = bearerToken(request)
  if (token === undefined) throw fail('auth.missing')
  return holders.of(token, request.ip, header)
}

/** How many verified tokens are kept; then all are forgotten and checked again. */
const MOST = 10_000

/** A token whose signature was checked, kept so that it is checked once and not on every request (0.1 ms each). */
interface Kept extends Verified {
  /** Who bears it, at the address it came from last. */
  principal: Principal
  /** The revision of the identity it was found valid at. */
  revision: number
}

/** Who tokens belong to. */
class Holders {
  readonly #identity: Identity
  /** By the header they came in, so that it need not be taken apart. */
  readonly #kept = new Map<string, Kept>()

  constructor(identity: Identity) {
    this.#identity = identity
  }

  /** The holder of a token that was verified before. Throws, or rejects with, auth.invalid when it has been revoked since. */
  known(header: string, from: string): Awaitable<Principal> | undefined {
    const kept = this.#kept.get(header)
    if (kept === undefined) return undefined
    const now = Date.now()
    if (kept.until <= now) return undefined
    const revision = this.#identity.revision(now)
    if (kept.revision === revision) return seen(kept, from)
    return after(this.#identity.stands(kept), (stands) => {
      if (!stands) {
        this.#kept.delete(header)
        throw revoked()
      }
      kept.revision = revision
      return seen(kept, from)
    })
  }

  /** header: what to know it by next time. Throws, or rejects with, auth.invalid and auth.provider. */
  of(token: string, from: string, header: string): Awaitable<Principal> {
    // Asked for before the token is looked at: what ends meanwhile is found next time.
    const revision = this.#identity.revision(Date.now())
    return after(this.#identity.verify(token), (verified) => this.#keep(header, verified, from, revision))
  }

  #keep(header: string, verified: Verified, from: string, revision: number): Principal {
    if (this.#kept.size >= MOST) this.#kept.clear()
    const principal = { ...verified.principal, from }
    this.#kept.set(header, { ...verified, principal, revision })
    return principal
  }
}

/** Who bears it, from the address of this request. */
function seen(kept: Kept, from: string): Principal {
  if (kept.principal.from !== from) kept.principal = { ...kept.principal, from }
  return kept.principal
}
