/** Notes and audit log of a Cloud Healthcare API store: small objects that all processes of the service share. */
import { hash } from 'node:crypto'
import { fail } from '../../errors.js'
import type { Objects } from '../../files/objects.js'
import type { Repository } from '../repository.js'
import { AuditChain } from './audit-chain.js'
import { AuditSearches } from './audit-search.js'
import { verifyAudit } from './audit-verify.js'
import { AuditedWrites } from './audit-writes.js'

/** The methods of the port that are about notes and the audit log. */
export type StoreLog = Pick<
  Repository,
  'getNote' | 'setNote' | 'appendAudit' | 'findAudit' | 'readAudit' | 'auditHead' | 'auditHash' | 'verifyAudit'
>

export interface LogOptions {
  /** Undefined: nothing can be kept, and every method throws not-supported. */
  readonly objects: Objects | undefined
  /** What the log is chained with; undefined: nothing is put into it. */
  readonly auditKey: Buffer | undefined
  readonly searchSeconds: number
}

/** store: its name at Google. writes: puts writes into the log; undefined: there is none. */
export function openStoreLog(
  store: string,
  { objects, auditKey, searchSeconds }: LogOptions
): { readonly log: StoreLog; readonly writes: AuditedWrites | undefined } {
  if (objects === undefined) return { log: NONE, writes: undefined }
  // Several stores may have the same place for their objects.
  const own = hash('sha256', store, 'hex').slice(0, 16)
  const [folder, notes] = [`audit/${own}`, `notes/${own}`]
  const nameOf = (key: string) => `${notes}/${hash('sha256', key, 'hex')}`
  const chain = auditKey && new AuditChain(objects, folder, auditKey)
  const searches = new AuditSearches(objects, folder, searchSeconds)
  return {
    writes: chain && new AuditedWrites(chain),
    log: {
      getNote: async (key) => (await objects.get(nameOf(key)))?.bytes.toString(),
      async setNote(key, value) {
        await objects.put(nameOf(key), Buffer.from(value))
      },
      async appendAudit(batch) {
        await chain?.append(batch)
      },
      findAudit: (search) => searches.find(search),
      readAudit: (place) => searches.read(place),
      auditHead: () => chain?.head() ?? { chain: folder, seq: 0, hash: Buffer.alloc(0) },
      auditHash: (seq) => chain?.hash(seq),
      verifyAudit: (anchors, progress) => verifyAudit({ objects, folder, secret: auditKey, anchors }, progress)
    }
  }
}

const none = (): never => {
  throw fail('not-supported', { what: 'Notes and an audit log without a place for them' })
}

const NONE: StoreLog = {
  getNote: async () => none(),
  setNote: async () => none(),
  appendAudit: async () => none(),
  findAudit: async () => none(),
  readAudit: async () => none(),
  auditHead: none,
  auditHash: none,
  verifyAudit: async () => none()
}
