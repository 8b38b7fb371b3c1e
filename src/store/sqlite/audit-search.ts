/**
 * Searches in the audit log. Batches are found by patient, agent and time; the entries in them are made AuditEvents, and asked whether they meet the search as
 * any resource is. In the order of the log, which is that of the time at which they were recorded.
 */
import { fail } from '../../errors.js'
import { type AuditPlace, auditEntries, auditEvent, auditPlace } from '../../fhir/audit-event.js'
import { testOf } from '../../fhir/search-contained.js'
import { type Criterion, isClause, type SearchClause } from '../../fhir/search-criterion.js'
import { limitsOf } from '../../fhir/search-limits.js'
import { parseSearch } from '../../fhir/search-query.js'
import type { AuditPage, AuditSearch, FoundEvent } from '../audit.js'
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
    const criteria = [...query.criteria, ...limitsOf(['AuditEvent'], query.limits)].map(onLog)
    const tests = criteria.map((criterion) => testOf(criterion, Date.now()))
    const deadline = performance.now() + this.#seconds * 1000
    const isFirst = after === undefined
    const wanted = query.total === 'accurate' && isFirst ? Number.POSITIVE_INFINITY : query.count
    const events: FoundEvent[] = []
    let total = 0
    for (const { seq, at, entries } of this.#batches(criteria, descending, after)) {
      if (performance.now() > deadline) throw fail('search.too-costly', { seconds: this.#seconds })
      const all = auditEntries(entries)
      for (const { n, entry } of descending ? all.reverse() : all) {
        if (after?.seq === seq && (descending ? n >= after.n : n <= after.n)) continue
        const place = { seq, n }
        const event = auditEvent(entry, place, at)
        if (!tests.every((test) => test(event))) continue
        total++
        if (events.length < query.count) events.push({ place, at, text: JSON.stringify(event) })
        else if (total > wanted) return { events, more: true, total: undefined }
      }
    }
    return { events, more: total > events.length, total: isFirst ? total : undefined }
  }

  /** Batches that may hold what is searched for. */
  #batches(criteria: readonly Criterion[], descending: boolean, after: AuditPlace | undefined): IterableIterator<Batch> {
    const span = { from: -1, to: Number.MAX_SAFE_INTEGER }
    const places: AuditPlace[][] = []
    let key: string | undefined
    for (const clause of criteria.filter(isClause)) {
      narrow(span, clause)
      key ??= keyOf(clause)
      if (clause.kind === 'id' && clause.modifier === undefined)
        places.push(clause.values.flatMap((value) => (value.kind === 'token' ? (auditPlace(value.code) ?? []) : [])))
    }
    const from = key === undefined ? 'audit a' : 'audit_key k CROSS JOIN audit a ON a.seq = k.seq'
    const seq = key === undefined ? 'a.seq' : 'k.seq'
    // The time of batches never goes back: a span of time is a span of numbers.
    const low = this.#db.prepare<[number], number>('SELECT ifnull(min(seq), 9e15) FROM audit WHERE at >= ?').pluck().get(span.from)!
    const high = this.#db.prepare<[number], number>('SELECT ifnull(max(seq), 0) FROM audit WHERE at <= ?').pluck().get(span.to)!
    const bounds = after === undefined ? [low, high] : descending ? [low, Math.min(high, after.seq)] : [Math.max(low, after.seq), high]
    const [named] = places
    const ids = named === undefined ? '' : ` AND ${seq} IN (SELECT value FROM json_each(?))`
    const statement = this.#db.prepare<unknown[], Batch>(
      `SELECT a.seq, a.at, a.entries FROM ${from} WHERE ${key === undefined ? '' : 'k.key = ? AND '}${seq} BETWEEN ? AND ?${ids}
       ORDER BY ${seq} ${descending ? 'DESC' : 'ASC'}`
    )
    return statement.iterate(
      ...(key === undefined ? [] : [key]),
      ...bounds,
      ...(named === undefined ? [] : [JSON.stringify(named.map((place) => place.seq))])
    )
  }
}

/** The same criterion, but that `_lastUpdated` looks at when an event was recorded: it is not changed afterwards. */
function onLog(criterion: Criterion): Criterion {
  if (isClause(criterion))
    return criterion.kind === 'lastUpdated' ? { ...dated(), modifier: criterion.modifier, values: criterion.values } : criterion
  if (criterion.kind === 'group') return { ...criterion, criteria: criterion.criteria.map(onLog) }
  if (criterion.kind === 'chain' || criterion.kind === 'has') throw fail('not-supported', { what: 'A chain or _has on the audit log' })
  return criterion
}

function dated(): SearchClause {
  return parseSearch('AuditEvent', [['date', '2000']], { handling: 'strict' }).criteria[0] as SearchClause
}

/** Narrows a span of time, from and to inclusive, by a clause with one date. */
function narrow(span: { from: number; to: number }, { parameter, kind, modifier, values: [value, ...more] }: SearchClause): void {
  if (parameter !== 'date' || kind !== 'date' || modifier !== undefined || value?.kind !== 'date' || more.length > 0) return
  const { prefix, from, to } = value
  if (['eq', 'ge', 'gt', 'sa'].includes(prefix)) span.from = Math.max(span.from, from)
  if (['eq', 'le', 'lt', 'eb'].includes(prefix)) span.to = Math.min(span.to, to)
}

const BY_REFERENCE = ['patient', 'agent']

/** The key under which batches stand that a clause can select; undefined: there is none. */
function keyOf({ parameter, modifier, values: [value, ...more] }: SearchClause): string | undefined {
  if (modifier !== undefined || more.length > 0 || value === undefined) return undefined
  if (BY_REFERENCE.includes(parameter) && value.kind === 'reference' && value.url === undefined && value.base === undefined) {
    const type = value.type === '' && parameter === 'patient' ? 'Patient' : value.type
    return type === '' ? undefined : `${type}/${value.id}`
  }
  return parameter === 'altid' && value.kind === 'token' && value.code !== '' && !value.anyCase ? `@${value.code}` : undefined
}
