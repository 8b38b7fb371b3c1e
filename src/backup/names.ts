/** Names of backups in a folder. */
import { readdir, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { fail } from '../errors.js'

const NAME = /^wardbridge-(\d{8}T\d{9}Z)\.tar(\.sealed)?$/

/** `wardbridge-20260131T235959123Z.tar`; later ones sort after earlier ones. made: milliseconds since 1970 UTC. */
export function backupName(made: number, sealed: boolean): string {
  return `wardbridge-${new Date(made).toISOString().replace(/[-:.]/g, '')}.tar${sealed ? '.sealed' : ''}`
}

export interface Found {
  readonly name: string
  readonly bytes: number
  /** ISO 8601. */
  readonly made: string
  readonly sealed: boolean
}

/** The backups in a folder, the newest first; none when there is no folder. Only files that are named as ours are. */
export async function findBackups(folder: string): Promise<Found[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  const found: Found[] = []
  for (const name of names.sort().reverse()) {
    const [, time, sealed] = NAME.exec(name) ?? []
    if (time === undefined) continue
    const made = time.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})Z$/, '$1-$2-$3T$4:$5:$6.$7Z')
    found.push({ name, bytes: (await stat(join(folder, name))).size, made, sealed: sealed !== undefined })
  }
  return found
}

/** Where a backup goes: into the folder that `to` names, under a name of its own, or to the file. A folder is one that is there, or ends with a slash. */
export async function backupPath(to: string, sealed: boolean): Promise<string> {
  return to.endsWith('/') || (await isFolder(to)) ? join(resolve(to), backupName(Date.now(), sealed)) : resolve(to)
}

/** The backup that `from` names: a file, or the newest one of a folder. Throws source.not-found. */
export async function backupAt(from: string): Promise<string> {
  if (!(await isFolder(from))) return resolve(from)
  const [newest] = await findBackups(from)
  if (newest === undefined) throw fail('source.not-found', { path: join(from, 'wardbridge-*.tar') })
  return join(resolve(from), newest.name)
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false
  )
}
