/**
 * PORT: what the service itself must remember, apart from any store: secrets, signing keys, accounts, sessions, clients, and what happened too often.
 * Implemented by state/sqlite (a file) and state/objects (Cloud Storage). Losing the state loses the ids of keyed sources, every account and every token: it is backed up with the store.
 * Every method is safe against other processes on the same state. What is kept on this machine answers at once, in well under a millisecond; callers on the path of
 * every request use that (see awaitable.ts), all others await.
 */
import type { Awaitable } from '../awaitable.js'
import { isBucketPath } from '../config.js'
import type { GoogleSettings } from '../config-google.js'
import { fail } from '../errors.js'
import type { Snapshot } from '../store/snapshot.js'
import type { Accounts } from './accounts.js'
import type { AskedJobs } from './asked.js'
import type { AuditState } from './audit.js'
import type { Clients } from './clients.js'
import type { Limits } from './limits.js'
import type { Runs } from './runs.js'
import type { Sessions } from './sessions.js'

/** EdDSA: our access tokens; RS256: id_tokens, as OpenID Connect asks. */
export type KeyAlgorithm = 'EdDSA' | 'RS256'

/** A public key, PEM (SPKI). */
export interface VerificationKey {
  readonly alg: KeyAlgorithm
  /** Names the key in the header of the tokens it signed: its RFC 7638 thumbprint. */
  readonly kid: string
  readonly publicKey: string
}

/** With its private part, PEM (PKCS#8). */
export interface SigningKey extends VerificationKey {
  readonly privateKey: string
}

/** The answer that is given again when a request is repeated. */
export interface KeptAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface State {
  /**
   * 32 random bytes under a name, made the first time the name is asked for and the same ever after, also for processes that ask at
   * the same moment. Names in use: `ids` (keyed ids of resources), `cursors` (paging links), `attempts` (keys of counts), `codes` (codes for
   * apps), `audit` (the chain of the audit log), `files` (links to contents).
   */
  getSecret(name: string): Awaitable<Buffer>
  /**
   * The key to sign a token with that expires at `until`; made the first time, and anew when the one there was made before `oldest` (milliseconds since
   * 1970 UTC, both). An RSA key takes a quarter of a second to make. A key that was replaced verifies until the last token it signed has expired; its private part is destroyed.
   */
  getSigningKey(options?: { readonly alg?: KeyAlgorithm; readonly until?: number; readonly oldest?: number }): Awaitable<SigningKey>
  /** The keys whose tokens are valid, the current one first. kid: one that must be among them if it is there, however young it is. */
  verificationKeys(now: number, kid?: string): Awaitable<readonly VerificationKey[]>
  /** Makes new keys now; forget: the tokens of all others are refused from now on. Gives the kid of the one for access tokens. */
  rotateSigningKey(options: { readonly forget: boolean }): Awaitable<string>
  readonly accounts: Accounts
  readonly sessions: Sessions
  readonly clients: Clients
  readonly limits: Limits
  readonly audit: AuditState
  /**
   * Numbers that are given out once, also when several processes ask: the first of `count` in a row under a name, at least `least`. A name that was never
   * asked for starts there.
   */
  takeNumbers(name: string, least: number, count: number): Awaitable<number>
  /**
   * Says what is known of a key that a caller gave to a request: `new` (it is being worked on from now, and endRequest must follow), `running`, `other` (it
   * was used for a request with another fingerprint), or the answer that was given. Keys are forgotten after a day. A request that has not ended after half a
   * minute is taken to be lost with its process: the next one with its key is `new`.
   */
  beginRequest(caller: string, key: string, fingerprint: Buffer): Awaitable<'new' | 'running' | 'other' | KeptAnswer>
  /** Keeps the answer; without one the key is free again, and what was reserved for it. */
  endRequest(caller: string, key: string, answer?: KeptAnswer): Awaitable<void>
  /** What was reserved for a request that has begun: `value`, unless something was before. Outlives its process. */
  reserve(caller: string, key: string, value: string): Awaitable<string>
  /** What was reserved, if anything. */
  reserved(caller: string, key: string): Awaitable<string | undefined>
  readonly runs: Runs
  readonly asked: AskedJobs
  /** Removes what expired before `now` (milliseconds since 1970 UTC); how many of each kind. */
  expire(now: number): Awaitable<Record<string, number>>
  /** The state as it is now, to be copied while writes go on. */
  snapshot(): Promise<Snapshot>
  /** What is wrong with what is kept, one line each; takes long. */
  check(): Awaitable<readonly string[]>
  close(): void
}

export interface StateOptions {
  /** What is done with a file of an older schema: see store/open.ts; `copy` when not given. */
  readonly upgrade?: 'copy' | 'direct' | 'refuse'
  /** Needed for gs://. */
  readonly google?: GoogleSettings
}

/**
 * Opens the state kept in a folder, in `service.db`, or in objects under `gs://bucket/prefix`. Folder and file are made when they are not there, readable by
 * their owner only. Throws store.open, store.version, store.old, bucket.*.
 */
export async function openState(location: string, { upgrade = 'copy', google }: StateOptions = {}): Promise<State> {
  if (!isBucketPath(location)) {
    const { openSqliteState } = await import('./sqlite/state.js')
    return openSqliteState(location, upgrade)
  }
  if (google === undefined) throw fail('store.open', { path: location, reason: 'there are no settings for Google Cloud' })
  const { openObjects } = await import('../files/objects.js')
  const { openObjectsState } = await import('./objects/state.js')
  return openObjectsState(openObjects(location, google), location)
}
