/** Random tables from a seed, and reading them back in one go. */
import { type BlockLimits, rowBlocks } from '#wardbridge/ingest/blocks.js'
import { type BadRow, parseBlock, readHeader } from '#wardbridge/ingest/csv.js'

/** Numbers in [0, 1) from a seed (mulberry32). */
export function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

const PIECES = ['a', '0', '12.50', ' ', ',', '"', '""', '\n', '\r\n', '\r', "'", 'é', '漢', '😀', '?C', ';', '\t', 'NULL', '|']

export function randomCell(next: () => number): string {
  if (next() < 0.4) return String(Math.floor(next() * 1000))
  if (next() < 0.2) return ''
  return Array.from({ length: Math.floor(next() * 6) }, () => PIECES[Math.floor(next() * PIECES.length)]).join('')
}

export interface RandomTable {
  readonly names: string[]
  readonly rows: string[][]
  readonly text: string
  readonly lineEnd: '\n' | '\r\n'
}

/** A table of 1 to 5 columns with its text: cells quoted when they must be and at random, line ends LF or CRLF, the last one there or not. */
export function randomTable(next: () => number, options: { columns?: number; cell?: (next: () => number) => string } = {}): RandomTable {
  const width = options.columns ?? 1 + Math.floor(next() * 5)
  const names = Array.from({ length: width }, (_, i) => `column_${i}`)
  const cell = options.cell ?? randomCell
  const rows = Array.from({ length: Math.floor(next() * 30) }, () => Array.from({ length: width }, () => cell(next)))
  const end = next() < 0.5 ? '\n' : '\r\n'
  const write = (value: string): string =>
    /[",\r\n]/.test(value) || next() < 0.1 || (width === 1 && value === '') ? `"${value.replaceAll('"', '""')}"` : value
  const lines = [names, ...rows].map((row) => row.map(write).join(','))
  return { names, rows, text: lines.join(end) + (next() < 0.8 ? end : ''), lineEnd: end }
}

export interface ReadBack {
  names: string[]
  rows: string[][]
  lines: number[]
  bad: BadRow[]
  error: { code: string; message: string } | undefined
}

/** Reads a whole table, in chunks of a size and blocks of a size. */
export async function readBack(bytes: Buffer, chunk: number, limits?: Partial<BlockLimits>): Promise<ReadBack> {
  const result: ReadBack = { names: [], rows: [], lines: [], bad: [], error: undefined }
  async function* chunks(): AsyncGenerator<Buffer> {
    for (let i = 0; i < bytes.length; i += chunk) yield bytes.subarray(i, i + chunk)
  }
  try {
    const blocks = rowBlocks(chunks(), 'table.csv', { rows: 20_000, bytes: 1 << 22, rowBytes: 1 << 24, ...limits })
    const first = await blocks.next()
    result.names = readHeader(first.done ? undefined : first.value, 'table.csv')
    for await (const block of blocks) {
      const parsed = parseBlock(block, result.names)
      for (const row of parsed.rows) result.rows.push([...row])
      result.lines.push(...parsed.lines)
      result.bad.push(...parsed.bad)
    }
  } catch (error) {
    const { code, message } = error as { code: string; message: string }
    if (code === undefined) throw error
    result.error = { code, message }
  }
  return result
}
