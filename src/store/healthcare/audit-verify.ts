/** Whether the audit log in objects is whole: of every chain each batch follows from the one before, and each chain comes as far as it is known to have come. */
import { WardbridgeError } from '../../errors.js'
import type { Objects } from '../../files/objects.js'
import { type AuditHead, type AuditProblem, type AuditReport, countEntries } from '../audit.js'
import { keyName } from '../audit-hash.js'
import { type BatchName, batchHash, beginning, readBatches, readName } from './audit-objects.js'

const TELL_EVERY = 1000
/** Milliseconds: chains that began later than this before the anchors were read may have got theirs after. */
const YOUNG = 60_000

export interface AuditToVerify {
  readonly objects: Objects
  readonly folder: string
  readonly secret: Uint8Array | undefined
  /** What the ends of chains once were. */
  readonly anchors: ReadonlyMap<string, Omit<AuditHead, 'chain'>>
}

interface Walked {
  seq: number
  hash: Buffer
  /** When its first batch was written. */
  readonly began: number
}

/** Stops at the first batch that does not fit. */
export async function verifyAudit(
  { objects, folder, secret, anchors: all }: AuditToVerify,
  progress: (done: number) => void = () => {}
): Promise<AuditReport> {
  const began = Date.now()
  const anchors = new Map(
    [...all].flatMap(([chain, anchor]) => (chain.startsWith(`${folder}/`) ? [[chain.slice(folder.length + 1), anchor]] : []))
  )
  const vouched = anchors.size === 0 ? undefined : [...anchors.values()].reduce((sum, { seq }) => sum + seq, 0)
  const chains = new Map<string, Walked>()
  let [batches, entries] = [0, 0]
  let foreign: AuditProblem | undefined
  const own = secret && keyName(secret)
  const report = (batch?: number, reason?: string): AuditReport => ({
    ...{ batches, entries, anchor: vouched },
    problem: reason === undefined ? foreign : { batch: batch!, reason }
  })
  const names = async function* (): AsyncIterable<BatchName> {
    for await (const { name } of objects.list(`${folder}/`)) yield readName(name)
  }
  try {
    for await (const { name, batch } of readBatches(objects, folder, names())) {
      const { chain, seq } = name
      const walked = chains.get(chain) ?? { seq: 0, hash: beginning(folder, chain), began: name.at }
      const expected = walked.seq + 1
      const of = `of chain ${chain}`
      if (seq !== expected || batch === undefined)
        return report(expected, `batch ${expected} ${of} is missing, or out of its order in time`)
      if (batch.key !== own)
        foreign ??= {
          batch: seq,
          reason: `batch ${seq} ${of} was written with the key of another state: it cannot be checked with this one`
        }
      else if (!batchHash(secret!, walked.hash, batch).equals(batch.hash))
        return report(seq, `batch ${seq} ${of} is not what was written, or does not follow from the one before`)
      const anchor = anchors.get(chain)
      if (anchor?.seq === seq && !batch.hash.equals(anchor.hash))
        return report(seq, `batch ${seq} ${of} is not the one that was there: the log was written anew`)
      chains.set(chain, { ...walked, seq, hash: batch.hash })
      batches++
      entries += countEntries(batch.entries)
      if (batches % TELL_EVERY === 0) progress(batches)
    }
  } catch (error) {
    if (!(error instanceof WardbridgeError && error.code === 'audit.broken')) throw error
    return report(Number(error.params['batch']), String(error.params['reason']))
  }
  for (const [chain, { seq }] of anchors) {
    const end = chains.get(chain)?.seq ?? 0
    if (seq > end) return report(end + 1, `the end of chain ${chain} was cut off after batch ${end}: it had come to batch ${seq} at least`)
  }
  for (const [chain, walked] of chains)
    if (!anchors.has(chain) && walked.began < began - YOUNG)
      return report(walked.seq, `there is no anchor of chain ${chain}: whether its end was cut off cannot be told`)
  return report()
}
