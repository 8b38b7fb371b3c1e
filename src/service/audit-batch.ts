/** Entries that are collected to be written together. Bytes, not texts: many thousands that wait would cost the garbage collector more than writing them. */
import { type AuditAgent, auditKeys } from '../fhir/audit-event.js'
import type { AuditBatch } from '../store/audit.js'

/** Who something was done by, and what the last batch that named them calls them. */
export interface BatchAgent {
  readonly agent: AuditAgent
  batch: EntryBatch | undefined
  number: number
}

const FIRST = 16_384

export class EntryBatch {
  readonly #agents: AuditAgent[] = []
  readonly #patients = new Set<string>()
  #bytes = Buffer.allocUnsafe(FIRST)
  #length = 0
  #size = 0

  /** Entries. */
  get size(): number {
    return this.#size
  }

  /** rest: what an entry has beside time and agent, as JSON without the brace it begins with. */
  add(who: BatchAgent, rest: string, patients: readonly string[]): void {
    if (who.batch !== this) {
      who.batch = this
      who.number = this.#agents.push(who.agent) - 1
    }
    const line = `\n{"at":${Date.now()},"by":${who.number},${rest}`
    // Three bytes a character at most.
    if (this.#length + 3 * line.length > this.#bytes.length) this.#grow(3 * line.length)
    this.#length += this.#bytes.write(line, this.#length)
    for (const id of patients) this.#patients.add(id)
    this.#size++
  }

  /** As the store takes it; it can be asked for again. */
  finish(): AuditBatch {
    const agents = Buffer.from(JSON.stringify({ agents: this.#agents }))
    const keys = new Set(this.#agents.flatMap((agent) => auditKeys(agent, [])))
    for (const id of this.#patients) keys.add(`Patient/${id}`)
    return { entries: Buffer.concat([agents, this.#bytes.subarray(0, this.#length)]), keys: [...keys] }
  }

  #grow(needed: number): void {
    const grown = Buffer.allocUnsafe(Math.max(2 * this.#bytes.length, this.#length + needed))
    this.#bytes.copy(grown, 0, 0, this.#length)
    this.#bytes = grown
  }
}
