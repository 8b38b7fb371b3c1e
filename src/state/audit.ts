/** PORT: what stands beside the audit log of a store: how far it has come, who broke the glass, and what looked unusual. Times are milliseconds since 1970 UTC. */
import type { Awaitable } from '../awaitable.js'

/** How far an audit log has come: kept apart from it, so that a log whose end was cut off is found. */
export interface Anchor {
  /** Number of the last batch. */
  readonly seq: number
  readonly hash: Buffer
}

/** An account sees a patient outside of their care, for a while. */
export interface BreakGlass {
  readonly id: string
  /** Id of the account. */
  readonly subject: string
  /** Id of the patient. */
  readonly patient: string
  readonly reason: string
  readonly made: number
  readonly until: number
  /** Address of the caller. */
  readonly from: string | undefined
  /** When it was ended before its time, and by whom. */
  readonly ended: number | undefined
  readonly endedBy: string | undefined
}

/** An account looked at many patients in a short time. */
export interface Alert {
  readonly id: string
  readonly subject: string
  readonly role: string
  /** How many patients at least, and in how many seconds. */
  readonly patients: number
  readonly seconds: number
  readonly made: number
  readonly from: string | undefined
}

export interface AuditState {
  anchor(chain: string): Awaitable<Anchor | undefined>
  /** Those of all logs, by chain. */
  anchors(): Awaitable<ReadonlyMap<string, Anchor>>
  /** Moves the anchor of a log on, never back. */
  setAnchor(chain: string, anchor: Anchor): Awaitable<void>
  addBreakGlass(one: BreakGlass): Awaitable<void>
  /** Newest first. */
  listBreakGlass(): Awaitable<readonly BreakGlass[]>
  getBreakGlass(id: string): Awaitable<BreakGlass | undefined>
  /** Those of an account that are open now. */
  openBreakGlass(subject: string, now: number): Awaitable<readonly BreakGlass[]>
  /** False when there is none of this id that is open. */
  endBreakGlass(id: string, by: string, now: number): Awaitable<boolean>
  /** False, and nothing is kept, when there is one of the same account that is younger than `since`. */
  addAlert(alert: Alert, since: number): Awaitable<boolean>
  /** Newest first. */
  listAlerts(): Awaitable<readonly Alert[]>
}
