/** Who is who: accounts, logins, tokens, clients and the outside identity provider, as http/ and commands/ see them. */
import { type Awaitable, after } from '../awaitable.js'
import type { Settings } from '../config.js'
import { fail } from '../errors.js'
import type { Principal } from '../service/contract.js'
import type { State } from '../state/state.js'
import { Accounts } from './accounts.js'
import { Assertions } from './assertion.js'
import { Clients } from './clients.js'
import type { Observe } from './events.js'
import { Keyring, readPart } from './keyring.js'
import { Launches } from './launch.js'
import { Login } from './login.js'
import { Passwords } from './passwords.js'
import { Provider } from './provider.js'
import { Sessions } from './sessions.js'
import { principalOf } from './tokens.js'

/** A token that was verified. */
export interface Verified {
  readonly principal: Principal
  /** Until when it is valid, if nothing ends it before, in milliseconds since 1970 UTC. */
  readonly until: number
  /** What a token of our own hangs on; undefined for one of an outside provider. */
  readonly bonds: Bonds | undefined
}

interface Bonds {
  readonly kid: string
  readonly jti: string
  readonly session: string | undefined
  /** A program. */
  readonly client: string | undefined
}

export class Identity {
  readonly accounts: Accounts
  readonly sessions: Sessions
  readonly login: Login
  readonly clients: Clients
  readonly assertions: Assertions
  readonly launches: Launches
  readonly keys: Keyring
  readonly observe: Observe
  readonly #state: State
  readonly #provider: Provider | undefined

  /** observe: told of everything that happens to accounts, sessions and clients. Throws config. */
  constructor(state: State, settings: Settings, observe: Observe = () => {}) {
    const passwords = new Passwords(settings.passwordCost)
    this.#state = state
    this.observe = observe
    this.keys = new Keyring(state, settings.keyLifetime)
    this.sessions = new Sessions(state, this.keys, settings.sessionLifetime, observe)
    const limits = { failures: settings.loginFailures, lockout: settings.loginLockout }
    this.login = new Login(state, passwords, this.sessions, limits, observe)
    this.accounts = new Accounts(state, passwords, (username) => this.login.unlock(username), observe)
    this.clients = new Clients(state, observe)
    this.assertions = new Assertions(state)
    this.launches = new Launches(state, this.sessions, this.keys)
    this.#provider = settings.oidc && new Provider(settings.oidc, settings.publicUrl)
  }

  /** Throws, or rejects with, auth.invalid and auth.provider. Tokens of the outside provider take a promise, and those of a state that is not on this machine. */
  verify(token: string): Awaitable<Verified> {
    // Not verified yet: only which of the two is asked.
    if (this.#provider !== undefined && readPart(token, 1)?.['iss'] === this.#provider.issuer) {
      return this.#provider.verify(token).then(({ principal, until }) => ({ principal, until, bonds: undefined }))
    }
    return after(this.keys.verify(token), ({ claims, kid }) => {
      const bonds = { kid, jti: claims.jti, session: claims.sid, client: claims.client_id }
      const verified = { principal: principalOf(claims), until: claims.exp * 1000, bonds }
      return after(this.stands(verified), (stands) => {
        if (!stands) throw revoked()
        return verified
      })
    })
  }

  /** Another number whenever a token that was valid may not be any more; costs next to nothing. now: milliseconds since 1970 UTC. */
  revision(now: number): number {
    return this.#state.sessions.revision(now)
  }

  /** Whether what the token hangs on is there still: its key, its session, its client, and itself. */
  stands({ bonds }: Verified): Awaitable<boolean> {
    if (bonds === undefined) return true
    const { sessions, clients } = this.#state
    const { kid, jti, session, client } = bonds
    return after(this.keys.isValid(kid), (isValid) => {
      if (!isValid) return false
      return after(sessions.isRevoked(jti), (isRevoked) => {
        if (isRevoked) return false
        if (session !== undefined) return after(sessions.get(session), (known) => known !== undefined)
        return client === undefined || after(clients.get(client), (known) => known !== undefined)
      })
    })
  }
}

export function revoked() {
  return fail('auth.invalid', { reason: 'it was revoked, or its session has ended' })
}
