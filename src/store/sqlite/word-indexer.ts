/** Indexes pending words (fulltext.ts) in the writer thread, a few resources at a time between its other work, and not while a bulk load goes on. */
import type { FullText } from './fulltext.js'

/** Milliseconds: between two chunks, after a merge, after a chunk that failed, and until another process may have left words. */
const PAUSE = 2
const QUIET = 3000
const RETRY = 10_000
const LOOK = 30_000

export class WordIndexer {
  readonly #fullText: FullText
  #timer: NodeJS.Timeout | undefined

  constructor(fullText: FullText) {
    this.#fullText = fullText
  }

  /** A bulk load goes on: the thread has better things to do for a while. */
  wait(): void {
    this.#in(QUIET)
  }

  start(): void {
    this.#in(0)
  }

  stop(): void {
    clearTimeout(this.#timer)
  }

  #in(milliseconds: number): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#work(), milliseconds)
  }

  #work(): void {
    try {
      // A look alone must not wait for, or hold up, other writers.
      this.#in(this.#fullText.isPending && this.#fullText.chunk() ? PAUSE : LOOK)
    } catch {
      // The disk is full, or another process writes for long: searches read the bodies meanwhile.
      this.#in(RETRY)
    }
  }
}
