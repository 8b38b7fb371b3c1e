/** One account that looks at many patients in a short time. Each process counts what goes through it. */
import { randomUUID } from 'node:crypto'
import { type Awaitable, after } from '../awaitable.js'
import type { Alert, AuditState } from '../state/audit.js'
import { isWatched } from './access.js'
import type { Principal } from './contract.js'

export interface UnusualLimits {
  /** More different patients than this are unusual; 0: nothing is. */
  readonly patients: number
  readonly seconds: number
}

/** What an account has looked at. */
interface Recent {
  /** Patient -> when last, in this order; milliseconds since 1970 UTC. */
  readonly patients: Map<string, number>
  /** No further alert before this. */
  quiet: number
}

/** Milliseconds that a time may be off. */
const EXACT = 1000
/** Accounts that are kept; then those are forgotten that have been quiet for the longest time. */
const MOST = 10_000

export class UnusualAccess {
  readonly #limits: UnusualLimits
  readonly #state: AuditState
  readonly #recent = new Map<string, Recent>()

  constructor(limits: UnusualLimits, state: AuditState) {
    this.#limits = limits
    this.#state = state
  }

  /** Somebody was given what speaks of these patients. The alert that this raises, which is kept; at most one for each account and span of time. */
  saw(who: Principal, patients: readonly string[]): Awaitable<Alert | undefined> {
    const { patients: most, seconds } = this.#limits
    if (patients.length === 0 || most === 0 || !isWatched(who.role)) return undefined
    const now = Date.now()
    const recent = this.#of(who.subject)
    if (recent.quiet > now) return undefined
    const old = now - seconds * 1000
    for (const id of patients) {
      const last = recent.patients.get(id)
      if (last !== undefined && last > now - EXACT) continue
      // In the order of time: taken out and put in at the end.
      if (last !== undefined) recent.patients.delete(id)
      recent.patients.set(id, now)
    }
    if (recent.patients.size <= most) return undefined
    for (const [id, at] of recent.patients) {
      if (at > old) break
      recent.patients.delete(id)
    }
    if (recent.patients.size <= most) return undefined
    const { subject, role, from } = who
    const alert: Alert = { id: randomUUID(), subject, role, patients: recent.patients.size, seconds, made: now, from }
    recent.patients.clear()
    recent.quiet = now + seconds * 1000
    return after(this.#state.addAlert(alert, old), (isNew) => (isNew ? alert : undefined))
  }

  #of(subject: string): Recent {
    const recent = this.#recent.get(subject) ?? { patients: new Map(), quiet: 0 }
    if (!this.#recent.has(subject)) {
      if (this.#recent.size >= MOST) this.#recent.delete(this.#recent.keys().next().value!)
      this.#recent.set(subject, recent)
    }
    return recent
  }
}
