/** Break-glass: for a reason, somebody sees a patient outside of their care for a while. Kept in the state, so that it holds for all processes. */
import { randomUUID } from 'node:crypto'
import { fail } from '../errors.js'
import type { AuditState, BreakGlass } from '../state/audit.js'
import { mayBreakGlass } from './access.js'
import type { Principal } from './contract.js'

/** Milliseconds for which what is open is taken as known; what this process opens and ends counts at once. */
const FRESH = 1000
const MOST_REASON = 1000
const NOBODY: readonly string[] = []

interface Known {
  readonly until: number
  readonly patients: readonly string[]
  readonly reasons: ReadonlyMap<string, string>
}

export class BreakGlasses {
  readonly #state: AuditState
  readonly #seconds: number
  readonly #known = new Map<string, Known>()

  /** seconds: how long it lasts. */
  constructor(state: AuditState, seconds: number) {
    this.#state = state
    this.#seconds = seconds
  }

  /** Ids of the patients that somebody sees by it now; the same array while nothing changed. */
  patientsOf(who: Principal): readonly string[] {
    return mayBreakGlass(who.role) ? this.#of(who.subject).patients : NOBODY
  }

  /** Why somebody sees one of the patients; undefined: not by it. */
  reason(who: Principal, patients: readonly string[]): string | undefined {
    if (!mayBreakGlass(who.role)) return undefined
    const { reasons } = this.#of(who.subject)
    if (reasons.size === 0) return undefined
    for (const patient of patients) {
      const reason = reasons.get(patient)
      if (reason !== undefined) return reason
    }
    return undefined
  }

  /** What would be opened; nothing is yet. Throws auth.forbidden, auth.limited, break-glass.reason. */
  prepare({ subject, role, scope, from }: Principal, patient: string, reason: string): BreakGlass {
    if (!mayBreakGlass(role)) throw fail('auth.forbidden', { role, interaction: 'break the glass for', type: 'a patient' })
    if (scope !== undefined) throw fail('auth.limited', { what: 'break the glass' })
    const words = reason.trim()
    if (words === '' || words.length > MOST_REASON) throw fail('break-glass.reason', { most: MOST_REASON })
    const made = Date.now()
    const until = made + this.#seconds * 1000
    return { id: randomUUID(), subject, patient, reason: words, made, until, from, ended: undefined, endedBy: undefined }
  }

  open(one: BreakGlass): void {
    this.#state.addBreakGlass(one)
    this.#known.delete(one.subject)
  }

  /** Newest first. */
  list(): readonly BreakGlass[] {
    return this.#state.listBreakGlass()
  }

  get(id: string): BreakGlass | undefined {
    return this.#state.getBreakGlass(id)
  }

  /** False when it is not open. */
  end({ id, subject }: BreakGlass, by: Principal): boolean {
    this.#known.delete(subject)
    return this.#state.endBreakGlass(id, by.subject, Date.now())
  }

  #of(subject: string): Known {
    const now = Date.now()
    const last = this.#known.get(subject)
    if (last !== undefined && last.until > now) return last
    const open = this.#state.openBreakGlass(subject, now)
    const until = Math.min(now + FRESH, ...open.map((one) => one.until))
    const reasons = new Map(open.map(({ patient, reason }) => [patient, reason]))
    const patients = [...reasons.keys()].sort()
    const same = last !== undefined && last.patients.join() === patients.join()
    const known = { until, patients: same ? last.patients : patients, reasons }
    this.#known.set(subject, known)
    return known
  }
}
