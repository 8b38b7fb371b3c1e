/** What a search in the audit log comes to: which batches may hold what it looks for, and which of their entries it means. */
import { fail } from '../errors.js'
import { type AuditPlace, auditPlace } from '../fhir/audit-event.js'
import { testOf } from '../fhir/search-contained.js'
import { type Criterion, isClause, type SearchClause } from '../fhir/search-criterion.js'
import { limitsOf } from '../fhir/search-limits.js'
import { parseSearch, type SearchQuery } from '../fhir/search-query.js'

export interface AuditPlan {
  /** When the batches were written, milliseconds since 1970 UTC; both inclusive. */
  readonly span: { readonly from: number; readonly to: number }
  /** What they must be found by: see auditKeys(). */
  readonly key: string | undefined
  /** The only entries that are meant. */
  readonly places: readonly AuditPlace[] | undefined
  meets(event: { readonly resourceType: 'AuditEvent' }): boolean
}

/** Throws not-supported for criteria that look at other resources. */
export function planAudit(query: SearchQuery): AuditPlan {
  const criteria = [...query.criteria, ...limitsOf(['AuditEvent'], query.limits)].map(onLog)
  const tests = criteria.map((criterion) => testOf(criterion, Date.now()))
  const span = { from: 0, to: Number.MAX_SAFE_INTEGER }
  let places: AuditPlace[] | undefined
  let key: string | undefined
  for (const clause of criteria.filter(isClause)) {
    narrow(span, clause)
    key ??= keyOf(clause)
    if (clause.kind === 'id' && clause.modifier === undefined)
      places ??= clause.values.flatMap((value) => (value.kind === 'token' ? (auditPlace(value.code) ?? []) : []))
  }
  return { span, key, places, meets: (event) => tests.every((test) => test(event)) }
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
