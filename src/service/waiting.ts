/** Waiting times, kept current from what is written: all threads are read once, then only what changed. */
import type { Repository } from '../store/repository.js'
import { Waiting } from '../threads/waiting.js'
import { parse } from './facts.js'

const TYPES = ['Communication', 'Task']
const PAGE = 1000
const KEPT_MILLISECONDS = 60_000

type Watched = Pick<Repository, 'capabilities' | 'watch' | 'lastSeq' | 'changes' | 'each'>

export class WaitingRoom {
  readonly #store: Watched
  #waiting = new Waiting()
  #at: number | undefined
  /** By performance.now(). */
  #readUntil = 0
  #running: Promise<void> | undefined

  constructor(store: Watched) {
    this.#store = store
    store.watch((types) => {
      if (TYPES.some((type) => types.has(type))) this.#readUntil = 0
    })
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
    if (!this.#store.capabilities().changes) return this.#readAgain()
    if (this.#at === undefined) await this.#readAll()
    let at = this.#at!
    for (let more = (await this.#store.lastSeq()) > at; more; ) {
      const page = await this.#store.changes({ after: at, types: TYPES, count: PAGE })
      for (const { body, deleted } of page.changes) if (!deleted) this.#waiting.note(parse(body.toString()))
      this.#at = at = page.last
      more = page.more
    }
  }

  /** A store that does not say what changed: all of it is read anew when this process wrote, and once a minute as others may have. */
  async #readAgain(): Promise<void> {
    if (performance.now() < this.#readUntil) return
    const until = performance.now() + KEPT_MILLISECONDS
    // What is written while it is read puts this back.
    this.#readUntil = until
    try {
      await this.#readAll()
    } catch (error) {
      this.#readUntil = 0
      throw error
    }
  }

  /** What is written meanwhile is noted afterwards. */
  async #readAll(): Promise<void> {
    const at = this.#store.capabilities().changes ? await this.#store.lastSeq() : 0
    const waiting = new Waiting()
    for (const type of TYPES) for await (const { body } of this.#store.each(type)) waiting.note(parse(body.toString()))
    this.#waiting = waiting
    this.#at = at
  }
}
