/** `wardbridge backup`: a copy of everything as it is at one moment, also while a server writes. */
import { existsSync } from 'node:fs'
import { basename } from 'node:path'
import type { Command } from 'commander'
import { group } from './progress.js'
import { OPERATOR } from './store-access.js'

interface BackupCommandOptions {
  readonly to?: string
  readonly store?: string
  readonly state?: string
  readonly encrypt?: boolean
  readonly passphraseFile?: string
  readonly json?: boolean
  readonly quiet?: boolean
}

export function register(program: Command): void {
  program
    .command('backup')
    .description('copy store, state and media files as they are at one moment, also while a server writes; see docs/guides/backup.md')
    .option('--to <path>', 'folder to put the backup in, or the file to make (WARDBRIDGE_BACKUP_FOLDER, default: this folder)')
    .option('--store <file>', 'store to back up (WARDBRIDGE_STORE, default wardbridge.db)')
    .option('--state <folder>', 'folder of service.db (WARDBRIDGE_STATE); default: the folder of the store')
    .option('--encrypt', 'refuse to go on without a passphrase; with one, backups are encrypted in any case')
    .option(
      '--passphrase-file <file>',
      'file of the passphrase (WARDBRIDGE_BACKUP_PASSPHRASE_FILE, or WARDBRIDGE_BACKUP_PASSPHRASE itself)'
    )
    .option('--json', 'give the result as one line of JSON')
    .option('--quiet', 'no progress')
    .action(run)
}

async function run({ to, store, state: folder, encrypt, passphraseFile, json, quiet }: BackupCommandOptions): Promise<void> {
  const { loadSettings } = await import('../config.js')
  const { fail } = await import('../errors.js')
  const { makeBackup } = await import('../backup/backup.js')
  const { backupPath } = await import('../backup/names.js')
  const { passphraseOf } = await import('../backup/passphrase.js')
  const { openFiles } = await import('../files/files.js')
  const { BACKUP } = await import('../jobs/backup.js')
  const { claimRun } = await import('../jobs/claim.js')
  const { openService } = await import('../service/service.js')
  const { openState } = await import('../state/state.js')
  const { refuseElsewhere, untilStopped } = await import('./backup-progress.js')
  const settings = loadSettings({ store, state: folder, backupPassphraseFile: passphraseFile })
  const passphrase = passphraseOf(settings)
  if (encrypt === true && passphrase === undefined)
    throw fail('cli.usage', {
      reason: '--encrypt needs --passphrase-file, WARDBRIDGE_BACKUP_PASSPHRASE_FILE or WARDBRIDGE_BACKUP_PASSPHRASE'
    })
  refuseElsewhere(settings)
  // Opening would make them.
  if (!existsSync(settings.store)) throw fail('source.not-found', { path: settings.store })
  const file = await backupPath(to ?? settings.backupFolder ?? '.', passphrase !== undefined)
  const state = await openState(settings.state, settings)
  try {
    const service = await openService(settings)
    try {
      const made = await untilStopped(quiet === true, 'nothing was made', async ({ signal, progress }) => {
        const claimed = await claimRun(state.runs, { job: BACKUP, by: 'command line', signal }, async (context) => {
          const files = openFiles(settings.files, { google: settings.google })
          const { manifest, bytes } = await makeBackup({
            ...{ service, who: OPERATOR, state, files, to: file, passphrase, signal: context.signal },
            progress(now) {
              progress(now)
              context.progress(now)
            }
          })
          return { counters: { bytes }, result: basename(file), manifest, bytes }
        })
        if (claimed === undefined) throw fail('job.running', { job: BACKUP })
        return claimed.ended
      })
      if (made === undefined) return
      const { manifest, bytes } = made
      const { parts: _, ...about } = manifest
      process.stdout.write(
        json === true
          ? `${JSON.stringify({ file, bytes, ...about })}\n`
          : `${file}\n${group(bytes)} bytes · ${group(about.store.resources)} resources · ${group(about.store.versions)} versions · ${group(about.files.count)} files · of ${about.made}\n`
      )
    } finally {
      await service.close()
    }
  } finally {
    state.close()
  }
}
