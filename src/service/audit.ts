/**
 * The audit: who did what, when, from where and how it ended, of every access. Writes are put into the log in their own transaction (store/audit.ts); all else
 * is collected here and written within 100 ms. As long as that fails, nothing is let through.
 */

import { type Awaitable, after } from '../awaitable.js'
import { type ErrorCode, fail, WardbridgeError } from '../errors.js'
import { type AuditAgent, type AuditEntry, patientsIn } from '../fhir/audit-event.js'
import type { Alert, AuditState } from '../state/audit.js'
import type { Repository } from '../store/repository.js'
import { type BatchAgent, EntryBatch } from './audit-batch.js'
import type { BreakGlasses } from './break-glass.js'
import type { Principal } from './contract.js'
import { UnusualAccess, type UnusualLimits } from './unusual-access.js'

/** What the service audits with. */
export interface Auditing {
  /** What the log is chained with, 32 bytes. */
  readonly key: Buffer
  readonly state: AuditState
  readonly unusual: UnusualLimits
  /** Seconds for which the glass stays broken. */
  readonly breakGlass: number
  /** Username of an account. */
  readonly nameOf?: (subject: string) => Awaitable<string | undefined>
  /** For the log of the program: facts without patient data. */
  readonly warn?: (facts: object, text: string) => void
}

/** Milliseconds: longest that an entry waits before it is sent to the writer; between two tries after a failure; between two looks at the end of the log. */
const WAIT = 50
const RETRY = 250
const ANCHOR = 5000
/** Entries that may wait to be written; then accesses wait. */
const MOST = 20_000
/** Tries to write the rest when the service is closed. */
const LAST_TRIES = 4

const PLAIN = /^[A-Za-z0-9\-.]*$/

export class AuditLog {
  readonly #store: Repository
  readonly #auditing: Auditing
  readonly #glasses: BreakGlasses
  readonly #unusual: UnusualAccess
  readonly #known = new WeakMap<Principal, BatchAgent>()
  readonly #anchoring: NodeJS.Timeout
  #next = new EntryBatch()
  /** On its way to the disk, or what could not be written. */
  #sent: EntryBatch | undefined
  #failing = false
  #timer: NodeJS.Timeout | undefined
  #waiting: Array<() => void> = []
  /** Undefined: not looked at yet. */
  #anchored: number | undefined
  #doubted = false

  constructor(store: Repository, auditing: Auditing, glasses: BreakGlasses) {
    this.#store = store
    this.#auditing = auditing
    this.#glasses = glasses
    this.#unusual = new UnusualAccess(auditing.unusual, auditing.state)
    this.#anchoring = setInterval(() => void this.#anchor(), ANCHOR).unref()
  }

