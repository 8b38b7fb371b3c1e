/**
 * The writer's side of the audit log: what was noted in a transaction becomes one batch, chained to the one before. Inside the transaction nobody else can
 * write, so that several processes make one chain.
 */
import { type AuditAgent, type AuditEntry, auditKeys, patientsIn } from '../../fhir/audit-event.js'
import type { AuditBatch } from '../audit.js'
import { doneBy } from '../audit.js'
import { type ChainedBatch, chainHash, keyName } from '../audit-hash.js'
import type { Outcomes, Write } from '../repository.js'
import type { Db } from './schema.js'
import type { Written } from './write.js'

export interface AuditRow extends ChainedBatch {
  /** Tells which key the hash was made with. */
  readonly key: string
  readonly hash: Buffer
}

const NONE = Buffer.alloc(0)
const NEW_LINE = Buffer.from('\n')

export class AuditChain {
  readonly #key: Uint8Array | undefined
  readonly #keyName: string
  readonly #sql
  #entries: Uint8Array[] = []
  #keys = new Set<string>()

  /** key: undefined: nothing is kept. */
  constructor(db: Db, key: Uint8Array | undefined) {
    this.#key = key
    this.#keyName = key === undefined ? '' : keyName(key)
    this.#sql = {
      last: db.prepare<[], Pick<AuditRow, 'seq' | 'at' | 'hash'>>('SELECT seq, at, hash FROM audit ORDER BY seq DESC LIMIT 1'),
      add: db.prepare('INSERT INTO audit(seq, at, key, hash, entries) VALUES (?, ?, ?, ?, CAST(? AS TEXT))'),
      // Where batches were cut off, keys of theirs may be left.
      addKey: db.prepare('INSERT OR IGNORE INTO audit_key(key, seq) VALUES (?, ?)')
    }
  }

  /** Call it first in every transaction. */
  begin(): void {
    this.#entries = []
    this.#keys.clear()
  }

  add({ entries, keys }: AuditBatch): void {
    this.#entries.push(entries)
    for (const key of keys) this.#keys.add(key)
  }

  /** One entry for each resource that was written. */
  writes(who: AuditAgent, writes: readonly Write[], written: readonly Written[]): void {
    const at = Date.now()
    for (const [n, { type, id, versionId, outcome, text, before }] of written.entries()) {
      const patients = patientsIn(text, type, id)
      if (before !== undefined) for (const one of patientsIn(before, type, id)) if (!patients.includes(one)) patients.push(one)
      const what = [`${type}/${id}/_history/${versionId}`]
      this.#note({ at, who, do: doneBy(writes[n]!, outcome), what, patients })
    }
  }

  /** A part of a bulk load. */
  load(who: AuditAgent, byType: Readonly<Record<string, Outcomes>>): void {
    const detail = Object.entries(byType).map(
      ([type, { created, updated, unchanged }]) => `${type}: ${created} created, ${updated} updated, ${unchanged} unchanged`
    )
    this.#note({ at: Date.now(), who, do: 'load', what: Object.keys(byType), detail: detail.join('; ') })
  }

  /** Writes what was noted; call it last in every transaction. */
  end(): void {
    if (this.#key === undefined || this.#entries.length === 0) return
    const last = this.#sql.last.get() ?? { seq: 0, at: 0, hash: NONE }
    const entries = this.#entries.flatMap((one, n) => (n === 0 ? [one] : [NEW_LINE, one]))
    const batch = { seq: last.seq + 1, at: Math.max(Date.now(), last.at), entries: Buffer.concat(entries) }
    this.#sql.add.run(batch.seq, batch.at, this.#keyName, chainHash(this.#key, last.hash, batch), batch.entries)
    for (const key of this.#keys) this.#sql.addKey.run(key, batch.seq)
    this.begin()
  }

  #note(entry: AuditEntry): void {
    this.add({ entries: Buffer.from(JSON.stringify(entry)), keys: auditKeys(entry.who, entry.patients ?? []) })
  }
}
