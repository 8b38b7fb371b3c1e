/** JSON text that was made for one or two cell texts, so that it is made once per distinct text. */

export interface Made {
  readonly text: string
  /** Column and value of what had no row in a code map on the way. */
  readonly missed: ReadonlyArray<readonly [string, string]> | undefined
}

type Level = Map<string, Made | Level>

const LIMIT = 10_000

/** Bounded: it starts anew when it is full. */
export class Memo {
  readonly #made: Level = new Map()
  #size = 0

  /** What was made for one text. */
  one(key: string): Made | undefined {
    return this.#made.get(key) as Made | undefined
  }

  /** What was made for two texts. */
  two(first: string, second: string): Made | undefined {
    return (this.#made.get(first) as Level | undefined)?.get(second) as Made | undefined
  }

  keep(keys: readonly string[], text: string, missed: ReadonlyArray<readonly [string, string]>): Made {
    if (this.#size >= LIMIT) this.clear()
    this.#size++
    const made = { text, missed: missed.length === 0 ? undefined : missed }
    const last = keys.length - 1
    let level = this.#made
    for (const key of keys.slice(0, last)) {
      const inner = (level.get(key) as Level | undefined) ?? new Map()
      level.set(key, inner)
      level = inner
    }
    level.set(keys[last] ?? '', made)
    return made
  }

  clear(): void {
    this.#made.clear()
    this.#size = 0
  }
}
