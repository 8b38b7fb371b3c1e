/** What every part of the service stands on: the store, as each principal sees it, and checks of access whose refusals are audited. */
import type { AuditEntry } from '../fhir/audit-event.js'
import type { Repository, Write, WriteResult } from '../store/repository.js'
import type { Interaction } from './access.js'
import { type Auditing, AuditLog, placeOf } from './audit.js'
import { Audited } from './audited.js'
import { BreakGlasses } from './break-glass.js'
import { Care } from './care.js'
import type { Principal } from './contract.js'
import type { Cursors } from './cursors.js'
import { allow, allowAll, authorize } from './rights.js'
import { type Seen, View } from './view.js'

export interface Parts {
  readonly store: Repository
  /** What paging links are sealed with. */
  readonly cursors: Cursors
  readonly auditing: Auditing | undefined
}

export class Guarded {
  protected readonly store: Repository
  protected readonly care: Care
  protected readonly auditLog: AuditLog | undefined
  protected readonly glasses: BreakGlasses | undefined
  readonly #cursors: Cursors
  readonly #views = new WeakMap<Principal, Seen>()

  constructor({ store, cursors, auditing }: Parts) {
    this.store = store
    this.#cursors = cursors
    const glasses = auditing && new BreakGlasses(auditing.state, auditing.breakGlass)
    this.glasses = glasses
    this.care = new Care(store, glasses && ((who) => glasses.patientsOf(who)))
    this.auditLog = auditing && new AuditLog(store, auditing, glasses!)
  }

  /** The store as they see it; kept with the object that says who they are. */
  protected as(who: Principal): Seen {
    let seen = this.#views.get(who)
    if (seen === undefined) {
      const view = new View(this.store, who, this.care, this.#cursors)
      seen = this.auditLog === undefined ? view : new Audited(view, this.store, who, this.auditLog)
      this.#views.set(who, seen)
    }
    return seen
  }

  /** What is refused is audited, too. */
  protected allow(who: Principal, interaction: Interaction, type: string, id?: string): void {
    try {
      allow(who, interaction, type)
    } catch (error) {
      this.auditLog?.failed(who, { do: interaction, what: [id === undefined ? type : placeOf(type, id)] }, error)
      throw error
    }
  }

  protected allowAll(who: Principal, interaction: Interaction, type: string): void {
    this.checked(who, { do: interaction, what: [type] }, () => allowAll(who, interaction, type))
  }

  protected authorize(who: Principal, interaction: Interaction, what: string): void {
    this.checked(who, { do: interaction === 'verify' ? 'check' : interaction, what: [what] }, () => authorize(who, interaction, what))
  }

  protected checked<T>(who: Principal, entry: Omit<AuditEntry, 'at' | 'who'>, check: () => T): T {
    try {
      return check()
    } catch (error) {
      this.auditLog?.failed(who, entry, error)
      throw error
    }
  }

  protected async write(who: Principal, write: Write): Promise<WriteResult> {
    const [result] = await this.as(who).commit([write])
    return result!
  }
}
