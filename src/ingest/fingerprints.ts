/**
 * A compact set of names seen, with a number kept for each: 16 bytes per name at a filling of at most 0.7. Names are told apart by 64 bits of a hash:
 * among ten million names the chance that any two are taken for one is about 3 in a million.
 */
export class Fingerprints {
  #slots = 1 << 12
  #high = new Uint32Array(this.#slots)
  #low = new Uint32Array(this.#slots)
  #value = new Float64Array(this.#slots)
  #size = 0

  get size(): number {
    return this.#size
  }

  has([high, low]: readonly [number, number]): boolean {
    return this.#isTaken(this.#find(high, low))
  }

  /** The number kept for a name, or undefined after keeping this one for it. */
  addOrGet(high: number, low: number, value: number): number | undefined {
    const at = this.#find(high, low)
    if (this.#isTaken(at)) return this.#value[at]
    this.#put(at, high, low, value)
    if (++this.#size > this.#slots * 0.7) this.#grow()
    return undefined
  }

  /** Slot of a name, or the free one where it would go. */
  #find(high: number, low: number): number {
    const mask = this.#slots - 1
    let at = low & mask
    while (this.#isTaken(at) && (this.#high[at] !== high || this.#low[at] !== low)) at = (at + 1) & mask
    return at
  }

  /** A fingerprint never has high 0 (see fingerprint). */
  #isTaken(at: number): boolean {
    return this.#high[at] !== 0
  }

  #put(at: number, high: number, low: number, value: number): void {
    this.#high[at] = high
    this.#low[at] = low
    this.#value[at] = value
  }

  #grow(): void {
    const [high, low, value] = [this.#high, this.#low, this.#value]
    this.#slots *= 2
    this.#high = new Uint32Array(this.#slots)
    this.#low = new Uint32Array(this.#slots)
    this.#value = new Float64Array(this.#slots)
    for (let i = 0; i < high.length; i++) {
      if (high[i] !== 0) this.#put(this.#find(high[i]!, low[i]!), high[i]!, low[i]!, value[i]!)
    }
  }
}

/** Two 32-bit hashes of a text (FNV-1a with two offsets, mixed at the end); the first is never 0. into[at], into[at + 1]. */
export function fingerprint(text: string, into: Uint32Array, at: number): void {
  let a = 0x811c9dc5
  let b = 0xc9dc5118
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    a = Math.imul(a ^ c, 0x01000193)
    b = Math.imul(b ^ c, 0x85ebca6b)
    b ^= b >>> 13
  }
  into[at] = mix(a ^ (b >>> 16)) || 1
  into[at + 1] = mix(b)
}

function mix(h: number): number {
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

/** The fingerprint of one thing of a kind: a row of a table, or a resource of a type. */
export function printOf(kind: string, name: string): readonly [number, number] {
  const print = new Uint32Array(2)
  fingerprint(`${kind}/${name}`, print, 0)
  return [print[0]!, print[1]!]
}
