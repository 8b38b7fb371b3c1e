/** Failed operations on local files, as errors of ours. */
import { fail, WardbridgeError } from '../errors.js'

/** The error for a failed file operation: source.not-found or source.io. */
export function ioError(path: string, error: unknown): Error {
  if (error instanceof WardbridgeError || !(error instanceof Error)) return error as Error
  const code = (error as NodeJS.ErrnoException).code
  if (code === undefined) return error
  return code === 'ENOENT' ? fail('source.not-found', { path }) : fail('source.io', { path, reason: error.message }, { cause: error })
}
