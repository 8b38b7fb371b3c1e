/**
 * Sessions: an access token for ten minutes, and a refresh token that can be used once for the next pair. A refresh token that comes twice was copied by
 * somebody: its session ends, for the thief and for the owner (RFC 9700, 4.14.2).
 */
import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { fail, WardbridgeError } from '../errors.js'
import type { Account } from '../state/accounts.js'
import type { Session } from '../state/sessions.js'
import type { State } from '../state/state.js'
import type { Observe } from './events.js'
import { type Keyring, readPart } from './keyring.js'
import type { Bearer } from './tokens.js'

/** Seconds that an access token lasts. */
export const ACCESS_LIFETIME = 600

/** The answer to a login, by the names of OAuth 2.0 (RFC 6749, 5.1). */
export interface Grant {
  readonly access_token: string
  readonly token_type: 'Bearer'
  /** Seconds. */
  readonly expires_in: number
  readonly refresh_token?: string
  /** Who logged in, for the app (OpenID Connect). */
  readonly id_token?: string
  readonly scope?: string
  /** Id of the patient in context. */
  readonly patient?: string
}

/** A session of an app that a person launched. */
export interface AppSession {
  readonly id: string
  readonly client: string
  readonly scope: string
  /** With a refresh token; else it ends with its access token. */
  readonly isLasting: boolean
}

export class Sessions {
  readonly #state: State
  readonly #keys: Keyring
  /** Seconds. */
  readonly #lifetime: number
  readonly #observe: Observe

  constructor(state: State, keys: Keyring, lifetime: number, observe: Observe) {
    this.#state = state
    this.#keys = keys
    this.#lifetime = lifetime
    this.#observe = observe
  }

  /** Begins a session. Throws auth.login when the account was disabled or got another password meanwhile. */
  async open(account: Account, app?: AppSession): Promise<Grant> {
    const refresh = newToken()
    const isLasting = app?.isLasting ?? true
    const session: Session = {
      id: app?.id ?? randomUUID(),
      account: account.id,
      client: app?.client,
      scope: app?.scope,
      until: Date.now() + (isLasting ? this.#lifetime : ACCESS_LIFETIME) * 1000
    }
    if (!(await this.#state.sessions.open(session, hashOf(refresh), account.password))) throw fail('auth.login')
    return this.#grant(account, session, isLasting ? refresh : undefined)
  }

  /** The next pair of tokens. client: the app that asks, if one does. Throws auth.refresh. */
  async refresh(token: string, from: string, client?: string): Promise<Grant> {
    const hash = hashOf(token)
    const owner = await this.#state.sessions.of(hash)
    if (owner !== undefined && owner.client !== client) throw fail('auth.refresh')
    const next = newToken()
    const rotation = await this.#state.sessions.rotate(hash, hashOf(next), Date.now())
    if (rotation.outcome !== 'rotated') {
      if (owner !== undefined)
        this.#observe({ action: 'refresh', outcome: rotation.outcome === 'reused' ? 'reused' : 'failure', subject: owner.account, from })
      throw fail('auth.refresh')
    }
    const account = await this.#state.accounts.get(rotation.session.account)
    if (account?.status !== 'active') throw fail('auth.refresh')
    this.#observe({ action: 'refresh', outcome: 'success', subject: account.id, from })
    return this.#grant(account, rotation.session, next)
  }

  /** Ends the session of an access token that was verified; the token alone, when it belongs to none. */
  async logout(accessToken: string, from: string): Promise<void> {
    const { sid, sub } = readPart(accessToken, 1) ?? {}
    if (typeof sid === 'string') await this.#state.sessions.end(sid)
    else await this.#refuse(accessToken)
    this.#observe({ action: 'logout', outcome: 'success', subject: String(sub), from })
  }

  /**
   * Revocation (RFC 7009): a refresh token ends its session, an access token is refused from now on. Whoever has a token may give it up, so nothing else is
   * asked; what is not known is revoked already.
   */
  async revoke(token: string, from: string): Promise<void> {
    const session = await this.#state.sessions.of(hashOf(token))
    if (session !== undefined) await this.#state.sessions.end(session.id)
    else if (!(await this.#refuse(token))) return
    this.#observe({ action: 'token-revoke', outcome: 'success', subject: session?.account ?? String(readPart(token, 1)?.['sub']), from })
  }

  /** A token of a program, for itself: no session, no refresh. lifetime: seconds. */
  async forProgram(who: Bearer): Promise<Grant> {
    return {
      access_token: await this.#keys.sign(who, ACCESS_LIFETIME),
      token_type: 'Bearer',
      expires_in: ACCESS_LIFETIME,
      ...(who.scope === undefined ? {} : { scope: who.scope })
    }
  }

  /** False: it is no token of ours that is valid still. */
  async #refuse(accessToken: string): Promise<boolean> {
    let verified: Awaited<ReturnType<Keyring['verify']>>
    try {
      verified = await this.#keys.verify(accessToken)
    } catch (error) {
      if (error instanceof WardbridgeError && error.code === 'auth.invalid') return false
      throw error
    }
    const { jti, exp } = verified.claims
    await this.#state.sessions.revoke(jti, exp * 1000)
    return true
  }

  async #grant({ id, role, fhirUser }: Account, session: Session, refresh: string | undefined): Promise<Grant> {
    const lifetime = Math.min(ACCESS_LIFETIME, Math.ceil((session.until - Date.now()) / 1000))
    const launched = /(^| )(launch\/patient|patient\/)/.test(session.scope ?? '')
    const patient = launched && fhirUser?.startsWith('Patient/') ? fhirUser.slice('Patient/'.length) : undefined
    const scope = session.scope === undefined ? {} : { scope: session.scope }
    const who: Bearer = {
      subject: id,
      role,
      session: session.id,
      ...(fhirUser === undefined ? {} : { fhirUser }),
      ...(session.client === undefined ? {} : { client: session.client }),
      ...scope,
      ...(patient === undefined ? {} : { patient })
    }
    return {
      access_token: await this.#keys.sign(who, Math.max(1, lifetime)),
      token_type: 'Bearer',
      expires_in: lifetime,
      ...(refresh === undefined ? {} : { refresh_token: refresh }),
      ...scope,
      ...(patient === undefined ? {} : { patient })
    }
  }
}

function newToken(): string {
  return randomBytes(32).toString('base64url')
}

/** What is kept of a token. 256 random bits need no slow hash. */
export function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}
