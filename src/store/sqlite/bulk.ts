/** A bulk session as the main thread sees it: a folder of stages beside the store, merged one after the other by the writer thread. */
import { randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, renameSync, rmdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import type { AuditAgent } from '../../fhir/audit-event.js'
import type { BulkSession, StageHandle } from '../repository.js'
import type { Dictionary } from './dictionary.js'
import type { MergeResult } from './merge.js'
import type { StageOptions } from './stage.js'
import type { Thread } from './thread.js'
import type { WriterRequest } from './writer.js'

const LOCK = 'lock.db'
const TRIES = 10

/**
 * Opens a session. Folders that sessions of dead processes left behind are removed: a living session holds a lock on a file in its
 * folder, which the operating system takes back when the process ends, however it ends.
 */
export async function openBulk(
  file: string,
  dictionary: Dictionary,
  writer: Thread<WriterRequest>,
  { refuseRepeats, by, since }: { refuseRepeats: boolean; by?: AuditAgent; since?: number }
): Promise<BulkSession> {
  dictionary.refresh()
  const { types, typeNames, paths, custom } = dictionary
  const options: StageOptions = { folder: '', dictionary: { types, typeNames, paths }, parameters: custom.definitions }
  const lastSeq = since ?? (await writer.call<number>({ kind: 'lastSeq' }))
  const stages = `${file}-stage`
  removeDead(stages)
  const { folder, lock } = newFolder(stages)
  const close = () => {
    if (!lock.open) return
    lock.close()
    remove(folder)
    removeIfEmpty(stages)
  }
  return {
    since: lastSeq,
    stage: { module: new URL('./stage.js', import.meta.url).href, options: { ...options, folder } },
    merge: ({ file: staged }: StageHandle) =>
      writer.call<MergeResult>({ kind: 'merge', file: staged, lastSeq, refuseRepeats, session: folder, by }),
    async flush() {},
    async finish() {
      await writer.call({ kind: 'checkpoint' })
      close()
      return []
    },
    async abort() {
      close()
    }
  }
}

/** A folder and the lock on it. Until it is locked, another process may take it for a dead one and remove it: then another is made. */
function newFolder(stages: string): { folder: string; lock: Database.Database } {
  for (let tries = 1; ; tries++) {
    const folder = join(stages, randomUUID())
    let lock: Database.Database | undefined
    try {
      mkdirSync(folder, { recursive: true })
      lock = takeLock(folder)
      if (existsSync(join(folder, LOCK))) return { folder, lock }
    } catch (error) {
      if (tries >= TRIES) throw error
    }
    lock?.close()
    remove(folder)
  }
}

/** Removes the stages of dead sessions of a store; called when a session opens. */
function removeDead(stages: string): void {
  for (const name of list(stages)) {
    const folder = join(stages, name)
    let lock: Database.Database | undefined
    try {
      lock = takeLock(folder)
    } catch (error) {
      if (String((error as { code?: unknown }).code).startsWith('SQLITE_BUSY')) continue
    }
    // Moved while it is locked: whoever was about to lock it finds that it is gone, and never has it removed under them.
    const gone = join(stages, randomUUID())
    try {
      renameSync(folder, gone)
      remove(gone)
    } catch {
      // Another process was faster.
    } finally {
      lock?.close()
    }
  }
}

/** Removes a folder that nobody needs; another process may be doing the same. */
function remove(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true })
  } catch {
    // The next session tries again.
  }
}

function takeLock(folder: string): Database.Database {
  const lock = new Database(join(folder, LOCK), { timeout: 0 })
  try {
    lock.pragma('locking_mode = EXCLUSIVE')
    lock.exec('BEGIN EXCLUSIVE')
    return lock
  } catch (error) {
    lock.close()
    throw error
  }
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder)
  } catch {
    // Another session has something in it, or has removed it.
  }
}
