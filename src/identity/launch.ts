/**
 * Apps that people launch (SMART App Launch 2.2, standalone launch): authorization code with PKCE (RFC 7636) for public clients. A code is what was agreed
 * on, encrypted: nothing is kept until it is redeemed, and then only that it was.
 */
import { createCipheriv, createDecipheriv, createHash, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto'
import { fail } from '../errors.js'
import type { Account } from '../state/accounts.js'
import type { State } from '../state/state.js'
import { grantedScope } from './client-scopes.js'
import type { Keyring } from './keyring.js'
import { ACCESS_LIFETIME, type Grant, hashOf, type Sessions } from './sessions.js'

/** Milliseconds that an app has to redeem a code. */
const CODE_LIFETIME = 60_000

const CHALLENGE = /^[\w-]{43}$/
const VERIFIER = /^[\w.~-]{43,128}$/

/** The parameters of an authorization request (RFC 6749, 4.1.1; SMART App Launch). */
export interface LaunchRequest {
  readonly response_type?: string
  readonly client_id?: string
  readonly redirect_uri?: string
  readonly scope?: string
  readonly state?: string
  readonly aud?: string
  readonly code_challenge?: string
  readonly code_challenge_method?: string
  readonly nonce?: string
}

/** A request that an app may make: what the person is asked to agree to. */
export interface Launch {
  readonly client: string
  readonly clientName: string
  readonly redirectUri: string
  readonly scope: string
  readonly state: string | undefined
  readonly challenge: string
  readonly nonce: string | undefined
}

/** Why a request is refused, in the codes of RFC 6749, 4.1.2.1; the app is told by sending the person back to it. */
export interface RefusedLaunch {
  readonly redirectUri: string
  readonly state: string | undefined
  readonly error: 'invalid_request' | 'unsupported_response_type' | 'invalid_scope'
  readonly reason: string
}

interface Code {
  readonly session: string
  readonly account: string
  /** When the account was changed last: another password or role makes the code worthless. */
  readonly changed: number
  readonly client: string
  readonly redirectUri: string
  readonly challenge: string
  readonly scope: string
  readonly nonce?: string | undefined
  /** Milliseconds since 1970 UTC, both. */
  readonly loggedIn: number
  readonly until: number
}

export class Launches {
  readonly #state: State
  readonly #sessions: Sessions
  readonly #keys: Keyring

  constructor(state: State, sessions: Sessions, keys: Keyring) {
    this.#state = state
    this.#sessions = sessions
    this.#keys = keys
  }

  /**
   * fhirBase: address of this server, which `aud` must name. Throws client.unknown for an app or redirect address that is not registered: nobody is sent to
   * an address that was not.
   */
  async check(request: LaunchRequest, fhirBase: string): Promise<Launch | RefusedLaunch> {
    const client = await this.#state.clients.get(request.client_id ?? '')
    const redirectUri = client?.redirectUris.find((uri) => uri === request.redirect_uri)
    if (client === undefined || client.role !== undefined) throw fail('client.unknown', { client: request.client_id ?? '' })
    if (redirectUri === undefined) throw fail('client.invalid', { reason: 'redirect_uri is not registered for this app' })
    const { state, code_challenge: challenge, aud } = request
    const refuse = (error: RefusedLaunch['error'], reason: string) => ({ redirectUri, state, error, reason })
    if (request.response_type !== 'code') return refuse('unsupported_response_type', 'response_type is code')
    if (request.code_challenge_method !== 'S256' || challenge === undefined || !CHALLENGE.test(challenge))
      return refuse('invalid_request', 'code_challenge with the method S256 is needed')
    if (aud?.replace(/\/$/, '') !== fhirBase) return refuse('invalid_request', `aud is ${fhirBase}`)
    if (state === undefined) return refuse('invalid_request', 'state is needed')
    const scope = grantedScope(request.scope ?? '', client.scope)
    if (!isOfUse(scope)) return refuse('invalid_scope', `The app may ask for: ${client.scope}`)
    return { client: client.id, clientName: client.name, redirectUri, scope, state, challenge, nonce: request.nonce }
  }

  /** The code for the app, when the person has agreed. Throws auth.forbidden when nothing that was asked for goes with the account. */
  async code(launch: Launch, account: Account): Promise<string> {
    const isPatient = account.fhirUser?.startsWith('Patient/') ?? false
    // Only a patient's own account says which patient is meant.
    const scope = launch.scope
      .split(' ')
      .filter((text) => isPatient || !/^(patient\/|launch\/patient$)/.test(text))
      .join(' ')
    if (!isOfUse(scope)) throw fail('auth.forbidden', { role: account.role, interaction: 'allow', type: launch.scope })
    return this.#encrypt({
      session: randomUUID(),
      account: account.id,
      changed: account.changed,
      client: launch.client,
      redirectUri: launch.redirectUri,
      challenge: launch.challenge,
      scope,
      nonce: launch.nonce,
      loggedIn: Date.now(),
      until: Date.now() + CODE_LIFETIME
    })
  }

  /** Tokens for a code (RFC 6749, 4.1.3; RFC 7636, 4.6). root: address of this server. A code that comes twice ends the session it opened. Throws oauth.invalid_grant. */
  async redeem(
    text: string,
    by: { readonly client: string; readonly redirectUri: string; readonly verifier: string; readonly root: string }
  ): Promise<Grant> {
    const now = Date.now()
    const code = await this.#decrypt(text)
    const refused = (reason: string) => fail('oauth.invalid_grant', { reason })
    if (code === undefined || code.until <= now) throw refused('The code is not valid, or has expired')
    if (code.client !== by.client) throw refused('The code was given to another client')
    if (code.redirectUri !== by.redirectUri) throw refused('redirect_uri is not the one of the authorization request')
    if (!VERIFIER.test(by.verifier) || !timingSafeEqual(hashOf(by.verifier), Buffer.from(code.challenge, 'base64url'))) {
      throw refused('code_verifier does not fit code_challenge')
    }
    if (!(await this.#state.limits.once(createHash('sha256').update(`code ${code.session}`).digest(), code.until, now))) {
      await this.#state.sessions.end(code.session)
      throw refused('The code was used before')
    }
    const account = await this.#state.accounts.get(code.account)
    const isThere = (await this.#state.clients.get(code.client)) !== undefined
    if (account === undefined || account.status !== 'active' || account.changed !== code.changed || !isThere) {
      throw refused('The account or the client has changed')
    }
    const isLasting = /(^| )(offline_access|online_access)( |$)/.test(code.scope)
    const grant = await this.#sessions.open(account, { id: code.session, client: code.client, scope: code.scope, isLasting })
    return /(^| )openid( |$)/.test(code.scope) ? { ...grant, id_token: await this.#idToken(code, account, by.root) } : grant
  }

  async #idToken({ client, scope, nonce, loggedIn }: Code, { id, fhirUser }: Account, root: string): Promise<string> {
    const isNamed = fhirUser !== undefined && /(^| )(fhirUser|profile)( |$)/.test(scope)
    const claims = {
      iss: root,
      sub: id,
      aud: client,
      auth_time: Math.floor(loggedIn / 1000),
      ...(nonce === undefined ? {} : { nonce }),
      ...(isNamed ? { fhirUser: `${root}/fhir/${fhirUser}` } : {})
    }
    return this.#keys.signIdToken(claims, ACCESS_LIFETIME)
  }

  async #encrypt(code: Code): Promise<string> {
    const iv = randomBytes(12)
    const cipher = createCipheriv('aes-256-gcm', await this.#state.getSecret('codes'), iv)
    const sealed = Buffer.concat([cipher.update(JSON.stringify(code)), cipher.final()])
    return Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64url')
  }

  async #decrypt(text: string): Promise<Code | undefined> {
    const bytes = Buffer.from(text, 'base64url')
    if (bytes.length < 29) return undefined
    const decipher = createDecipheriv('aes-256-gcm', await this.#state.getSecret('codes'), bytes.subarray(0, 12), { authTagLength: 16 })
    decipher.setAuthTag(bytes.subarray(12, 28))
    try {
      return JSON.parse(Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString()) as Code
    } catch {
      return undefined
    }
  }
}

/** Scopes that let an app do something: read or write resources, or know who the person is. */
function isOfUse(scope: string): boolean {
  return /(^| )((patient|user)\/|openid( |$))/.test(scope)
}
