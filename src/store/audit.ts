/** PORT: the audit log of a store, append-only. Batches of entries are chained by hashes, so that none can be changed, left out or put in unseen. */
import type { AuditPlace } from '../fhir/audit-event.js'
import type { SearchQuery } from '../fhir/search-query.js'
import type { Write, WriteResult } from './repository.js'

/** Entries on their way into the log. */
export interface AuditBatch {
  /** Lines of JSON (see fhir/audit-event.ts), separated by \n, in UTF-8. */
  readonly entries: Uint8Array
  /** What the batch is found by: see auditKeys(). */
  readonly keys: readonly string[]
}

/** The end of a log. */
export interface AuditHead {
  /** Names the log, as long as the store lives. */
  readonly chain: string
  /** Number of the last batch; 0: none yet. */
  readonly seq: number
  /** Hash of the last batch; empty: none yet. */
  readonly hash: Buffer
}

export interface AuditSearch {
  /** Criteria, limits, count, subset and total count; the rest does not. */
  readonly query: SearchQuery
  readonly descending: boolean
  /** The entry to go on after. */
  readonly after: AuditPlace | undefined
}

export interface FoundEvent {
  readonly place: AuditPlace
  /** When it was recorded, milliseconds since 1970 UTC. */
  readonly at: number
  /** The AuditEvent as JSON text. */
  readonly text: string
}

export interface AuditPage {
  readonly events: readonly FoundEvent[]
  readonly more: boolean
  /** When it was asked for, or the page is all there is. */
  readonly total: number | undefined
}

export interface AuditReport {
  readonly batches: number
  readonly entries: number
  /** Undefined: nothing was altered, taken out or cut off, as far as the anchor tells. */
  readonly problem: AuditProblem | undefined
  /** How many batches the anchor vouches for, those of all chains together; undefined: there is none. */
  readonly anchor: number | undefined
}

export interface AuditProblem {
  /** Number of the first batch that does not fit, in its chain. */
  readonly batch: number
  readonly reason: string
}

/** What an entry calls a write. */
export function doneBy(write: Write, outcome: WriteResult['outcome']): string {
  if (write.method === 'delete') return 'delete'
  if (outcome === 'created') return 'create'
  return write.verb === 'PATCH' ? 'patch' : 'update'
}

/** Entries that were counted: lines that name agents are none. */
export function countEntries(entries: Uint8Array): number {
  return Buffer.from(entries)
    .toString()
    .split('\n')
    .filter((line) => !line.startsWith('{"agents"')).length
}
