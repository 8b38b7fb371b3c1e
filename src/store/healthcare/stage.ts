/** Worker side of a bulk load: resources as lines of a local file, each behind a line that names it. */
import { randomUUID } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Stage, StageHandle } from '../repository.js'
import { contentKey } from './body.js'

export interface StageOptions {
  /** Folder for the files. */
  readonly folder: string
}

/** One resource of a stage. */
export interface StagedLine {
  readonly type: string
  readonly id: string
  readonly origin: number
  /** Equal for equal content. */
  readonly key: string
  /** The resource on one line, with the end of the line. */
  readonly line: Buffer
}

export function openStage(options: unknown): Stage {
  return new FileStage((options as StageOptions).folder)
}

class FileStage implements Stage {
  readonly #folder: string
  #pieces: Buffer[] = []
  #resources = 0
  #bytes = 0

  constructor(folder: string) {
    this.#folder = folder
  }

  get resources(): number {
    return this.#resources
  }

  get bytes(): number {
    return this.#bytes
  }

  add(type: string, id: string, text: string, _parsed: { resourceType: string }, origin: number): void {
    // Between tokens only: inside a string JSON has no line ends.
    const piece = Buffer.from(`${type} ${id} ${origin} ${contentKey(text, id)}\n${text.replace(/[\r\n]+/g, ' ')}\n`)
    this.#pieces.push(piece)
    this.#resources++
    this.#bytes += piece.length
  }

  finish(): StageHandle | undefined {
    if (this.#resources === 0) return undefined
    const file = join(this.#folder, `${randomUUID()}.stage`)
    writeFileSync(file, Buffer.concat(this.#pieces))
    const resources = this.#resources
    this.discard()
    return { file, resources }
  }

  discard(): void {
    this.#pieces = []
    this.#resources = 0
    this.#bytes = 0
  }
}

/** The resources of a stage, in the order in which they were added. */
export function* linesOf(bytes: Buffer): Iterable<StagedLine> {
  for (let at = 0; at < bytes.length; ) {
    const head = bytes.indexOf(10, at)
    const end = bytes.indexOf(10, head + 1)
    const [type = '', id = '', origin, key = ''] = bytes.toString('latin1', at, head).split(' ')
    yield { type, id, origin: Number(origin), key, line: bytes.subarray(head + 1, end + 1) }
    at = end + 1
  }
}
