/** What loads leave behind whose process was killed: folders of this machine, and objects that nobody imports any more. Cleared when the next load begins. */
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import type { GoogleSettings } from '../../config-google.js'
import { WardbridgeError } from '../../errors.js'
import { Staging } from './staging.js'

const PREFIX = 'wardbridge-load-'
/** Objects of all loads, below the staging prefix. */
export const LOADS = 'loads'
/** Milliseconds after which a load to which nothing was added has ended, one way or the other. */
const DAY = 86_400_000

/** A folder for the stages of a load. Its name says whose it is. */
export function makeFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), `${PREFIX}${ownerOf(process.pid)}-`))
}

function ownerOf(pid: number): string {
  return `${hostname()}.${pid}`
}

/** Removes folders whose process runs no more on this host, and those that nothing was done in for a day. */
export async function clearFolders(now = Date.now()): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    if (!name.startsWith(PREFIX)) continue
    const folder = join(tmpdir(), name)
    // Somebody else's stays, and so does one that is removed by another load at this moment.
    try {
      if (isOrphan(name.slice(PREFIX.length)) || now - (await stat(folder)).mtimeMs > DAY)
        await rm(folder, { recursive: true, force: true })
    } catch {}
  }
}

function isOrphan(name: string): boolean {
  const [, owner = '', pid = ''] = /^((?:.*)\.(\d+))-[^-]{6}$/.exec(name) ?? []
  return owner !== '' && owner === ownerOf(Number(pid)) && !isRunning(Number(pid))
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}

/** Removes the objects of loads to which none was added for a day. */
export async function clearStaging(google: GoogleSettings, now = Date.now()): Promise<void> {
  const staging = new Staging(google, LOADS)
  try {
    const loads = new Map<string, { names: string[]; last: number }>()
    for await (const { name, updated } of staging.list()) {
      const load = name.slice(0, name.indexOf('/'))
      const { names, last } = loads.get(load) ?? { names: [], last: 0 }
      names.push(name)
      loads.set(load, { names, last: Math.max(last, updated) })
    }
    for (const { names, last } of loads.values()) if (now - last > DAY) for (const name of names) await staging.remove(name)
  } catch (error) {
    // A load does not fail for what another one left.
    if (!(error instanceof WardbridgeError)) throw error
  }
}
