/** PORT: programs that ask for tokens of their own (SMART Backend Services), and apps that people launch (SMART App Launch). */
import type { Awaitable } from '../awaitable.js'

export interface Client {
  /** Never given again. */
  readonly id: string
  readonly name: string
  /** Role of the program; undefined: an app, which acts for the person who launched it. */
  readonly role: string | undefined
  /** Scopes it may ask for, separated by spaces. */
  readonly scope: string
  /** A JWK set as JSON text, or where to fetch it; neither for an app without keys. */
  readonly jwks: string | undefined
  readonly jwksUri: string | undefined
  /** Where an app may be sent back to. */
  readonly redirectUris: readonly string[]
  readonly made: number
}

export interface Clients {
  add(client: Client): Awaitable<void>
  get(id: string): Awaitable<Client | undefined>
  /** By name. */
  list(): Awaitable<readonly Client[]>
  /** Ends its tokens and sessions, too. False when the id is not known. */
  remove(id: string): Awaitable<boolean>
}
