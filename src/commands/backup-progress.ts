/** Progress of `backup` and `restore`, and stopping them. */
import type { BackupProgress, Step, Watched } from '../backup/progress.js'
import { isBucketPath, isStoreName, type Settings } from '../config.js'
import { fail } from '../errors.js'
import { display, group, progressBar } from './progress.js'

const STEPS: Readonly<Record<Step, string>> = {
  copy: 'copying the store',
  pack: 'writing the backup',
  unpack: 'reading the backup',
  verify: 'verifying the store'
}

/** Runs the work until SIGINT or SIGTERM: then it is given up, `remark` is told, the exit code is 130 and there is no result. */
export async function untilStopped<T>(
  quiet: boolean,
  remark: string,
  work: (watched: Required<Watched>) => Promise<T>
): Promise<T | undefined> {
  const stop = new AbortController()
  const onSignal = (): void => stop.abort()
  const shown = display<BackupProgress>(quiet, { line, record: (progress) => progress })
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  try {
    const result = await work({ signal: stop.signal, progress: shown.show })
    shown.end()
    return result
  } catch (error) {
    shown.end()
    if (!stop.signal.aborted) throw error
    process.stderr.write(`stopped; ${remark}\n`)
    process.exitCode = 130
    return undefined
  } finally {
    process.off('SIGINT', onSignal)
    process.off('SIGTERM', onSignal)
  }
}

function line({ step, done, total }: BackupProgress): string {
  const count = step === 'verify' ? `${group(done)} resources and versions` : `${group(done / 2 ** 20)} of ${group(total / 2 ** 20)} MiB`
  return `${progressBar(done, total)} ${STEPS[step]} · ${count}`
}

/** Backups are of files on this machine. Throws backup.objects when store, state or contents are somewhere else. */
export function refuseElsewhere({ store, state, files }: Pick<Settings, 'store' | 'state' | 'files'>): void {
  const path = isStoreName(store) ? store : [state, files].find(isBucketPath)
  if (path !== undefined) throw fail('backup.objects', { path })
}
