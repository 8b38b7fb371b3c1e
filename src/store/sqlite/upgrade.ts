/** Bringing a file of an older release up to date: it is copied beside itself before anything in it is changed. */
import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync, statfsSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import Database from 'better-sqlite3'
import { fail } from '../../errors.js'

export type Upgrade = 'copy' | 'direct' | 'refuse'

/** What a copy may take more than the file: pages are packed anew. */
const SLACK = 1.05

/**
 * To be called in a transaction that may write, before anything is changed: nobody else writes meanwhile, so the copy is what is brought up to date.
 * Throws store.old, store.upgrade-space.
 */
export function beforeUpgrade(file: string, upgrade: Upgrade, { actual, expected }: { actual: number; expected: number }): void {
  if (upgrade === 'refuse') throw fail('store.old', { path: file, actual, expected })
  if (upgrade === 'direct') return
  checkSpace(file)
  const to = nameOf(file, actual)
  const draft = `${to}.partial`
  rmSync(draft, { force: true })
  // Another connection: VACUUM INTO reads what is committed, and works in no transaction.
  const db = new Database(file, { readonly: true, timeout: 10_000 })
  try {
    closeSync(openSync(draft, 'w', 0o600))
    db.prepare('VACUUM INTO ?').run(draft)
    sync(draft)
    renameSync(draft, to)
    sync(dirname(to))
  } finally {
    db.close()
    rmSync(draft, { force: true })
  }
}

/** `ward.db.schema-3.bak`; with the time when there is one already. */
function nameOf(file: string, schema: number): string {
  const name = `${file}.schema-${schema}`
  return existsSync(`${name}.bak`) ? `${name}-${new Date().toISOString().replace(/[-:.]/g, '')}.bak` : `${name}.bak`
}

function checkSpace(file: string): void {
  const { bavail, bsize } = statfsSync(dirname(file))
  const wal = existsSync(`${file}-wal`) ? statSync(`${file}-wal`).size : 0
  const mebibytes = (bytes: number) => Math.ceil(bytes / 2 ** 20)
  const [needed, free] = [mebibytes((statSync(file).size + wal) * SLACK), mebibytes(bavail * bsize)]
  if (free < needed) throw fail('store.upgrade-space', { path: file, needed, free })
}

function sync(path: string): void {
  const handle = openSync(path, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}
