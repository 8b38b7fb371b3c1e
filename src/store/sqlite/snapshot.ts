/** A database file as it is at one moment: a read transaction in a thread of its own, and the copying of its pages in there. */
import { Worker } from 'node:worker_threads'
import { fromSent, type SentError } from '../../sent-error.js'
import { WORKER_MEMORY } from '../../worker-memory.js'
import type { CopyOptions, Snapshot, SnapshotFacts, SnapshotPage, StoreSnapshot } from '../snapshot.js'
import type { PagePosition, PageRequest, ReadPage } from './snapshot-pages.js'

/** What the thread is asked. */
export type SnapshotRequest =
  | { readonly kind: 'copy'; readonly to: string }
  | { readonly kind: 'counts'; readonly since: number | undefined }
  | ({ readonly kind: 'page' } & PageRequest)
  | { readonly kind: 'close' }

/** What the thread says. */
export type SnapshotNews =
  | { readonly kind: 'begun'; readonly bytes: number; readonly anchors: string; readonly seq: number; readonly updated: number | undefined }
  | { readonly kind: 'progress'; readonly done: number; readonly total: number }
  | { readonly kind: 'copied'; readonly facts: SnapshotFacts }
  | { readonly kind: 'counts'; readonly counts: Record<string, number> }
  | { readonly kind: 'page'; readonly page: ReadPage }
  | { readonly kind: 'error'; readonly error: SentError }

export interface SnapshotThread {
  readonly file: string
  /** Whether it is a store, whose content is looked at. */
  readonly isStore: boolean
  /** Set to 1 to stop copying. */
  readonly stop: Int32Array<SharedArrayBuffer>
}

/** The file as it is when the promise is kept. Throws store.open, store.busy. */
export async function openSnapshot(file: string): Promise<Snapshot> {
  return (await SnapshotReader.open(file, false)).snapshot
}

/** The same of a store, which can be read as well. */
export async function openStoreSnapshot(file: string): Promise<StoreSnapshot> {
  const reader = await SnapshotReader.open(file, true)
  const { seq, updated } = reader.begun
  return {
    ...reader.snapshot,
    seq,
    updated,
    counts: async (since) => (await reader.ask({ kind: 'counts', since }, 'counts')).counts,
    pages: (type, options = {}) => reader.pages(type, options.since, options.signal)
  }
}

type News<Kind extends SnapshotNews['kind']> = Extract<SnapshotNews, { kind: Kind }>

class SnapshotReader {
  readonly begun: News<'begun'>
  readonly snapshot: Snapshot
  readonly #worker: Worker
  /** The thread does one thing at a time, and its answers do not say to what. */
  #turn: Promise<unknown> = Promise.resolve()

  static async open(file: string, isStore: boolean): Promise<SnapshotReader> {
    const stop = new Int32Array(new SharedArrayBuffer(4))
    const workerData: SnapshotThread = { file, isStore, stop }
    const worker = new Worker(new URL('./snapshot-worker.js', import.meta.url), { workerData, execArgv: [], resourceLimits: WORKER_MEMORY })
    const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()))
    return new SnapshotReader(worker, await said(worker, 'begun'), stop, exited)
  }

  constructor(worker: Worker, begun: News<'begun'>, stop: Int32Array, exited: Promise<void>) {
    this.#worker = worker
    this.begun = begun
    this.snapshot = {
      bytes: begun.bytes,
      anchors: begun.anchors,
      close: async () => {
        Atomics.store(stop, 0, 1)
        worker.postMessage({ kind: 'close' } satisfies SnapshotRequest)
        await exited
      },
      copy: async (to, { progress, signal }: CopyOptions = {}) => {
        signal?.throwIfAborted()
        const halt = () => void Atomics.store(stop, 0, 1)
        signal?.addEventListener('abort', halt)
        try {
          return (await this.ask({ kind: 'copy', to }, 'copied', progress)).facts
        } catch (error) {
          signal?.throwIfAborted()
          throw error
        } finally {
          signal?.removeEventListener('abort', halt)
        }
      }
    }
  }

  ask<Kind extends SnapshotNews['kind']>(
    request: SnapshotRequest,
    wanted: Kind,
    progress?: (done: number, total: number) => void
  ): Promise<News<Kind>> {
    const answer = this.#turn.then(() => {
      const news = said(this.#worker, wanted, progress)
      this.#worker.postMessage(request)
      return news
    })
    this.#turn = answer.catch(() => {})
    return answer
  }

  async *pages(type: string, since: number | undefined, signal: AbortSignal | undefined): AsyncGenerator<SnapshotPage> {
    const pageAfter = (after: PagePosition | undefined): Promise<News<'page'>> => {
      const coming = this.ask({ kind: 'page', type, since, after }, 'page')
      // Whoever stops early does not hear of its errors.
      coming.catch(() => {})
      return coming
    }
    let coming: Promise<News<'page'>> | undefined = pageAfter(undefined)
    while (coming !== undefined) {
      const { next, ...page }: ReadPage = (await coming).page
      signal?.throwIfAborted()
      coming = next === undefined ? undefined : pageAfter(next)
      yield page
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
