/** Cuts a byte stream into blocks of whole rows (or lines), small enough to hand to a worker, each with the line it begins on. */
import { fail, WardbridgeError } from '../errors.js'
import { damaged, GzipDamage } from './read.js'
import { RowScanner } from './rows.js'

export interface Block {
  /** Owns its ArrayBuffer, which can be transferred. */
  readonly bytes: Uint8Array<ArrayBuffer>
  /** Line number of the first row, from 1. */
  readonly line: number
  readonly rows: number
}

export interface BlockLimits {
  readonly rows: number
  readonly bytes: number
  /** A longer row ends the file: what was meant as one row can then not be told, and memory stays bounded. */
  readonly rowBytes: number
}

export const BLOCK_LIMITS: BlockLimits = { rows: 20_000, bytes: 4 * 1024 * 1024, rowBytes: 16 * 1024 * 1024 }

/** Finds the end of the row (or line) that begins at an offset of a piece of the stream, given one character per byte. */
interface Cutter {
  /** Goes to the next whole row; false when the text ends within it. */
  next(): boolean
  readonly following: number
  readonly lines: number
  readonly open: number
}

class LineCutter implements Cutter {
  readonly #text: string
  readonly #final: boolean
  following = 0
  lines = 0
  readonly open = -1

  constructor(text: string, final: boolean) {
    this.#text = text
    this.#final = final
  }

  next(): boolean {
    if (this.following >= this.#text.length) return false
    const end = this.#text.indexOf('\n', this.following)
    if (end === -1 && !this.#final) return false
    this.lines = end === -1 ? 0 : 1
    this.following = end === -1 ? this.#text.length : end + 1
    return true
  }
}

/**
 * Blocks of CSV rows, the first one holding the header row alone. The blocks depend on the content alone, never on how it arrived. A byte order mark is
 * dropped, so are empty lines at the very end. After the blocks that could be cut, throws table.gzip, table.quote (a quote never closed) or table.row-size; an incomplete last row is then not given.
 */
export function rowBlocks(chunks: AsyncIterable<Buffer>, file: string, limits: BlockLimits = BLOCK_LIMITS): AsyncGenerator<Block> {
  return blocks(chunks, file, limits, 1, (text, final) => new RowScanner(text, final))
}

/** Blocks of lines, for NDJSON. Errors as rowBlocks, except table.quote. */
export function lineBlocks(chunks: AsyncIterable<Buffer>, file: string, limits: BlockLimits = BLOCK_LIMITS): AsyncGenerator<Block> {
  return blocks(chunks, file, limits, limits.rows, (text, final) => new LineCutter(text, final))
}

async function* blocks(
  chunks: AsyncIterable<Buffer>,
  file: string,
  limits: BlockLimits,
  firstRows: number,
  cutterOf: (text: string, final: boolean) => Cutter
): AsyncGenerator<Block> {
  /** Bytes not given yet: whole rows up to `whole`, then what has not been looked at or is incomplete. */
  let pending: Buffer = Buffer.alloc(0)
  let whole = 0
  let rows = 0
  let blockLine = 1
  let nextLine = 1
  /** Where the last row that is not empty ends: empty lines wait here until a row follows them. */
  let solid = 0
  let solidRows = 0
  let solidLine = 1
  let maxRows = firstRows
  let damage: unknown
  let open = -1

  function* take(final: boolean): Generator<Block> {
    open = -1
    let base = whole
    let cutter = cutterOf(pending.toString('latin1', base), final)
    while (cutter.next()) {
      const end = base + cutter.following
      nextLine += cutter.lines
      rows++
      const empty = isEmptyLine(pending, whole, end)
      whole = end
      if (empty) continue
      solid = whole
      solidRows = rows
      solidLine = nextLine
      if (rows >= maxRows || whole >= limits.bytes) {
        yield cut()
        base = whole
        cutter = cutterOf(pending.toString('latin1', base), final)
      }
    }
    if (cutter.open >= 0) open = base + cutter.open
  }

  function cut(): Block {
    const block = { bytes: copy(pending.subarray(0, solid)), line: blockLine, rows: solidRows }
    pending = pending.subarray(solid)
    whole -= solid
    rows -= solidRows
    blockLine = solidLine
    solid = 0
    solidRows = 0
    maxRows = limits.rows
    return block
  }

  try {
    let first = true
    for await (const chunk of chunks) {
      pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk])
      if (first && pending.length < 3) continue
      if (first) pending = withoutByteOrderMark(pending)
      first = false
      yield* take(false)
      if (pending.length - whole > limits.rowBytes) throw tooLong(file, nextLine, limits.rowBytes)
    }
  } catch (error) {
    if (!(error instanceof GzipDamage) && !(error instanceof WardbridgeError && error.code === 'table.row-size')) throw error
    damage = damaged(error, { file, line: nextLine })
  }
  if (damage === undefined) {
    yield* take(true)
    if (open >= 0) damage = unclosed(file, nextLine, pending.subarray(whole, open))
  }
  if (solid > 0) yield cut()
  if (damage !== undefined) throw damage
}

function tooLong(file: string, line: number, limit: number): WardbridgeError {
  return fail('table.row-size', { limit }, { place: { file, line } })
}

/** before: the bytes of the row up to the quote that is never closed. */
function unclosed(file: string, rowLine: number, before: Uint8Array): WardbridgeError {
  const text = Buffer.from(before).toString()
  const lines = text.split('\n')
  const place = { file, line: rowLine + lines.length - 1, column: (lines.at(-1)?.length ?? 0) + 1 }
  return fail('table.quote', { reason: 'the quote opened here is never closed; nothing from this row on was read' }, { place })
}

function isEmptyLine(bytes: Buffer, start: number, end: number): boolean {
  const length = end - start
  return bytes[start] === 10 || (length === 2 && bytes[start] === 13 && bytes[start + 1] === 10)
}

function withoutByteOrderMark(bytes: Buffer): Buffer {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes
}

function copy(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const own = new Uint8Array(bytes.length)
  own.set(bytes)
  return own
}
