/** Table files as a stream of blocks. */
import type { CompiledTable } from '../mapping/index.js'
import { type Block, rowBlocks } from './blocks.js'
import { type Layout, layoutOf, readHeader } from './csv.js'
import { readBytes } from './read.js'
import type { TableFile } from './sources.js'

/** A table file whose header fits its mapping. */
export interface OpenTable {
  readonly file: TableFile
  readonly table: CompiledTable
  readonly layout: Layout
}

/** Reads the header only. Throws table.header, table.encoding, table.gzip, table.quote, source.io. */
export async function openTable(file: TableFile, table: CompiledTable, ignored: ReadonlySet<string>): Promise<OpenTable> {
  const blocks = rowBlocks(readBytes(file), file.path)
  try {
    const first = await blocks.next()
    const names = readHeader(first.done ? undefined : first.value, file.path)
    return { file, table, layout: layoutOf(names, table.columns, ignored, file.path) }
  } finally {
    await blocks.return(undefined)
  }
}

/** The rows. Throws what rowBlocks throws, after the blocks before the damage. */
export async function* rowsOf({ file }: OpenTable, onRead: (bytes: number) => void): AsyncGenerator<Block> {
  const blocks = rowBlocks(readBytes(file, onRead), file.path)
  // The header, which openTable has read.
  await blocks.next()
  yield* blocks
}
