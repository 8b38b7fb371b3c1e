/**
 * Records: small values as JSON, each an object of its own, changed on the condition that nobody was there before. What must hold over several records is kept
 * by the order in which they are changed; each file here says how.
 */
import { createHmac } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import type { Awaitable } from '../../awaitable.js'
import { fail } from '../../errors.js'
import type { Objects } from '../../files/objects.js'

/** What becomes of a record: another value, nothing (`remove`), or what it was. */
export type Step<T, R> = { readonly put: T; readonly answer: R } | { readonly remove: true; readonly answer: R } | { readonly answer: R }

export interface Found<T> {
  readonly name: string
  readonly value: T
}

/** Tries at a record that others change at the same time; between two of them up to this many milliseconds. */
const TRIES = 40
const LONGEST_WAIT = 400
/** Records that are read at the same time. */
const AT_ONCE = 16

export class Records {
  readonly objects: Objects
  readonly #key: Buffer

  /** key: what parts of names are hashed with: usernames and the like are not to stand in names, which others log. */
  constructor(objects: Objects, key: Buffer) {
    this.objects = objects
    this.#key = key
  }

  /** The name of a record: a kind, and whatever tells it from others of the kind. */
  name(kind: string, ...parts: readonly string[]): string {
    return `${kind}/${createHmac('sha256', this.#key).update(JSON.stringify(parts)).digest('hex')}`
  }

  async get<T>(name: string): Promise<T | undefined> {
    const found = await this.objects.get(name)
    return found && (JSON.parse(found.bytes.toString()) as T)
  }

  put(name: string, value: object): Promise<unknown> {
    return this.objects.put(name, bytesOf(value))
  }

  /** False: there is one. */
  async create(name: string, value: object): Promise<boolean> {
    return (await this.objects.put(name, bytesOf(value), 'absent')) !== undefined
  }

  /** False: there was none. */
  delete(name: string): Promise<boolean> {
    return this.objects.delete(name)
  }

  /** Asks what is to become of a record, again whenever somebody else was quicker. Throws store.busy when that happens all the time. */
  async change<T extends object, R>(name: string, step: (known: T | undefined) => Awaitable<Step<T, R>>): Promise<R> {
    for (let tries = 1; ; tries++) {
      const found = await this.objects.get(name)
      const next = await step(found && (JSON.parse(found.bytes.toString()) as T))
      const condition = found === undefined ? 'absent' : { generation: found.generation }
      if ('put' in next) {
        if ((await this.objects.put(name, bytesOf(next.put), condition)) !== undefined) return next.answer
      } else if ('remove' in next) {
        if (found === undefined || (await this.objects.delete(name, condition))) return next.answer
      } else return next.answer
      if (tries === TRIES) throw fail('store.busy', { reason: 'a record of the state is being changed all the time' })
      await wait(Math.random() * Math.min(LONGEST_WAIT, 10 * 2 ** tries))
    }
  }

  /** Whether there is a record of the kind. */
  async any(kind: string): Promise<boolean> {
    for await (const _ of this.objects.list(`${kind}/`)) return true
    return false
  }

  /** The records of a kind, in no particular order. before: only those that were not changed since then, milliseconds since 1970 UTC. */
  async *all<T>(kind: string, before = Number.POSITIVE_INFINITY): AsyncIterable<Found<T>> {
    let reading: Array<Promise<Found<T> | undefined>> = []
    for await (const { name, updated } of this.objects.list(`${kind}/`)) {
      if (updated >= before) continue
      const read = this.get<T>(name).then((value) => (value === undefined ? undefined : { name, value }))
      // Awaited in its turn.
      read.catch(() => {})
      reading.push(read)
      if (reading.length < AT_ONCE) continue
      yield* await present(reading)
      reading = []
    }
    yield* await present(reading)
  }

  /** Takes away the records of a kind that have expired; how many. */
  async sweep<T extends object>(kind: string, hasExpired: (value: T) => Awaitable<boolean>, before?: number): Promise<number> {
    let removed = 0
    for await (const { name } of this.all<T>(kind, before)) {
      // Looked at again with its generation: it may have been put anew.
      const isGone = await this.change<T, boolean>(name, async (value) =>
        value !== undefined && (await hasExpired(value)) ? { remove: true, answer: true } : { answer: false }
      )
      if (isGone) removed++
    }
    return removed
  }
}

async function present<T>(reading: ReadonlyArray<Promise<T | undefined>>): Promise<T[]> {
  return (await Promise.all(reading)).filter((one) => one !== undefined) as T[]
}

function bytesOf(value: object): Buffer {
  return Buffer.from(JSON.stringify(value))
}
