/**
 * PORT: what came of logins. A session is a family of refresh tokens, of which the newest can be used once. Times are milliseconds since 1970 UTC. Of
 * refresh tokens only hashes come here.
 */
import type { Awaitable } from '../awaitable.js'

export interface Session {
  readonly id: string
  /** Id of the account. */
  readonly account: string
  /** Client of an app launch; undefined: a login with username and password. */
  readonly client: string | undefined
  /** SMART scopes; undefined: all that the role may do. */
  readonly scope: string | undefined
  /** When it ends at the latest. */
  readonly until: number
}

/** `reused`: the token was used before, which ended its session. */
export type Rotation = { readonly outcome: 'rotated'; readonly session: Session } | { readonly outcome: 'unknown' | 'reused' }

export interface Sessions {
  /** False, and nothing is opened, when the account is not active or its password is not `password` (as it is kept) any more. */
  open(session: Session, refresh: Buffer, password: string): Awaitable<boolean>
  /** Uses up the refresh token and puts another in its place. Of two that come with the same token at once, one is `reused`. */
  rotate(refresh: Buffer, next: Buffer, now: number): Awaitable<Rotation>
  /** The session that a refresh token, used or not, belongs to. */
  of(refresh: Buffer): Awaitable<Session | undefined>
  get(id: string): Awaitable<Session | undefined>
  /** False when there was no such session. */
  end(id: string): Awaitable<boolean>
  /** Refuses one access token, by its jti, until it has expired. */
  revoke(jti: string, until: number): Awaitable<void>
  isRevoked(jti: string): Awaitable<boolean>
  /**
   * Another number whenever something that was valid has ended: a session, a token, a client, a key; also when another process ended it.
   * What was found valid at a number need not be looked at again while the number is the same. What another process ended may show 10 ms late.
   * now: milliseconds since 1970 UTC.
   */
  revision(now: number): number
}
