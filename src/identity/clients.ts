/** Programs and apps, registered by an administrator: who they are, what they may ask for, and the keys they prove it with. */
import { randomUUID } from 'node:crypto'
import { createLocalJWKSet, type JSONWebKeySet } from 'jose'
import { fail } from '../errors.js'
import { isLoopback } from '../loopback.js'
import { ROLES } from '../service/access.js'
import type { Client } from '../state/clients.js'
import type { State } from '../state/state.js'
import type { Actor } from './accounts.js'
import { isScope, scopesOf } from './client-scopes.js'
import type { Observe } from './events.js'

export interface NewClient {
  readonly name: string
  /** Role of a program (SMART Backend Services); undefined: an app that people launch. */
  readonly role?: string | undefined
  /** Scopes it may ask for, separated by spaces. */
  readonly scope: string
  /** A JWK set as JSON text. */
  readonly jwks?: string | undefined
  readonly jwksUri?: string | undefined
  readonly redirectUris?: readonly string[] | undefined
}

export interface ClientView {
  readonly client_id: string
  readonly client_name: string
  readonly role?: string
  readonly scope: string
  readonly jwks?: object
  readonly jwks_uri?: string
  readonly redirect_uris?: readonly string[]
  /** ISO 8601, UTC. */
  readonly created: string
}

export class Clients {
  readonly #state: State
  readonly #observe: Observe

  constructor(state: State, observe: Observe) {
    this.#state = state
    this.#observe = observe
  }

  /** Throws client.invalid. */
  async add(asked: NewClient, by: Actor): Promise<ClientView> {
    const client: Client = {
      id: randomUUID(),
      name: asked.name.trim(),
      role: asked.role,
      scope: scopesOf(asked.scope).join(' '),
      jwks: asked.jwks,
      jwksUri: asked.jwksUri,
      redirectUris: asked.redirectUris ?? [],
      made: Date.now()
    }
    const reason = faultOf(client)
    if (reason !== undefined) throw fail('client.invalid', { reason })
    await this.#state.clients.add(client)
    this.#observe({ action: 'client-create', outcome: 'success', subject: by.subject, target: client.id, from: by.from })
    return view(client)
  }

  async list(): Promise<readonly ClientView[]> {
    return (await this.#state.clients.list()).map(view)
  }

  /** Throws client.unknown. */
  async get(id: string): Promise<ClientView> {
    const client = await this.#state.clients.get(id)
    if (client === undefined) throw fail('client.unknown', { client: id })
    return view(client)
  }

  /** Its tokens and sessions end. Throws client.unknown. */
  async remove(id: string, by: Actor): Promise<void> {
    if (!(await this.#state.clients.remove(id))) throw fail('client.unknown', { client: id })
    this.#observe({ action: 'client-remove', outcome: 'success', subject: by.subject, target: id, from: by.from })
  }
}

/** Roles that mean one person: what they reach hangs on who it is. */
const PERSONS = ['patient', 'physician']

/** What is wrong with a registration. */
function faultOf({ name, role, scope, jwks, jwksUri, redirectUris }: Client): string | undefined {
  if (name === '' || name.length > 200) return 'A client has a name of 1 to 200 characters'
  const levels = role === undefined ? (['patient', 'user'] as const) : (['system'] as const)
  const scopes = scopesOf(scope)
  const odd = scopes.find((text) => !isScope(text, levels))
  if (odd !== undefined) return `"${odd}" is no scope of ${role === undefined ? 'an app' : 'a program: those begin with system/'}`
  if (scopes.length === 0) return 'A client needs scopes'
  if (role === undefined) {
    if (redirectUris.length === 0) return 'A client needs a role (a program) or redirect URIs (an app)'
    return redirectUris.every(isRedirectUri)
      ? undefined
      : 'Redirect URIs are https, http on this machine, or a scheme of the app, without a fragment'
  }
  const roles = ROLES.filter((name) => !PERSONS.includes(name))
  if (!roles.includes(role)) return `There is no role "${role}" for programs (known: ${roles.join(', ')})`
  if (redirectUris.length > 0) return 'A program with a role has no redirect URIs'
  if ((jwks === undefined) === (jwksUri === undefined)) return 'A program has either a JWK set or the address of one'
  if (jwksUri !== undefined) return isSafeAddress(jwksUri) ? undefined : 'The address of a JWK set is https, or http on this machine'
  return faultOfKeys(jwks!)
}

function faultOfKeys(jwks: string): string | undefined {
  try {
    const set = JSON.parse(jwks) as JSONWebKeySet
    createLocalJWKSet(set)
    const fits = ({ kty, crv, kid, d }: (typeof set.keys)[number]) =>
      d === undefined && typeof kid === 'string' && (kty === 'RSA' || (kty === 'EC' && crv === 'P-384'))
    return set.keys.length > 0 && set.keys.every(fits) ? undefined : 'Keys are public RSA (RS384) or P-384 (ES384) keys with a kid each'
  } catch {
    return 'That is no JWK set: {"keys": [...]}'
  }
}

/** https, or http on this machine: nobody on the way can put in something of theirs. */
function isSafeAddress(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, hostname } = new URL(text)
  return protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname))
}

/** RFC 8252: https, a loopback address, or a private scheme, which has a dot in its name. */
function isRedirectUri(text: string): boolean {
  if (!URL.canParse(text) || text.includes('#')) return false
  return isSafeAddress(text) || /^[a-z][a-z0-9+-]*\.[a-z0-9.+-]+:$/.test(new URL(text).protocol)
}

function view({ id, name, role, scope, jwks, jwksUri, redirectUris, made }: Client): ClientView {
  return {
    client_id: id,
    client_name: name,
    ...(role === undefined ? {} : { role }),
    scope,
    ...(jwks === undefined ? {} : { jwks: JSON.parse(jwks) as object }),
    ...(jwksUri === undefined ? {} : { jwks_uri: jwksUri }),
    ...(redirectUris.length === 0 ? {} : { redirect_uris: redirectUris }),
    created: new Date(made).toISOString()
  }
}
