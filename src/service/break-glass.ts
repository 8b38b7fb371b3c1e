/** Break-glass: for a reason, somebody sees a patient outside of their care for a while. Kept in the state, so that it holds for all processes. */
import { randomUUID } from 'node:crypto'
import { type Awaitable, after } from '../awaitable.js'
import { fail } from '../errors.js'
import type { AuditState, BreakGlass } from '../state/audit.js'
import { mayBreakGlass } from './access.js'
import type { Principal } from './contract.js'

/** Milliseconds for which what is open is taken as known; what this process opens and ends counts at once. */
const FRESH = 1000
const MOST_REASON = 1000
const NOBODY: readonly string[] = []
const NOTHING: Pick<Known, 'reasons'> = { reasons: new Map() }

interface Known {
  readonly until: number
  readonly patients: readonly string[]
  readonly reasons: ReadonlyMap<string, string>
}

export class BreakGlasses {
  readonly #state: AuditState
  readonly #seconds: number
  readonly #known = new Map<string, Known>()
  readonly #loading = new Map<string, Promise<Known>>()

  /** seconds: how long it lasts. */
  constructor(state: AuditState, seconds: number) {
    this.#state = state
    this.#seconds = seconds
  }

  /** Ids of the patients that somebody sees by it now; the same array while nothing changed. */
  patientsOf(who: Principal): Awaitable<readonly string[]> {
    return mayBreakGlass(who.role) ? after(this.#of(who.subject), ({ patients }) => patients) : NOBODY
  }

  /** Why somebody sees one of the patients, as far as it is known since patientsOf was asked; undefined: not by it. */
  reason(who: Principal, patients: readonly string[]): string | undefined {
    if (!mayBreakGlass(who.role)) return undefined
    const known = this.#of(who.subject)
    const { reasons } = known instanceof Promise ? (this.#known.get(who.subject) ?? NOTHING) : known
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

  async open(one: BreakGlass): Promise<void> {
    await this.#state.addBreakGlass(one)
    this.#forget(one.subject)
  }

  /** Newest first. */
  list(): Awaitable<readonly BreakGlass[]> {
    return this.#state.listBreakGlass()
  }

  get(id: string): Awaitable<BreakGlass | undefined> {
    return this.#state.getBreakGlass(id)
  }

  /** False when it is not open. */
  async end({ id, subject }: BreakGlass, by: Principal): Promise<boolean> {
    const hasEnded = await this.#state.endBreakGlass(id, by.subject, Date.now())
    this.#forget(subject)
    return hasEnded
  }

  #of(subject: string): Awaitable<Known> {
    const now = Date.now()
    const last = this.#known.get(subject)
    if (last !== undefined && last.until > now) return last
    const loading = this.#loading.get(subject)
    if (loading !== undefined) return loading
    const open = this.#state.openBreakGlass(subject, now)
    if (!(open instanceof Promise)) return this.#keep(subject, open, now)
    const loaded: Promise<Known> = open
      .then((all) => {
        // What was opened or ended meanwhile may not be in it: it counts for whoever asked before, and for nobody after.
        const isLast: boolean = this.#loading.get(subject) === loaded
        return isLast ? this.#keep(subject, all, now) : knownBy(all, now)
      })
      .finally(() => {
        if (this.#loading.get(subject) === loaded) this.#loading.delete(subject)
      })
    // Also for who does not wait.
    loaded.catch(() => {})
    this.#loading.set(subject, loaded)
    return loaded
  }

  #keep(subject: string, open: readonly BreakGlass[], now: number): Known {
    const last = this.#known.get(subject)
    const known = knownBy(open, now)
    const same = last !== undefined && last.patients.join() === known.patients.join()
    const kept = same ? { ...known, patients: last.patients } : known
    this.#known.set(subject, kept)
    return kept
  }

  #forget(subject: string): void {
    this.#known.delete(subject)
    this.#loading.delete(subject)
  }
}

function knownBy(open: readonly BreakGlass[], now: number): Known {
  const reasons = new Map(open.map(({ patient, reason }) => [patient, reason]))
  return { until: Math.min(now + FRESH, ...open.map((one) => one.until)), patients: [...reasons.keys()].sort(), reasons }
}
