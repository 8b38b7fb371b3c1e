/** Errors on their way between threads: their classes do not survive structured cloning. */
import { type ErrorCode, fail, type IssueType, WardbridgeError } from './errors.js'

export interface SentError {
  readonly code?: ErrorCode
  readonly params?: Readonly<Record<string, string | number>>
  readonly expression?: string | undefined
  readonly issue?: IssueType
  readonly message: string
  readonly stack?: string | undefined
  /** Of an AggregateError. */
  readonly errors?: readonly SentError[]
}

export function toSent(error: unknown): SentError {
  if (error instanceof WardbridgeError) {
    const { code, params, expression, issue, message, stack } = error
    return { code, params, expression, issue, message, stack }
  }
  if (error instanceof AggregateError) return { message: error.message, stack: error.stack, errors: error.errors.map(toSent) }
  return error instanceof Error ? { message: error.message, stack: error.stack } : { message: String(error) }
}

export function fromSent({ code, params = {}, expression, issue, message, stack, errors }: SentError): Error {
  if (code !== undefined) {
    return fail(code, params, { ...(expression === undefined ? {} : { expression }), ...(issue === undefined ? {} : { issue }) })
  }
  const error = errors === undefined ? new Error(message) : new AggregateError(errors.map(fromSent), message)
  if (stack !== undefined) error.stack = stack
  return error
}
