/** A bulk session as the main thread sees it: a folder of stages beside the store, merged one after the other by the writer thread. */
import { randomUUID } from 'node:crypto'
import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import type { BulkSession, StageHandle } from '../repository.js'
import type { Dictionary } from './dictionary.js'
import type { MergeResult } from './merge.js'
import type { StageOptions } from './stage.js'
import type { Thread } from './thread.js'
import type { WriterRequest } from './writer.js'

const LOCK = 'lock.db'

/**
 * Opens a session. Folders that sessions of dead processes left behind are removed: a living session holds a lock on a file in its
 * folder, which the operating system takes back when the process ends, however it ends.
 */
export async function openBulk(
  file: string,
  dictionary: Dictionary,
  writer: Thread<WriterRequest>,
  { refuseRepeats }: { refuseRepeats: boolean }
): Promise<BulkSession> {
  const lastSeq = await writer.call<number>({ kind: 'lastSeq' })
  const stages = `${file}-stage`
  removeDead(stages)
  const folder = join(stages, randomUUID())
  mkdirSync(folder, { recursive: true })
  const lock = takeLock(folder)
  const close = () => {
    if (!lock.open) return
    lock.close()
    rmSync(folder, { recursive: true, force: true })
    removeIfEmpty(stages)
  }
  return {
    stage: { module: new URL('./stage.js', import.meta.url).href, options: { folder, dictionary } satisfies StageOptions },
    merge: ({ file: staged }: StageHandle) => writer.call<MergeResult>({ kind: 'merge', file: staged, lastSeq, refuseRepeats }),
    async finish() {
      await writer.call({ kind: 'checkpoint' })
      close()
    },
    async abort() {
      close()
    }
  }
}

/** Removes the stages of dead sessions of a store; called when a session opens. */
function removeDead(stages: string): void {
  for (const name of list(stages)) {
    const folder = join(stages, name)
    try {
      takeLock(folder).close()
      rmSync(folder, { recursive: true, force: true })
    } catch (error) {
      if (!String((error as { code?: unknown }).code).startsWith('SQLITE_BUSY')) rmSync(folder, { recursive: true, force: true })
    }
  }
}

function takeLock(folder: string): Database.Database {
  const lock = new Database(join(folder, LOCK), { timeout: 0 })
  lock.pragma('locking_mode = EXCLUSIVE')
  lock.exec('BEGIN EXCLUSIVE')
  return lock
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function removeIfEmpty(folder: string): void {
  if (list(folder).length === 0) rmSync(folder, { recursive: true, force: true })
}
