/** Where the notes and the audit log of a Cloud Healthcare API store are kept. */
import { fail } from '../../errors.js'
import type { Objects } from '../../files/objects.js'
import type { Repository } from '../repository.js'

/** The methods of the port that are about notes and the audit log. */
export type StoreLog = Pick<
  Repository,
  'getNote' | 'setNote' | 'appendAudit' | 'findAudit' | 'readAudit' | 'auditHead' | 'auditHash' | 'verifyAudit'
>

/** objects: undefined: none are kept, and every method throws not-supported. */
export async function openStoreLog(_objects: Objects | undefined, _auditKey: Buffer | undefined): Promise<StoreLog> {
  const none = (): never => {
    throw fail('not-supported', { what: 'Notes and an audit log without a place for them' })
  }
  return {
    getNote: async () => none(),
    setNote: async () => none(),
    appendAudit: async () => none(),
    findAudit: async () => none(),
    readAudit: async () => none(),
    auditHead: none,
    auditHash: none,
    verifyAudit: async () => none()
  }
}
