/** Work under names: calls that share a name run one after the other, in their order. */
export class Turns {
  readonly #last = new Map<string, Promise<void>>()

  /** What the work gives, or its error. All queues are joined at once, so that no two calls can wait for each other. */
  async run<T>(names: readonly string[], work: () => Promise<T>): Promise<T> {
    let done = () => {}
    const mine = new Promise<void>((resolve) => (done = resolve))
    const before = [...new Set(names)].map((name) => {
      const last = this.#last.get(name)
      this.#last.set(name, mine)
      return last
    })
    await Promise.all(before)
    try {
      return await work()
    } finally {
      done()
      for (const name of names) if (this.#last.get(name) === mine) this.#last.delete(name)
    }
  }
}

/** Does something with each item, at most `most` at a time; results in the order of the items. */
export async function inParallel<T, R>(items: readonly T[], most: number, work: (item: T) => Promise<R>): Promise<R[]> {
  const results = new Array<R>(items.length)
  let next = 0
  const line = async () => {
    for (let n = next++; n < items.length; n = next++) results[n] = await work(items[n]!)
  }
  await Promise.all(Array.from({ length: Math.min(most, items.length) }, line))
  return results
}
