/**
 * What happens in threads, as it happens: for everybody who listens, what they may see of it. One look at the store serves all who stand at the same place,
 * and nothing is kept for those who are slow: they go on from where they stand.
 */
import type { ChangesPage, Repository, StoredChange } from '../store/repository.js'
import { kindOf } from '../threads/model.js'
import type { FeedEvent } from './contract.js'
import { parse } from './facts.js'

/** How often the store is asked whether somebody wrote, in milliseconds: other processes do, too. */
const EVERY = 250
/** Changes in one look. */
const PAGE = 200
/** Looks that are kept for others at the same place. */
const MOST_PAGES = 50
const TYPES = ['Communication', 'Task']

/** What a change is to somebody. */
export interface Watcher {
  sees(change: StoredChange): Promise<'seen' | 'gone' | undefined>
}

export class Feed {
  readonly #store: Pick<Repository, 'lastSeq' | 'changes' | 'watch'>
  /** Told when somebody wrote. */
  readonly #advanced: () => void
  readonly #waiting = new Set<() => void>()
  readonly #closed = new AbortController()
  readonly #pages = new Map<number, Promise<ChangesPage>>()
  #last = 0
  #timer: NodeJS.Timeout | undefined

  constructor(store: Pick<Repository, 'lastSeq' | 'changes' | 'watch'>, advanced: () => void) {
    this.#store = store
    this.#advanced = advanced
    store.watch((types) => {
      if (this.#waiting.size > 0 && TYPES.some((type) => types.has(type))) void this.#look()
    })
  }

  close(): void {
    this.#closed.abort()
    this.#wake()
  }

  async *events(watcher: Watcher, { after, signal }: { readonly after?: number; readonly signal: AbortSignal }): AsyncIterable<FeedEvent> {
    const ended = AbortSignal.any([signal, this.#closed.signal])
    const newest = await this.#store.lastSeq()
    // A place that the store has not come to is one of another store.
    let at = after === undefined || after > newest ? newest : after
    yield { seq: at, kind: 'ready', text: '' }
    while (!ended.aborted) {
      const { changes, last, more } = await this.#page(at)
      let told = at
      for (const change of changes) {
        const event = await eventOf(watcher, change)
        if (ended.aborted) return
        if (event === undefined) continue
        told = event.seq
        yield event
      }
      at = last
      if (!more) {
        if (told < at) yield { seq: at, kind: 'passed', text: '' }
        await this.#next(at, ended)
      }
    }
  }

  #page(after: number): Promise<ChangesPage> {
    let page = this.#pages.get(after)
    if (page === undefined) {
      if (this.#pages.size >= MOST_PAGES) this.#pages.clear()
      page = this.#store.changes({ after, types: TYPES, count: PAGE })
      this.#pages.set(after, page)
    }
    return page
  }

  /** Waits until there is something after a place, or for the end. */
  async #next(at: number, ended: AbortSignal): Promise<void> {
    const forget = () => this.#pages.delete(at)
    forget()
    while (!ended.aborted && this.#last <= at) {
      await new Promise<void>((resolve) => {
        const wake = () => {
          this.#waiting.delete(wake)
          ended.removeEventListener('abort', wake)
          resolve()
        }
        this.#waiting.add(wake)
        ended.addEventListener('abort', wake)
        this.#timer ??= setInterval(() => void this.#look(), EVERY).unref()
        void this.#look()
      })
    }
    forget()
  }

  async #look(): Promise<void> {
    if (this.#waiting.size === 0) {
      clearInterval(this.#timer)
      this.#timer = undefined
      return
    }
    const last = await this.#store.lastSeq().catch(() => this.#last)
    if (last === this.#last) return
    this.#last = last
    this.#pages.clear()
    this.#advanced()
    this.#wake()
  }

  #wake(): void {
    for (const wake of [...this.#waiting]) wake()
  }
}

async function eventOf(watcher: Watcher, change: StoredChange): Promise<FeedEvent | undefined> {
  const { seq, type, id, body, deleted } = change
  const text = body.toString()
  const kind = deleted ? undefined : kindOf(parse(text))
  if (kind === undefined) return undefined
  const what = await watcher.sees(change)
  if (what === 'seen') return { seq, kind, text }
  return what === 'gone' ? { seq, kind: 'gone', text: JSON.stringify({ resourceType: type, id }) } : undefined
}
