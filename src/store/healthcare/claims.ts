/**
 * Unique keys beside the API, which has none: who holds which, in `Objects` that all processes of the service share. Three things make it safe:
 *
 * - A **holder** (`Communication/1`, or what a search looks for) has a record with the keys it holds. A commit that changes them, or must be the only one to
 *   create the holder, first puts its intention into the record, on the condition that the record is as it was read: one commit at a time.
 * - A **key** has a record that names its holder. It counts only as far as the holder lives and its own record lists the key; so a key that a crash or a
 *   refused commit has left behind is free.
 * - An intention names a **witness**: a resource that the commit writes, and the mark it will bear. Whoever finds an intention of a commit that did not end
 *   looks there whether it was done; if it was not, the intention ends with its lease.
 */
import { hash } from 'node:crypto'
import { fail, type WardbridgeError } from '../../errors.js'
import type { ObjectCondition, Objects } from '../../files/objects.js'
import type { Caller } from './caller.js'
import type { Reads } from './reads.js'

/** What a commit was to do to one of its resources; done when a version after `before` has the mark (or, without a mark, when there is one). */
export interface Witness {
  readonly type: string
  readonly id: string
  readonly mark: string | undefined
  /** Empty: there was no version. */
  readonly before: string
}

interface Intention {
  readonly keys: readonly string[]
  readonly witness: Witness | undefined
  /** End of the lease, milliseconds since 1970 UTC. */
  readonly until: number
}

interface HolderRecord {
  readonly holder: string
  readonly keys: readonly string[]
  readonly next?: Intention
}

interface KeyRecord {
  readonly key: string
  readonly holder: string
  /** Who gives it to the holder in the same commit, and has it as long as that is not done. */
  readonly was?: string
}

/** A record as it was read. */
export interface HolderState {
  readonly holder: string
  /** What it holds, if it lives. */
  readonly keys: readonly string[]
  readonly condition: ObjectCondition
}

/** What a commit does to a holder. */
export interface Taking {
  readonly state: HolderState
  /** What it will hold. */
  readonly keys: readonly string[]
  /** It does not live now: what it held before does not count. */
  readonly isNew: boolean
}

/** Milliseconds between two looks at what somebody else is doing: from, to. */
const FIRST_LOOK = 20
const LONGEST_LOOK = 500
/** Milliseconds that a lease lasts longer than the calls of a commit can. */
const MARGIN = 60_000

export class Claims {
  readonly #objects: Objects
  readonly #caller: Caller
  readonly #reads: Reads
  readonly #folder: string

  constructor(objects: Objects, caller: Caller, reads: Reads) {
    this.#objects = objects
    this.#caller = caller
    this.#reads = reads
    this.#folder = `claims/${hash('sha256', caller.store, 'hex').slice(0, 16)}`
  }

  /** What a holder holds, once no other commit is at it. Throws resource.raced when that takes too long. */
  async state(holder: string): Promise<HolderState> {
    for (let looks = 0; ; looks++) {
      const found = await this.#get<HolderRecord>(this.#holderName(holder))
      if (found === undefined) return { holder, keys: [], condition: 'absent' }
      const keys = await this.#settled(found.value)
      if (keys !== undefined) return { holder, keys, condition: { generation: found.generation } }
      await this.#wait(looks, holder)
    }
  }

