/**
 * Values that rows give to other rows' resources (merges), sorted by the resource they go into and kept in a file, so that memory does not grow with
 * them: sorted runs are written while they come in, then merged into one file with a sparse index, in which workers look resources up.
 *
 * The files are unlinked as soon as they are open, so that nothing stays behind however the process ends. Threads share the file descriptor.
 */
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ioError } from '../files/io-error.js'
import type { Contribution } from '../mapping/index.js'

/** Structured-clonable; valid in all threads of this process until the writer closes it. */
export interface SortedFile {
  readonly fd: number
  /** First target of each page, sorted, and where the pages begin; the last offset is the end of the file. */
  readonly targets: readonly string[]
  readonly offsets: Float64Array
}

interface Line {
  readonly target: string
  /** The whole line, line end included. */
  readonly text: string
}

const RUN_CHARS = 32 * 1024 * 1024
const PAGE = 4096
const READ = 256 * 1024

export class SortedFileWriter {
  #lines: Line[] = []
  #chars = 0
  readonly #runs: Array<{ fd: number; size: number }> = []
  readonly #runChars: number
  #file: number | undefined

  /** runChars: how much is sorted in memory at a time. */
  constructor(runChars = RUN_CHARS) {
    this.#runChars = runChars
  }

  add(target: string, slot: string, order: string, value: string): void {
    const text = `${target}\t${JSON.stringify([slot, order, value])}\n`
    this.#lines.push({ target, text })
    this.#chars += text.length
    if (this.#chars >= this.#runChars) this.#spill()
  }

  #sorted(): Line[] {
    const lines = this.#lines.sort((a, b) => compare(a.target, b.target))
    this.#lines = []
    this.#chars = 0
    return lines
  }

  #spill(): void {
    const out = new Output()
    for (const { text } of this.#sorted()) out.write(text)
    this.#runs.push({ fd: out.fd, size: out.finish() })
  }

  /** Merges the runs; add() must not be called any more. */
  finish(): SortedFile {
    const sources: Array<Iterator<Line>> = [...this.#runs.map(({ fd, size }) => readLines(fd, size)), this.#sorted().values()]
    const out = new Output()
    const targets: string[] = []
    const offsets: number[] = []
    let last: string | undefined
    for (const { target, text } of merged(sources)) {
      // A page begins with a target it holds completely.
      if (target !== last && (last === undefined || out.size - offsets.at(-1)! >= PAGE)) {
        targets.push(target)
        offsets.push(out.size)
      }
      last = target
      out.write(text)
    }
    for (const { fd } of this.#runs.splice(0)) closeSync(fd)
    this.#file = out.fd
    offsets.push(out.finish())
    return { fd: out.fd, targets, offsets: Float64Array.from(offsets) }
  }

  /** Gives the disk space back. Workers must have stopped reading. */
  close(): void {
    for (const { fd } of this.#runs.splice(0)) closeSync(fd)
    if (this.#file !== undefined) closeSync(this.#file)
    this.#file = undefined
  }
}

/** All contributions to a resource, in the order in which they were added; [] when there are none. */
export function lookUp({ fd, targets, offsets }: SortedFile, target: string): Contribution[] {
  let low = 0
  let high = targets.length - 1
  while (low <= high) {
    const middle = (low + high) >> 1
    if (targets[middle]! <= target) low = middle + 1
    else high = middle - 1
  }
  if (high < 0) return []
  const page = readAt(fd, offsets[high]!, offsets[high + 1]! - offsets[high]!)
  const prefix = `${target}\t`
  const lines = page.toString().split('\n')
  return lines.filter((line) => line.startsWith(prefix)).map((line) => contribution(target, line.slice(prefix.length)))
}

/** All lines of a file in order; what add() was given. */
export function* sortedLines({ fd, offsets }: SortedFile): Generator<Contribution> {
  for (const { target, text } of readLines(fd, offsets.at(-1) ?? 0)) yield contribution(target, text.slice(target.length + 1))
}

function contribution(target: string, json: string): Contribution {
  const [slot, order, value] = JSON.parse(json) as [string, string, string]
  return { target, slot, order, value }
}

/** A file without a name, written from the start. */
class Output {
  readonly fd: number = anonymousFile()
  /** Bytes written, those waiting included. */
  size = 0
  #waiting: Buffer[] = []
  #waitingBytes = 0

  write(text: string): void {
    const bytes = Buffer.from(text)
    this.#waiting.push(bytes)
    this.#waitingBytes += bytes.length
    this.size += bytes.length
    if (this.#waitingBytes >= READ) this.#flush()
  }

  finish(): number {
    this.#flush()
    return this.size
  }

  #flush(): void {
    const bytes = Buffer.concat(this.#waiting)
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(this.fd, bytes, at)
    } catch (error) {
      throw ioError(tmpdir(), error)
    }
    this.#waiting = []
    this.#waitingBytes = 0
  }
}

function anonymousFile(): number {
  const folder = mkdtempSync(join(tmpdir(), 'wardbridge-'))
  try {
    return openSync(join(folder, 'run'), 'wx+', 0o600)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function* readLines(fd: number, size: number): Generator<Line> {
  let rest = Buffer.alloc(0)
  for (let at = 0; at < size; ) {
    const bytes = readAt(fd, at, Math.min(READ, size - at))
    at += bytes.length
    rest = rest.length === 0 ? bytes : Buffer.concat([rest, bytes])
    const end = rest.lastIndexOf(10) + 1
    let start = 0
    while (start < end) {
      const next = rest.indexOf(10, start) + 1
      const text = rest.toString('utf8', start, next)
      yield { target: text.slice(0, text.indexOf('\t')), text }
      start = next
    }
    rest = rest.subarray(end)
  }
}

/** The lines of all sources in order of target; of equal ones those of earlier sources first. */
function* merged(sources: Array<Iterator<Line>>): Generator<Line> {
  const heads = sources.map((source) => source.next())
  for (;;) {
    let least = -1
    for (const [i, head] of heads.entries()) {
      if (!head.done && (least < 0 || compare(head.value.target, (heads[least] as IteratorYieldResult<Line>).value.target) < 0)) least = i
    }
    if (least < 0) return
    yield (heads[least] as IteratorYieldResult<Line>).value
    heads[least] = sources[least]!.next()
  }
}

function readAt(fd: number, at: number, length: number): Buffer<ArrayBuffer> {
  const bytes = Buffer.alloc(length)
  for (let done = 0; done < length; ) {
    const count = readSync(fd, bytes, done, length - done, at + done)
    if (count === 0) throw new Error('a temporary file is shorter than what was written to it')
    done += count
  }
  return bytes
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
