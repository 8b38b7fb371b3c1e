/** The thread of a snapshot: holds a read transaction, and copies or reads what it sees. */
import { parentPort, workerData } from 'node:worker_threads'
import Database from 'better-sqlite3'
import { toSent } from '../../sent-error.js'
import type { SnapshotFacts, StoreContent } from '../snapshot.js'
import { contentDigest } from './content-digest.js'
import { storeError } from './failure.js'
import type { SnapshotNews, SnapshotRequest, SnapshotThread } from './snapshot.js'
import { SnapshotPages } from './snapshot-pages.js'

/** Pages per step: the stop is looked at between two. */
const PAGES = 512
const TELL_EVERY = 100

const { file, isStore, stop } = workerData as SnapshotThread
const port = parentPort!
const tell = (news: SnapshotNews) => port.postMessage(news)
const failed = (error: unknown) => tell({ kind: 'error', error: toSent(storeError(error, file)) })

try {
  const db = new Database(file, { readonly: true, fileMustExist: true, timeout: 30_000 })
  // The first read fixes what is seen. SQLite's backup stays within a transaction that its connection has open, so what others write does not matter.
  db.exec('BEGIN')
  db.prepare('SELECT count(*) FROM sqlite_schema').get()
  const pageSize = db.pragma('page_size', { simple: true }) as number
  const pages = isStore ? new SnapshotPages(db) : undefined
  port.on('message', (request: SnapshotRequest) => {
    if (request.kind === 'close') {
      db.close()
      port.close()
    } else if (request.kind === 'copy') copy(db, request.to, pageSize).catch(failed)
    else {
      try {
        if (request.kind === 'counts') tell({ kind: 'counts', counts: pages!.counts(request.since) })
        else {
          const page = pages!.page(request)
          port.postMessage({ kind: 'page', page } satisfies SnapshotNews, [page.bytes])
        }
      } catch (error) {
        failed(error)
      }
    }
  })
  const last = pages?.last() ?? { seq: 0, updated: undefined }
  const bytes = pageSize * (db.pragma('page_count', { simple: true }) as number)
  tell({ kind: 'begun', bytes, anchors: isStore ? '' : anchorsOf(db), ...last })
} catch (error) {
  failed(error)
  port.close()
}

/** A state that never vouched for a log has no such table, or nothing in it. */
function anchorsOf(db: Database.Database): string {
  if (db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'audit_anchor'").get() === undefined) return ''
  return JSON.stringify(db.prepare('SELECT chain, seq FROM audit_anchor ORDER BY chain').raw().all())
}

async function copy(db: Database.Database, to: string, pageSize: number): Promise<void> {
  let told = performance.now()
  await db.backup(to, {
    progress({ totalPages, remainingPages }) {
      if (Atomics.load(stop, 0) === 1) throw new Error('The copying was stopped')
      const now = performance.now()
      if (now - told >= TELL_EVERY) {
        told = now
        tell({ kind: 'progress', done: (totalPages - remainingPages) * pageSize, total: totalPages * pageSize })
      }
      return PAGES
    }
  })
  tell({ kind: 'copied', facts: factsOf(to) })
}

/** Read from the copy, which shows that it can be read. */
function factsOf(copied: string): SnapshotFacts {
  const db = new Database(copied, { fileMustExist: true })
  try {
    // Without a file of changes beside it.
    db.pragma('journal_mode = DELETE')
    const schema = db.pragma('user_version', { simple: true }) as number
    return isStore ? { schema, content: contentOf(db) } : { schema }
  } finally {
    db.close()
  }
}

function contentOf(db: Database.Database): StoreContent {
  const number = (sql: string) => db.prepare<[], number>(sql).pluck().get()!
  return {
    seq: number('SELECT ifnull(max(seq), 0) FROM version'),
    resources: number('SELECT count(*) FROM resource WHERE deleted = 0'),
    versions: number('SELECT count(*) FROM version'),
    digest: contentDigest(db)
  }
}
