/** `wardbridge restore`: puts a backup into an empty place, once it was found to be whole. */
import type { Command } from 'commander'
import { group } from './progress.js'
import { OPERATOR } from './store-access.js'

interface RestoreCommandOptions {
  readonly store?: string
  readonly state?: string
  readonly passphraseFile?: string
  readonly check?: boolean
  readonly json?: boolean
  readonly quiet?: boolean
}

export function register(program: Command): void {
  program
    .command('restore')
    .description('put a backup into an empty place, once it was verified; see docs/guides/backup.md')
    .argument('<backup>', 'a backup, or a folder of backups: then the newest one')
    .option('--store <file>', 'store to make (WARDBRIDGE_STORE, default wardbridge.db)')
    .option('--state <folder>', 'folder of the service.db to make (WARDBRIDGE_STATE); default: the folder of the store')
    .option(
      '--passphrase-file <file>',
      'file of the passphrase (WARDBRIDGE_BACKUP_PASSPHRASE_FILE, or WARDBRIDGE_BACKUP_PASSPHRASE itself)'
    )
    .option('--check', 'only verify that the backup could be restored')
    .option('--json', 'give the result as one line of JSON')
    .option('--quiet', 'no progress')
    .action(run)
}

async function run(from: string, { store, state, passphraseFile, check = false, json, quiet }: RestoreCommandOptions): Promise<void> {
  const { loadSettings } = await import('../config.js')
  const { backupAt } = await import('../backup/names.js')
  const { passphraseOf } = await import('../backup/passphrase.js')
  const { restoreBackup } = await import('../backup/restore.js')
  const { openFiles } = await import('../files/files.js')
  const { refuseElsewhere, untilStopped } = await import('./backup-progress.js')
  const settings = loadSettings({ store, state, backupPassphraseFile: passphraseFile })
  refuseElsewhere(settings)
  const file = await backupAt(from)
  const place = { store: settings.store, state: settings.state, files: settings.files }
  const manifest = await untilStopped(quiet === true, 'nothing was restored', (watched) =>
    restoreBackup({ from: file, place, who: OPERATOR, passphrase: passphraseOf(settings), openFiles, check, ...watched })
  )
  if (manifest === undefined) return
  const { parts: _, ...about } = manifest
  const verdict = check ? 'the backup is whole' : `restored to ${place.store}`
  process.stdout.write(
    json === true
      ? `${JSON.stringify({ file, ...about })}\n`
      : `${file}: ${verdict}\n${group(about.store.resources)} resources · ${group(about.store.versions)} versions · ${group(about.files.count)} files · of ${about.made}\n`
  )
}
