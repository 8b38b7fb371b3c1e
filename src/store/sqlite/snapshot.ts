/** A database file as it is at one moment: a read transaction in a thread of its own, and the copying of its pages in there. */
import { Worker } from 'node:worker_threads'
import { fromSent, type SentError } from '../../sent-error.js'
import type { CopyOptions, Snapshot, SnapshotFacts } from '../snapshot.js'

/** What the thread says. */
export type SnapshotNews =
  | { readonly kind: 'begun'; readonly bytes: number; readonly anchors: string }
  | { readonly kind: 'progress'; readonly done: number; readonly total: number }
  | { readonly kind: 'copied'; readonly facts: SnapshotFacts }
  | { readonly kind: 'error'; readonly error: SentError }

export interface SnapshotThread {
  readonly file: string
  /** Whether it is a store, whose content is looked at. */
  readonly isStore: boolean
  /** Set to 1 to stop copying. */
  readonly stop: Int32Array<SharedArrayBuffer>
}

/** The file as it is when the promise is kept. Throws store.open, store.busy. */
export async function openSnapshot(file: string, { isStore }: { readonly isStore: boolean }): Promise<Snapshot> {
  const stop = new Int32Array(new SharedArrayBuffer(4))
  const workerData: SnapshotThread = { file, isStore, stop }
  const worker = new Worker(new URL('./snapshot-worker.js', import.meta.url), { workerData, execArgv: [] })
  const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()))
  const close = async () => {
    Atomics.store(stop, 0, 1)
    worker.postMessage({ close: true })
    await exited
  }
  const { bytes, anchors } = await said(worker, 'begun')
  return {
    bytes,
    anchors,
    close,
    async copy(to, { progress, signal }: CopyOptions = {}) {
      signal?.throwIfAborted()
      const halt = () => void Atomics.store(stop, 0, 1)
      signal?.addEventListener('abort', halt)
      try {
        const copied = said(worker, 'copied', progress)
        worker.postMessage({ to })
        return (await copied).facts
      } catch (error) {
        signal?.throwIfAborted()
        throw error
      } finally {
        signal?.removeEventListener('abort', halt)
      }
    }
  }
}

/** The news of a kind. Rejects with the error that the thread tells, or with its end. */
function said<Kind extends SnapshotNews['kind']>(
  worker: Worker,
  wanted: Kind,
  progress?: (done: number, total: number) => void
): Promise<Extract<SnapshotNews, { kind: Kind }>> {
  return new Promise((resolve, reject) => {
    const hear = (news: SnapshotNews) => {
      if (news.kind === 'progress') return progress?.(news.done, news.total)
      leave()
      if (news.kind === 'error') reject(fromSent(news.error))
      else if (news.kind === wanted) resolve(news as Extract<SnapshotNews, { kind: Kind }>)
    }
    const fall = (error: Error) => {
      leave()
      reject(error)
    }
    const end = () => fall(new Error('The thread of a snapshot ended'))
    const leave = () => {
      worker.off('message', hear)
      worker.off('error', fall)
      worker.off('exit', end)
    }
    worker.on('message', hear)
    worker.on('error', fall)
    worker.on('exit', end)
  })
}
