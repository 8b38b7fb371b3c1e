/** Bulk loads into the Cloud Healthcare API. */
import { fail } from '../../errors.js'
import type { BulkSession } from '../repository.js'
import type { HealthcareParts } from './parts.js'

export async function openBulk(_parts: HealthcareParts, _options: { refuseRepeats: boolean }): Promise<BulkSession> {
  throw fail('not-supported', { what: 'A bulk load' })
}
