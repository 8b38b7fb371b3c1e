/** Whether the audit log is whole: every batch follows from the one before, and the log comes as far as it is known to have come. */
import { type AuditHead, type AuditProblem, type AuditReport, countEntries } from '../audit.js'
import { chainHash, keyName } from '../audit-hash.js'
import type { AuditRow } from './audit-chain.js'
import type { Db } from './schema.js'

const TELL_EVERY = 1000
const NONE = Buffer.alloc(0)

export interface AuditToVerify {
  readonly key: Uint8Array | undefined
  /** What the end of the log once was. */
  readonly anchor: (Pick<AuditHead, 'seq'> & { readonly hash: Uint8Array }) | undefined
}

/** Reads in one snapshot, so that it may be written to meanwhile. Stops at the first batch that does not fit. */
export function verifyAudit(db: Db, { key, anchor }: AuditToVerify, progress: (done: number) => void): AuditReport {
  let [batches, entries, at] = [0, 0, 0]
  let last: Buffer = NONE
  let foreign: AuditProblem | undefined
  const own = key === undefined ? undefined : keyName(key)
  const report = (problem?: AuditProblem): AuditReport => ({ batches, entries, problem, anchor: anchor?.seq })
  for (const row of db
    .prepare<[], AuditRow>('SELECT seq, at, key, hash, CAST(entries AS BLOB) AS entries FROM audit ORDER BY seq')
    .iterate()) {
    const expected = batches + 1
    if (row.seq !== expected) return report({ batch: expected, reason: `batch ${expected} is missing` })
    // What another key made cannot be checked here; that it was not put in later, the anchor tells.
    if (row.key !== own)
      foreign ??= {
        batch: row.seq,
        reason: `batch ${row.seq} was written with the key of another state folder: it cannot be checked with this one`
      }
    else if (!chainHash(key!, last, row).equals(row.hash))
      return report({ batch: row.seq, reason: `batch ${row.seq} is not what was written, or does not follow from the one before` })
    if (row.at < at) return report({ batch: row.seq, reason: `batch ${row.seq} is older than the one before` })
    if (anchor?.seq === row.seq && !row.hash.equals(anchor.hash))
      return report({ batch: row.seq, reason: `batch ${row.seq} is not the one that was there: the log was written anew` })
    last = row.hash
    at = row.at
    batches++
    entries += countEntries(row.entries)
    if (batches % TELL_EVERY === 0) progress(batches)
  }
  if (anchor === undefined && batches > 0)
    return report({ batch: batches, reason: 'there is no anchor: whether the end was cut off cannot be told' })
  if (anchor !== undefined && anchor.seq > batches)
    return report({
      batch: batches + 1,
      reason: `the end was cut off after batch ${batches}: the log had come to batch ${anchor.seq} at least`
    })
  return report(foreign)
}
