/** Streams of bytes, cut where one wants them. */

/** The same bytes in blocks of `size`; the last one may be shorter, and is empty only when there is nothing at all. */
export async function* blocks(
  source: AsyncIterable<Buffer>,
  size: number
): AsyncGenerator<{ readonly block: Buffer; readonly isLast: boolean }> {
  const reader = new ByteReader(source)
  let block = await reader.take(size)
  for (;;) {
    // A block is known to be the last one when nothing comes after it.
    const next = block.length < size ? Buffer.alloc(0) : await reader.take(size)
    yield { block, isLast: next.length === 0 }
    if (next.length === 0) return
    block = next
  }
}

/** Reads a stream piece by piece. */
export class ByteReader {
  readonly #source: AsyncIterator<Buffer>
  #parts: Buffer[] = []
  #length = 0
  /** Bytes taken so far. */
  taken = 0

  constructor(source: AsyncIterable<Buffer>) {
    this.#source = source[Symbol.asyncIterator]()
  }

  /** The next `length` bytes; fewer at the end. */
  async take(length: number): Promise<Buffer> {
    while (this.#length < length && (await this.#more()));
    const all = this.#parts.length === 1 ? this.#parts[0]! : Buffer.concat(this.#parts)
    const piece = all.subarray(0, length)
    this.#parts = piece.length === all.length ? [] : [all.subarray(length)]
    this.#length = all.length - piece.length
    this.taken += piece.length
    return piece
  }

  /** The next `length` bytes in pieces as they come; fewer at the end. */
  async *stream(length: number): AsyncGenerator<Buffer> {
    for (let left = length; left > 0; ) {
      const piece = await this.take(this.#length > 0 ? Math.min(left, this.#length) : Math.min(left, 65_536))
      if (piece.length === 0) return
      left -= piece.length
      yield piece
    }
  }

  async *rest(): AsyncGenerator<Buffer> {
    yield* this.stream(Number.MAX_SAFE_INTEGER)
  }

  async #more(): Promise<boolean> {
    const { done, value } = await this.#source.next()
    if (done === true) return false
    this.#parts.push(value)
    this.#length += value.length
    return true
  }
}