  /** To be asked before each access: undefined when it may go on, a promise when it has to wait for the log. Throws audit.unavailable. */
  ready(): Promise<void> | undefined {
    if (this.#failing) throw fail('audit.unavailable')
    if (this.#next.size < MOST) return undefined
    this.hurry()
    if (this.#next.size < MOST) return undefined
    return new Promise<void>((resolve) => this.#waiting.push(resolve)).then(() => this.ready())
  }

  agent(who: Principal): AuditAgent {
    return this.#about(who).agent
  }

  /** A resource was given to somebody. */
  gave(who: Principal, action: 'read' | 'vread', type: string, id: string, versionId: string, body: string): void {
    const patients = patientsIn(body, type, id)
    const reason = this.#glasses.reason(who, patients)
    const named =
      patients.length === 0 ? '' : patients.length === 1 ? `,"patients":["${patients[0]}"]` : `,"patients":${JSON.stringify(patients)}`
    const why = reason === undefined ? '' : `,"reason":${JSON.stringify(reason)}`
    // By hand: this is done for every read.
    this.#add(who, `"do":"${action}","what":["${type}/${id}/_history/${versionId}"]${named}${why}}`, patients)
    this.#watch(who, patients)
  }

  /** Anything else that was done; what it gave counts as seen. */
  done(who: Principal, entry: Omit<AuditEntry, 'at' | 'who'>): void {
    const { patients = [] } = entry
    const reason = entry.reason ?? this.#glasses.reason(who, patients)
    this.#note(who, reason === undefined ? entry : { ...entry, reason })
    this.#watch(who, patients)
  }

  /** Something that was refused, or failed. */
  failed(who: Principal, entry: Omit<AuditEntry, 'at' | 'who' | 'error'>, error: unknown): void {
    this.#note(who, { ...entry, error: codeOf(error) })
  }

  /** The same by the code of the error, where none is thrown: an error with its stack costs more than the read. */
  missed(who: Principal, entry: Omit<AuditEntry, 'at' | 'who' | 'error'>, code: ErrorCode): void {
    this.#note(who, { ...entry, error: code })
  }

  /** Sends what waits: a write that follows in the same turn shares its transaction, and comes after it in the log. */
  hurry(): void {
    if (this.#timer === undefined || this.#failing) return
    clearTimeout(this.#timer)
    this.#timer = undefined
    void this.#send()
  }

  /** The same as done, and written when it resolves. Throws audit.unavailable. */
  async write(who: Principal, entry: Omit<AuditEntry, 'at' | 'who'>): Promise<void> {
    await this.ready()
    this.#note(who, entry)
    await this.#flushed()
  }

  /** Writes what waits. What cannot be written even now is lost with the process, and said so. */
  async close(): Promise<void> {
    clearInterval(this.#anchoring)
    for (let tries = 0; tries < LAST_TRIES && (this.#next.size > 0 || this.#sent !== undefined); tries++)
      await this.#flushed().catch(() => {})
    clearTimeout(this.#timer)
    const lost = this.#next.size + (this.#sent?.size ?? 0)
    if (lost > 0) this.#auditing.warn?.({ entries: lost }, 'entries of the audit log could not be written')
    await this.#anchor()
  }

  #about(who: Principal): BatchAgent {
    let known = this.#known.get(who)
    if (known === undefined) {
      const { subject, role, fhirUser, token, from } = who
      const agent: { -readonly [Name in keyof AuditAgent]: AuditAgent[Name] } = {
        subject,
        role,
        ...(fhirUser === undefined ? {} : { user: fhirUser }),
        ...(token === undefined ? {} : { token }),
        ...(from === undefined ? {} : { from })
      }
      const named = after(this.#auditing.nameOf?.(subject), (name) => {
        if (name !== undefined) agent.name = name
      })
      // It comes before the entries are written, as a rule; the subject says who it was in any case.
      if (named instanceof Promise) named.catch(() => {})
      known = { agent, batch: undefined, number: 0 }
      this.#known.set(who, known)
    }
    return known
  }

  #note(who: Principal, entry: Omit<AuditEntry, 'at' | 'who'>): void {
    this.#add(who, JSON.stringify(entry).slice(1), entry.patients ?? [])
  }

  /** rest: what an entry has beside time and agent, as JSON without the brace it begins with. */
  #add(who: Principal, rest: string, patients: readonly string[]): void {
    this.#next.add(this.#about(who), rest, patients)
    if (this.#timer === undefined && this.#sent === undefined) this.#later(WAIT)
  }

  #later(milliseconds: number): void {
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      void this.#send()
    }, milliseconds)
  }

  /** Hands what waits to the writer. Never rejects. */
  async #send(): Promise<void> {
    const batch = this.#sent ?? this.#next
    if (batch.size === 0) return
    if (batch === this.#next) this.#next = new EntryBatch()
    this.#sent = batch
    try {
      await this.#store.appendAudit(batch.finish())
      this.#sent = undefined
      if (this.#failing) this.#auditing.warn?.({}, 'the audit log can be written again')
      this.#failing = false
    } catch (error) {
      if (!this.#failing) this.#auditing.warn?.({ code: codeOf(error) }, 'the audit log cannot be written: all access is refused')
      this.#failing = true
    }
    const waiting = this.#waiting
    this.#waiting = []
    for (const go of waiting) go()
    if (this.#timer === undefined && (this.#failing || this.#next.size > 0)) this.#later(this.#failing ? RETRY : WAIT)
  }

  /** When all that waits now is on the disk. Throws audit.unavailable. */
  async #flushed(): Promise<void> {
    if (this.#sent !== undefined && !this.#failing) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    if (this.#sent !== undefined) await this.#send()
    clearTimeout(this.#timer)
    this.#timer = undefined
    await this.#send()
    if (this.#failing) throw fail('audit.unavailable')
  }

  #watch(who: Principal, patients: readonly string[]): void {
    const alert = this.#unusual.saw(who, patients)
    if (alert instanceof Promise)
      alert.then(
        (made) => this.#tell(who, made),
        (error) => this.#auditing.warn?.({ code: codeOf(error) }, 'an alert of unusual access cannot be kept')
      )
    else this.#tell(who, alert)
  }

  #tell(who: Principal, alert: Alert | undefined): void {
    if (alert === undefined) return
    const { patients: seen, seconds, role } = alert
    this.#auditing.warn?.({ alert: alert.id, role, patients: seen, seconds }, 'unusual access: one account looked at many patients')
    this.#note(who, { do: 'unusual-access', detail: `more than ${seen - 1} patients within ${seconds} s` })
  }

  /** Moves the anchor to the end of the log. Never rejects: what does not succeed is tried again the next time. */
  async #anchor(): Promise<void> {
    const { state, warn } = this.#auditing
    const { chain, seq, hash } = this.#store.auditHead()
    if (seq === this.#anchored) return
    try {
      const anchor = await state.anchor(chain)
      // A log that was cut and went on is not vouched for: the anchor stays where it was, for `audit verify` to find.
      const isWhole = anchor !== undefined && (anchor.seq === 0 || (await this.#store.auditHash(anchor.seq))?.equals(anchor.hash) === true)
      if (isWhole) await state.setAnchor(chain, { seq, hash })
      else if (!this.#doubted) warn?.({}, 'the audit log is not the one that was there before: see `wardbridge audit verify`')
      this.#doubted = !isWhole
      this.#anchored = seq
    } catch (error) {
      warn?.({ code: codeOf(error) }, 'the end of the audit log cannot be written down')
    }
  }
}

/**
 * To be called before a log is written to. One that was somewhere else before is taken as it is, but not beside others: it may be one of them under another
 * name; `audit verify` says so.
 */
export async function vouchFor(store: Pick<Repository, 'auditHead'>, { state }: Pick<Auditing, 'state'>): Promise<void> {
  const { chain, seq, hash } = store.auditHead()
  if (seq === 0 || (await state.anchors()).size === 0) await state.setAnchor(chain, { seq, hash })
}

/** What entries call an error. */
export function codeOf(error: unknown): string {
  if (error instanceof WardbridgeError) return error.code
  if (error instanceof AggregateError && error.errors[0] instanceof WardbridgeError) return error.errors[0].code
  return 'unexpected'
}

/** What clients call a resource, as far as it is one. */
export function placeOf(type: string, id: string): string {
  return PLAIN.test(id) ? `${type}/${id}` : type
}
