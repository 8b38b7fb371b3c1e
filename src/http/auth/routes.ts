/** Everything about identity: /auth, the published keys, and what SMART clients ask first. One file per endpoint. */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Identity } from '../../identity/identity.js'
import type { Service } from '../../service/contract.js'
import { accounts } from './accounts.js'
import { acceptForm, acceptJson } from './body.js'
import { breakGlass } from './break-glass.js'
import { clients } from './clients.js'
import { jwks } from './jwks.js'
import { login } from './login.js'
import { logout } from './logout.js'
import { me } from './me.js'
import { openidConfiguration } from './openid-configuration.js'
import { password } from './password.js'
import { refresh } from './refresh.js'
import { revoke } from './revoke.js'
import { smartConfiguration } from './smart-configuration.js'
import { token } from './token.js'

export interface AuthOptions {
  readonly identity: Identity
  readonly service: Service
  /** Root of all addresses as this client sees it, without a slash at the end. */
  readonly root: (request: FastifyRequest) => string
}

/** An endpoint: adds its routes. */
export type Endpoint = (app: FastifyInstance, options: AuthOptions) => void

const JSON_ENDPOINTS: readonly Endpoint[] = [login, refresh, logout, me, password, accounts, clients, breakGlass]
const FORM_ENDPOINTS: readonly Endpoint[] = [token, revoke]
const PUBLISHED: readonly Endpoint[] = [jwks, smartConfiguration, openidConfiguration]

export async function auth(app: FastifyInstance, options: AuthOptions): Promise<void> {
  // Schemas describe the routes in /docs; body.ts reads what comes in.
  app.setValidatorCompiler(() => () => true)
  app.setSerializerCompiler(() => (value) => JSON.stringify(value))
  for (const [endpoints, accept] of [
    [JSON_ENDPOINTS, acceptJson],
    [FORM_ENDPOINTS, acceptForm]
  ] as const) {
    await app.register(async (scope) => {
      accept(scope)
      // Tokens and passwords are in these answers (RFC 6749, 5.1).
      scope.addHook('onRequest', (_request, reply, done) => {
        reply.header('cache-control', 'no-store')
        done()
      })
      for (const endpoint of endpoints) endpoint(scope, options)
    })
  }
  await app.register(async (scope) => {
    for (const endpoint of PUBLISHED) endpoint(scope, options)
  })
}
