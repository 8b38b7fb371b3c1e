/** PORT: what happens once, and what happens too often, counted over all processes. Keys are hashes; times are milliseconds since 1970 UTC. */
import type { Awaitable } from '../awaitable.js'

export interface Window {
  /** How many attempts are let through. */
  readonly most: number
  /** Milliseconds after the last attempt that was let through until the count starts anew. */
  readonly length: number
}

export interface Limits {
  /** True for the first who comes with the key before `until`. */
  once(key: Buffer, until: number, now: number): Awaitable<boolean>
  /** Counts one attempt under every key, or under none: 0 when all are let through, else milliseconds until the count of the one that is full starts anew. */
  attempt(attempts: ReadonlyArray<{ readonly key: Buffer } & Window>, now: number): Awaitable<number>
  /** The count of the key starts anew. */
  forget(key: Buffer): Awaitable<void>
  /** Takes one attempt back. */
  refund(key: Buffer): Awaitable<void>
}
