/** Where the passphrase of backups comes from: a file, or the environment. */
import { readFileSync } from 'node:fs'
import type { Settings } from '../config.js'
import { fail } from '../errors.js'

/** Undefined when there is none. A line end after it does not belong to it. Throws config. */
export function passphraseOf({
  backupPassphrase,
  backupPassphraseFile: file
}: Pick<Settings, 'backupPassphrase' | 'backupPassphraseFile'>): string | undefined {
  if (backupPassphrase !== undefined && file !== undefined)
    throw fail('config', { reason: 'Give WARDBRIDGE_BACKUP_PASSPHRASE or WARDBRIDGE_BACKUP_PASSPHRASE_FILE, not both' })
  if (file === undefined) return backupPassphrase
  try {
    const text = readFileSync(file, 'utf8').replace(/\r?\n$/, '')
    if (text !== '') return text
  } catch (error) {
    throw fail('config', { reason: `The passphrase of backups cannot be read from ${file}: ${(error as Error).message}` }, { cause: error })
  }
  throw fail('config', { reason: `The file of the passphrase of backups, ${file}, is empty` })
}
