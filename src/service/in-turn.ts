/** Work on one thing at a time: calls with the same key run one after the other, in their order. */
export class InTurn {
  readonly #last = new Map<string, Promise<unknown>>()

  /** What the work gives, or its error. */
  run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key) ?? Promise.resolve()
    const mine = before.then(work)
    const settled = mine
      .catch(() => {})
      .then(() => {
        if (this.#last.get(key) === settled) this.#last.delete(key)
      })
    this.#last.set(key, settled)
    return mine
  }
}