  /**
   * Takes what the holders of a commit are to hold: nobody else can then, until finish() or undo(). Undefined: somebody was quicker to change one of the
   * records; nothing is held then. own: the keys that each resource of the commit will hold. between: what is to be looked at when nobody else is at work
   * on the holders, before a key is asked for. Throws claim.taken, resource.raced, and what that throws.
   */
  async take(
    takings: readonly Taking[],
    own: ReadonlyMap<string, readonly string[]>,
    witness: Witness | undefined,
    between: () => Promise<void>
  ): Promise<Taken | undefined> {
    const taken = new Taken(this.#objects, (holder) => this.#holderName(holder))
    try {
      // In one order for everybody: whoever waits for another is not waited for.
      for (const taking of [...takings].sort((a, b) => (a.state.holder < b.state.holder ? -1 : 1))) {
        const { state, keys } = taking
        const until = Date.now() + 2 * this.#caller.budget + MARGIN
        const record: HolderRecord = { holder: state.holder, keys: state.keys, next: { keys, witness, until } }
        const generation = await this.#put(this.#holderName(state.holder), record, state.condition)
        if (generation === undefined) {
          await taken.undo()
          return undefined
        }
        taken.add(taking, generation)
      }
      await between()
      const wanted = takings.flatMap(({ state, keys, isNew }) =>
        keys.filter((key) => isNew || !state.keys.includes(key)).map((key) => ({ key, holder: state.holder }))
      )
      const giving = new Map(takings.filter(({ isNew }) => !isNew).map(({ state }) => [state.holder, state.keys]))
      for (const { key, holder } of wanted.sort((a, b) => (a.key < b.key ? -1 : 1)))
        await this.#takeKey(key, holder, (other) => giving.get(other)?.includes(key) ?? this.#has(other, key), own)
      return taken
    } catch (error) {
      await taken.undo()
      throw error
    }
  }

  /** has: whether another holder has the key before the commit. */
  async #takeKey(
    key: string,
    holder: string,
    has: (other: string) => boolean | Promise<boolean | 'unknown'>,
    own: ReadonlyMap<string, readonly string[]>
  ): Promise<void> {
    const name = this.#keyName(key)
    for (let looks = 0; ; looks++) {
      const found = await this.#get<KeyRecord>(name)
      let was: string | undefined
      let isOpen = false
      for (const other of found === undefined ? [] : [found.value.holder, found.value.was]) {
        if (other === undefined || other === holder) continue
        const isHeld = await has(other)
        if (isHeld === 'unknown') isOpen = true
        else if (isHeld && own.get(other)?.includes(key) !== false) throw taken(key, other)
        else if (isHeld) was = other
      }
      if (isOpen) await this.#wait(looks, key)
      else {
        // Written also when it names the holder already: whoever has just judged it to be free must notice.
        const record: KeyRecord = { key, holder, ...(was === undefined ? {} : { was }) }
        const condition = found === undefined ? 'absent' : { generation: found.generation }
        if ((await this.#put(name, record, condition)) !== undefined) return
      }
    }
  }

  /** Whether a holder that a key record names has the key; unknown while a commit is about to change that. */
  async #has(holder: string, key: string): Promise<boolean | 'unknown'> {
    const found = await this.#get<HolderRecord>(this.#holderName(holder))
    if (found === undefined) return false
    const { keys, next } = found.value
    const isKept = keys.includes(key) && next?.keys.includes(key) !== false
    const settled = isKept ? keys : await this.#settled(found.value)
    if (settled === undefined) return 'unknown'
    if (!settled.includes(key)) return false
    const [type, id] = holder.split('/') as [string, string]
    const current = await this.#reads.current(type, id)
    return current !== undefined && !current.deleted
  }

  /** The keys of a record, whatever became of a commit that left its intention in it; undefined while that may be under way. */
  async #settled({ keys, next }: HolderRecord): Promise<readonly string[] | undefined> {
    if (next === undefined) return keys
    if (next.witness !== undefined && (await this.#reads.isDone(next.witness))) return next.keys
    return Date.now() > next.until ? keys : undefined
  }

  async #wait(looks: number, name: string): Promise<void> {
    const wait = Math.random() * Math.min(LONGEST_LOOK, FIRST_LOOK * 2 ** looks)
    if (!(await this.#caller.sleep(wait))) throw fail('resource.raced', { query: name })
  }

  async #get<T>(name: string): Promise<{ readonly value: T; readonly generation: string } | undefined> {
    const found = await this.#objects.get(name)
    return found && { value: JSON.parse(found.bytes.toString()) as T, generation: found.generation }
  }

  #put(name: string, value: object, condition: ObjectCondition): Promise<string | undefined> {
    return this.#objects.put(name, Buffer.from(JSON.stringify(value)), condition)
  }

  #holderName(holder: string): string {
    return `${this.#folder}/holders/${hash('sha256', holder, 'hex')}`
  }

  #keyName(key: string): string {
    return `${this.#folder}/keys/${hash('sha256', key, 'hex')}`
  }
}

/** What a commit has taken. */
export class Taken {
  readonly #objects: Objects
  readonly #name: (holder: string) => string
  readonly #held: Array<{ readonly taking: Taking; readonly generation: string }> = []

  constructor(objects: Objects, name: (holder: string) => string) {
    this.#objects = objects
    this.#name = name
  }

  add(taking: Taking, generation: string): void {
    this.#held.push({ taking, generation })
  }

  /** The commit is done. When this cannot be noted, whoever comes next finds out by the witness. */
  finish(): Promise<void> {
    return this.#leave(({ keys }) => keys)
  }

  /** The commit is not done, and will not be. */
  undo(): Promise<void> {
    return this.#leave(({ state, isNew }) => (isNew ? [] : state.keys))
  }

  async #leave(keysOf: (taking: Taking) => readonly string[]): Promise<void> {
    const all = this.#held.splice(0)
    await Promise.allSettled(
      all.map(({ taking, generation }) => {
        const { holder } = taking.state
        const keys = keysOf(taking)
        const record: HolderRecord = { holder, keys }
        return keys.length === 0
          ? this.#objects.delete(this.#name(holder), { generation })
          : this.#objects.put(this.#name(holder), Buffer.from(JSON.stringify(record)), { generation })
      })
    )
  }
}

function taken(claim: string, holder: string): WardbridgeError {
  return fail('claim.taken', { claim, holder })
}
