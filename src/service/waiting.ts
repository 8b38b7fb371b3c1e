/** Waiting times, kept current from what is written: all threads are read once, then only what changed. */
import type { Repository } from '../store/repository.js'
import { Waiting } from '../threads/waiting.js'
import { parse } from './facts.js'

const TYPES = ['Communication', 'Task']
const PAGE = 1000

export class WaitingRoom {
  readonly #store: Pick<Repository, 'lastSeq' | 'changes' | 'each'>
  #waiting = new Waiting()
  #at: number | undefined
  #running: Promise<void> | undefined

  constructor(store: Pick<Repository, 'lastSeq' | 'changes' | 'each'>) {
    this.#store = store
  }

  /** What is known once everything that was written by now has been noted. */
  async current(): Promise<Waiting> {
    // One that runs already may have begun too early.
    await this.#running?.catch(() => {})
    this.#running ??= this.#catchUp().finally(() => {
      this.#running = undefined
    })
    await this.#running
    return this.#waiting
  }

  async #catchUp(): Promise<void> {
    if (this.#at === undefined) await this.#readAll()
    let at = this.#at!
    for (let more = (await this.#store.lastSeq()) > at; more; ) {
      const page = await this.#store.changes({ after: at, types: TYPES, count: PAGE })
      for (const { body, deleted } of page.changes) if (!deleted) this.#waiting.note(parse(body.toString()))
      this.#at = at = page.last
      more = page.more
    }
  }

  /** What is written meanwhile is noted afterwards. */
  async #readAll(): Promise<void> {
    const at = await this.#store.lastSeq()
    const waiting = new Waiting()
    for (const type of TYPES) for await (const { body } of this.#store.each(type)) waiting.note(parse(body.toString()))
    this.#waiting = waiting
    this.#at = at
  }
}
