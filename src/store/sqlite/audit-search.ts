/**
 * Searches in the audit log. Batches are found by patient, agent and time; the entries in them are made AuditEvents, and asked whether they meet the search as
 * any resource is. In the order of the log, which is that of the time at which they were recorded.
 */
import { fail } from '../../errors.js'
import { type AuditPlace, auditEntries, auditEvent } from '../../fhir/audit-event.js'
import type { AuditPage, AuditSearch, FoundEvent } from '../audit.js'
import { type AuditPlan, planAudit } from '../audit-plan.js'
import type { AuditRow } from './audit-chain.js'
import type { Db } from './schema.js'

type Batch = Pick<AuditRow, 'seq' | 'at'> & { readonly entries: string }

export class AuditReader {
  readonly #db: Db
  readonly #seconds: number
  readonly #one

  constructor(db: Db, seconds: number) {
    this.#db = db
    this.#seconds = seconds
    this.#one = db.prepare<[number], Batch>('SELECT seq, at, entries FROM audit WHERE seq = ?')
  }

  read({ seq, n }: AuditPlace): FoundEvent | undefined {
    const batch = this.#one.get(seq)
    const one = batch && auditEntries(batch.entries).find((entry) => entry.n === n)
    if (batch === undefined || one === undefined) return undefined
    return { place: { seq, n }, at: batch.at, text: JSON.stringify(auditEvent(one.entry, { seq, n }, batch.at)) }
  }

  /** Throws not-supported for criteria that look at other resources, search.too-costly. */
  find({ query, descending, after }: AuditSearch): AuditPage {
    const plan = planAudit(query)
    const deadline = performance.now() + this.#seconds * 1000
    const isFirst = after === undefined
    const wanted = query.total === 'accurate' && isFirst ? Number.POSITIVE_INFINITY : query.count
    const events: FoundEvent[] = []
    let total = 0
    for (const { seq, at, entries } of this.#batches(plan, descending, after)) {
      if (performance.now() > deadline) throw fail('search.too-costly', { seconds: this.#seconds })
      const all = auditEntries(entries)
      for (const { n, entry } of descending ? all.reverse() : all) {
        if (after?.seq === seq && (descending ? n >= after.n : n <= after.n)) continue
        const place = { seq, n }
        const event = auditEvent(entry, place, at)
        if (!plan.meets(event)) continue
        total++
        if (events.length < query.count) events.push({ place, at, text: JSON.stringify(event) })
        else if (total > wanted) return { events, more: true, total: undefined }
      }
    }
    return { events, more: total > events.length, total: isFirst ? total : undefined }
  }

  /** Batches that may hold what is searched for. */
  #batches({ span, key, places }: AuditPlan, descending: boolean, after: AuditPlace | undefined): IterableIterator<Batch> {
    const from = key === undefined ? 'audit a' : 'audit_key k CROSS JOIN audit a ON a.seq = k.seq'
    const seq = key === undefined ? 'a.seq' : 'k.seq'
    // The time of batches never goes back: a span of time is a span of numbers.
    const low = this.#db.prepare<[number], number>('SELECT ifnull(min(seq), 9e15) FROM audit WHERE at >= ?').pluck().get(span.from)!
    const high = this.#db.prepare<[number], number>('SELECT ifnull(max(seq), 0) FROM audit WHERE at <= ?').pluck().get(span.to)!
    const bounds = after === undefined ? [low, high] : descending ? [low, Math.min(high, after.seq)] : [Math.max(low, after.seq), high]
    const ids = places === undefined ? '' : ` AND ${seq} IN (SELECT value FROM json_each(?))`
    const statement = this.#db.prepare<unknown[], Batch>(
      `SELECT a.seq, a.at, a.entries FROM ${from} WHERE ${key === undefined ? '' : 'k.key = ? AND '}${seq} BETWEEN ? AND ?${ids}
       ORDER BY ${seq} ${descending ? 'DESC' : 'ASC'}`
    )
    return statement.iterate(
      ...(key === undefined ? [] : [key]),
      ...bounds,
      ...(places === undefined ? [] : [JSON.stringify(places.map((place) => place.seq))])
    )
  }
}
