/** Errors of SQLite in the words of errors.ts. */
import { fail, WardbridgeError } from '../../errors.js'

/** The Wardbridge error for an error of SQLite; any other error is given back as it is. */
export function storeError(error: unknown, path = 'The store'): unknown {
  if (error instanceof WardbridgeError || !(error instanceof Error)) return error
  const code = (error as { code?: unknown }).code
  if (typeof code !== 'string' || !code.startsWith('SQLITE_')) return error
  const where = { cause: error }
  if (code === 'SQLITE_FULL') return fail('store.full', {}, where)
  if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED')) return fail('store.busy', { reason: error.message }, where)
  if (code.startsWith('SQLITE_CORRUPT')) return fail('store.corrupt', { reason: `${path}: ${error.message}` }, where)
  if (code.startsWith('SQLITE_CANTOPEN') || code === 'SQLITE_NOTADB' || code.startsWith('SQLITE_READONLY') || code === 'SQLITE_PERM') {
    return fail('store.open', { path, reason: error.message }, where)
  }
  return error
}
