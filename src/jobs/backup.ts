/** The job that makes backups in the folder of the settings and removes the oldest ones. */
import { mkdir, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { makeBackup } from '../backup/backup.js'
import type { FileSource } from '../backup/files.js'
import { backupName, findBackups } from '../backup/names.js'
import { passphraseOf } from '../backup/passphrase.js'
import type { Settings } from '../config.js'
import type { Service } from '../service/contract.js'
import type { State } from '../state/state.js'
import { SYSTEM } from './reindex.js'
import type { ScheduledJob } from './scheduler.js'

export const BACKUP = 'backup'

export interface BackupParts {
  readonly settings: Settings
  readonly service: Service
  readonly state: State
  readonly files: FileSource
}

/** Undefined without WARDBRIDGE_BACKUP_FOLDER. Throws config for a passphrase that cannot be read. */
export function backupJob({ settings, service, state, files }: BackupParts): ScheduledJob | undefined {
  const { backupFolder, backupInterval, backupKeep } = settings
  if (backupFolder === undefined) return undefined
  const folder = resolve(backupFolder)
  const passphrase = passphraseOf(settings)
  return {
    name: BACKUP,
    about: 'A backup in the folder for backups; the oldest ones there are removed',
    every: backupInterval,
    async run({ signal, progress }) {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      const name = backupName(Date.now(), passphrase !== undefined)
      // Copying counts for one half, writing for the other.
      const follow = ({ step, done, total }: { step: string; done: number; total: number }) =>
        progress({ done: step === 'copy' ? done : total + done, total: 2 * total })
      const { bytes, manifest } = await makeBackup({
        ...{ service, state, files, passphrase, signal, progress: follow },
        who: SYSTEM,
        to: join(folder, name)
      })
      const removed = (await findBackups(folder)).slice(backupKeep)
      for (const { name } of removed) await rm(join(folder, name))
      const { resources, versions } = manifest.store
      return { counters: { bytes, resources, versions, files: manifest.files.count, removed: removed.length }, result: name }
    }
  }
}
