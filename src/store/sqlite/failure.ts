/** Errors of SQLite in the words of errors.ts, and errors on their way between threads. */
import { type ErrorCode, fail, WardbridgeError } from '../../errors.js'

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

/** An error as it travels in a message: the classes of errors do not survive structured cloning. */
export interface SentError {
  readonly code?: ErrorCode
  readonly params?: Readonly<Record<string, string | number>>
  readonly expression?: string | undefined
  readonly message: string
  readonly stack?: string | undefined
}

export function sendError(thrown: unknown): SentError {
  const error = storeError(thrown)
  if (error instanceof WardbridgeError) {
    return { code: error.code, params: error.params, expression: error.expression, message: error.message, stack: error.stack }
  }
  return error instanceof Error ? { message: error.message, stack: error.stack } : { message: String(error) }
}

export function receiveError(sent: SentError): Error {
  if (sent.code !== undefined) {
    return fail(sent.code, sent.params ?? {}, sent.expression === undefined ? {} : { expression: sent.expression })
  }
  const error = new Error(sent.message)
  if (sent.stack !== undefined) error.stack = sent.stack
  return error
}
