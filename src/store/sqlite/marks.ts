/** A set of row numbers: a bit for each up to the largest one. */
export class Marks {
  #bits = new Uint8Array(1 << 12)

  add(n: number): void {
    const at = Math.floor(n / 8)
    if (at >= this.#bits.length) {
      const bits = new Uint8Array(Math.max(this.#bits.length * 2, at + 1))
      bits.set(this.#bits)
      this.#bits = bits
    }
    this.#bits[at]! |= 1 << (n % 8)
  }

  has(n: number): boolean {
    return ((this.#bits[Math.floor(n / 8)] ?? 0) & (1 << (n % 8))) !== 0
  }
}
