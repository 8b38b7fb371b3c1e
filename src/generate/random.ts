/**
 * Seeded random numbers. The generator is sfc32 (Chris Doty-Humphrey, PractRand; public domain); a stream is named by text, so that every patient and
 * every table has its own: adding a table, or drawing more numbers for one patient, changes nothing elsewhere.
 */

/** A value with its weight; weights need not add up to anything. */
export type Weighted<T> = readonly (readonly [T, number])[]

export class Random {
  #a: number
  #b: number
  #c: number
  #counter = 1

  /** A stream is the same for the same name, on every machine. */
  constructor(name: string) {
    const seed = hash(name)
    this.#a = seed[0]
    this.#b = seed[1]
    this.#c = seed[2]
    for (let i = 0; i < 12; i++) this.#next()
  }

  #next(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#counter) | 0
    this.#counter = (this.#counter + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum
    return sum >>> 0
  }

  /** 0 <= x < 1 */
  unit(): number {
    return this.#next() / 4294967296
  }

  /** low <= x < high */
  between(low: number, high: number): number {
    return low + (high - low) * this.unit()
  }

  /** A whole number, low <= n <= high. */
  whole(low: number, high: number): number {
    return low + Math.floor(this.unit() * (high - low + 1))
  }

  chance(probability: number): boolean {
    return this.unit() < probability
  }

  /**
   * Nearly normal: four uniform numbers added up (Irwin-Hall), so that only sums and products are used and every machine gets the same bits; it never
   * strays further than 3.5 deviations.
   */
  normal(mean: number, deviation: number): number {
    return mean + deviation * (this.unit() + this.unit() + this.unit() + this.unit() - 2) * 1.7320508075688772
  }

  pick<T>(list: readonly T[]): T {
    return list[Math.floor(this.unit() * list.length)]!
  }

  choose<T>(list: Weighted<T>): T {
    let total = 0
    for (const [, weight] of list) total += weight
    let left = this.unit() * total
    for (const [value, weight] of list) if ((left -= weight) < 0) return value
    return list[list.length - 1]![0]
  }
}

/** FNV-1a over the UTF-16 units, run three times with different starts. */
function hash(name: string): [number, number, number] {
  const parts: [number, number, number] = [0x811c9dc5, 0x9e3779b9, 0x85ebca6b]
  for (let part = 0; part < 3; part++) {
    let value = parts[part]!
    for (let i = 0; i < name.length; i++) value = Math.imul(value ^ name.charCodeAt(i), 0x01000193)
    value ^= value >>> 16
    value = Math.imul(value, 0x7feb352d)
    value ^= value >>> 15
    parts[part] = value | 0
  }
  return parts
}
