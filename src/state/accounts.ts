/** PORT: the accounts of people. Passwords are kept as the text that identity/passwords.ts makes of them. */
import type { Awaitable } from '../awaitable.js'

export type AccountStatus = 'active' | 'disabled'

export interface Account {
  /** Never changes and is never given again. */
  readonly id: string
  /** In lower case; no two accounts have the same. */
  readonly username: string
  readonly role: string
  /** The resource that stands for this person: `Patient/1`, `Practitioner/2`. */
  readonly fhirUser: string | undefined
  readonly status: AccountStatus
  readonly password: string
  /** Until when a one-time password can be used, in milliseconds since 1970 UTC; undefined: the password is of the person's own choice. */
  readonly oneTimeUntil: number | undefined
  /** Milliseconds since 1970 UTC. */
  readonly made: number
  readonly changed: number
}

export interface AccountChange {
  readonly status?: AccountStatus
  readonly role?: string
  /** undefined as a value takes it away. */
  readonly fhirUser?: string | undefined
}

export type Changed = 'changed' | 'unknown' | 'last-administrator'

export interface Accounts {
  /** False when the username is taken; with `first`, also when there is any account. */
  add(account: Account, options?: { readonly first: boolean }): Awaitable<boolean>
  get(id: string): Awaitable<Account | undefined>
  named(username: string): Awaitable<Account | undefined>
  /** By username. */
  list(): Awaitable<readonly Account[]>
  /**
   * Ends every session of the account in the same transaction. The last active administrator is neither disabled nor given another role:
   * `last-administrator`, and nothing is changed.
   */
  change(id: string, change: AccountChange): Awaitable<Changed>
  /** Sets a password and ends every session of the account in the same transaction. False when the id is not known, or `unless` is not its password any more. */
  setPassword(
    id: string,
    password: string,
    options: { readonly oneTimeUntil: number | undefined; readonly unless?: string }
  ): Awaitable<boolean>
  /** The same password under another cost: sessions go on. */
  rehash(id: string, from: string, to: string): Awaitable<void>
}
