/** The writer thread: the only one that commits. Everything that arrived while the last commit ran shares the next one. */
import { workerData } from 'node:worker_threads'
import type { PruneStep } from '../repository.js'
import { packBodies } from './bodies.js'
import { type CommitRequest, Commits } from './commits.js'
import { type MergeRequest, Merger } from './merge.js'
import { prune } from './prune.js'
import { rebuild } from './rebuild.js'
import { reindex } from './reindex.js'
import { connect } from './schema.js'
import { type Replies, serve } from './thread.js'
import { WordIndexer } from './word-indexer.js'

/** What the writer does besides commits, one after the other. */
type Task =
  | ({ readonly kind: 'merge' } & MergeRequest)
  | { readonly kind: 'lastSeq' }
  | { readonly kind: 'checkpoint' }
  | { readonly kind: 'rebuild' }
  | { readonly kind: 'prune'; readonly step: PruneStep }
  | { readonly kind: 'reindex' }
  /** Goes on with words that an earlier process left to be indexed. */
  | { readonly kind: 'words' }

export type WriterRequest = CommitRequest | Task

const { file, integrity, auditKey, indexesWords } = workerData as {
  file: string
  integrity: boolean
  auditKey: Uint8Array | undefined
  indexesWords: boolean
}
const db = connect(file, { cacheMiB: 16 })
const commits = new Commits(db, { integrity, auditKey })
const merger = new Merger(db, commits.writer, commits.audit)
const words = new WordIndexer(commits.writer.fullText)
// Loads of other processes leave theirs, too.
if (indexesWords) words.wait()
const lastSeq = db.prepare('SELECT ifnull(max(seq), 0) FROM version').pluck()

serve<WriterRequest>(
  (calls, replies) => {
    let group: Array<{ call: number; request: CommitRequest }> = []
    for (const { call, request } of calls) {
      if (request.kind === 'commit' || request.kind === 'note' || request.kind === 'audit') group.push({ call, request })
      else {
        commit(group, replies)
        group = []
        try {
          replies.value(call, perform(request))
        } catch (error) {
          replies.error(call, error)
        }
        replies.flush()
      }
    }
    commit(group, replies)
  },
  () => {
    words.stop()
    db.close()
  }
)

function commit(group: ReadonlyArray<{ call: number; request: CommitRequest }>, replies: Replies): void {
  if (group.length === 0) return
  for (const [n, answer] of commits.run(group.map(({ request }) => request)).entries()) {
    const { call } = group[n]!
    if ('error' in answer) replies.error(call, answer.error)
    else {
      const bodies = packBodies(answer.written.map(({ text }) => text))
      replies.value(call, { results: answer.written.map(({ text: _, before: __, ...result }) => result), bodies }, [bodies.bytes])
    }
  }
  replies.flush()
}

function perform(task: Task): unknown {
  switch (task.kind) {
    case 'merge':
      words.wait()
      return merger.merge(task)
    case 'lastSeq':
      return lastSeq.get()
    case 'checkpoint':
      words.start()
      return db.pragma('wal_checkpoint(TRUNCATE)')
    case 'words':
      return words.start()
    case 'rebuild':
      rebuild(db, file, commits.writer)
      while (commits.writer.fullText.chunk());
      return undefined
    case 'prune':
      return prune(db, commits.writer.dictionary.types.get(task.step.type), task.step)
    case 'reindex':
      return reindex(db, commits.writer)
  }
}
