/** Errors on their way between threads: their classes do not survive structured cloning. */
import { type ErrorCode, fail, WardbridgeError } from './errors.js'

export interface SentError {
  readonly code?: ErrorCode
  readonly params?: Readonly<Record<string, string | number>>
  readonly expression?: string | undefined
  readonly message: string
  readonly stack?: string | undefined
}

export function toSent(error: unknown): SentError {
  if (error instanceof WardbridgeError) {
    return { code: error.code, params: error.params, expression: error.expression, message: error.message, stack: error.stack }
  }
  return error instanceof Error ? { message: error.message, stack: error.stack } : { message: String(error) }
}

export function fromSent(sent: SentError): Error {
  if (sent.code !== undefined) {
    return fail(sent.code, sent.params ?? {}, sent.expression === undefined ? {} : { expression: sent.expression })
  }
  const error = new Error(sent.message)
  if (sent.stack !== undefined) error.stack = sent.stack
  return error
}
