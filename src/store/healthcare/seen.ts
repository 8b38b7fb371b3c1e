/**
 * What a load has brought so far, in 20 bytes a slot at a filling of at most 0.7. Names and contents are told apart by 64 bits of SHA-256: among ten million
 * names the chance that any two are taken for one is about 3 in a million.
 */
import { hash } from 'node:crypto'

/** 64 bits of a digest. */
export type Print = readonly [high: number, low: number]

/** The last content of a resource in a load. */
export interface SeenContent {
  readonly content: Print
  /** Number of the wave that it is in, from 1; 0: it was in the store before. */
  readonly wave: number
  /** Counted as created; else as updated. */
  readonly created: boolean
}

/** name: `Patient/1`. */
export function namePrint(name: string): Print {
  return printOf(hash('sha256', name, 'buffer'))
}

/** key: from contentKey(). */
export function contentPrint(key: string): Print {
  return printOf(Buffer.from(key.slice(0, 12), 'base64'))
}

function printOf(digest: Buffer): Print {
  // High 0 stands for a free slot.
  return [digest.readUInt32LE(0) || 1, digest.readUInt32LE(4)]
}

export function isSame(a: Print, b: Print): boolean {
  return a[0] === b[0] && a[1] === b[1]
}

/** high and low of the name, high and low of the content, wave * 2 + created. */
const WORDS = 5

export class Seen {
  #slots = 1 << 12
  #words = new Uint32Array(this.#slots * WORDS)
  #size = 0

  get(name: Print): SeenContent | undefined {
    const at = this.#find(name)
    if (this.#words[at] === 0) return undefined
    const mark = this.#words[at + 4]!
    return { content: [this.#words[at + 2]!, this.#words[at + 3]!], wave: mark >>> 1, created: (mark & 1) === 1 }
  }

  set(name: Print, { content, wave, created }: SeenContent): void {
    const at = this.#find(name)
    const isNew = this.#words[at] === 0
    this.#words.set([...name, ...content, wave * 2 + (created ? 1 : 0)], at)
    if (isNew && ++this.#size > this.#slots * 0.7) this.#grow()
  }

  /** Where a name is, or the free slot where it would go. */
  #find([high, low]: Print): number {
    let slot = low & (this.#slots - 1)
    for (;;) {
      const at = slot * WORDS
      if (this.#words[at] === 0 || (this.#words[at] === high && this.#words[at + 1] === low)) return at
      slot = (slot + 1) & (this.#slots - 1)
    }
  }

  #grow(): void {
    const old = this.#words
    this.#slots *= 2
    this.#words = new Uint32Array(this.#slots * WORDS)
    for (let at = 0; at < old.length; at += WORDS) {
      if (old[at] !== 0) this.#words.set(old.subarray(at, at + WORDS), this.#find([old[at]!, old[at + 1]!]))
    }
  }
}
