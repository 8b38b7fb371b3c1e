/** Values without a row in their code map, counted per "column=value"; a bounded number of them is named. */

const LIMIT = 1000
const MORE = '…more'

export class UnmappedValues {
  readonly #counts = new Map<string, number>()
  #more = 0

  add(column: string, value: string): void {
    this.addCount(`${column}=${value}`, 1)
  }

  /** The first thousand distinct values keep their name, the others are counted together. */
  addCount(name: string, count: number): void {
    const known = this.#counts.get(name)
    if (known !== undefined) this.#counts.set(name, known + count)
    else if (name !== MORE && this.#counts.size < LIMIT) this.#counts.set(name, count)
    else this.#more += count
  }

  entries(): Array<[string, number]> {
    return this.#more === 0 ? [...this.#counts] : [...this.#counts, [MORE, this.#more]]
  }
}
