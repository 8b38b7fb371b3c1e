/** What is to be validated, in pieces for the workers: the resources of a store, or files of NDJSON, Bundles and single resources. */
import type { GoogleSettings } from '../config-google.js'
import { fail } from '../errors.js'
import { findFiles, type SourceFile } from '../files/sources.js'
import { type Block, lineBlocks } from '../ingest/blocks.js'
import { readBytes } from '../ingest/read.js'
import type { Principal, Service } from '../service/contract.js'

/** Lines of one resource each, or one document. */
export interface Piece {
  readonly format: 'ndjson' | 'document'
  /** The file; undefined for a store. */
  readonly file: string | undefined
  readonly block: Block
}

export interface Inputs {
  /** Resources of a store, bytes of files: what `done` of a progress report counts up to. */
  readonly total: number
  /** progress: hears how much more has been handed out. */
  pieces(progress: (more: number) => void): AsyncGenerator<Piece>
}

const KIND = /\.(ndjson|json)(\.gz)?$/i
const PIECE_BYTES = 1024 * 1024
const NEWLINE = Buffer.from('\n')

/** Every current resource of a store, type after type. */
export async function storedInputs(service: Service, who: Principal): Promise<Inputs> {
  const counts = await service.counts(who)
  return {
    total: Object.values(counts).reduce((sum, n) => sum + n, 0),
    async *pieces(progress) {
      for (const type of Object.keys(counts)) {
        let bodies: Buffer[] = []
        let size = 0
        for await (const { body } of service.each(who, type)) {
          bodies.push(body, NEWLINE)
          size += body.length
          if (size < PIECE_BYTES) continue
          progress(bodies.length / 2)
          yield storedPiece(bodies)
          bodies = []
          size = 0
        }
        progress(bodies.length / 2)
        if (bodies.length > 0) yield storedPiece(bodies)
      }
    }
  }
}

function storedPiece(bodies: readonly Buffer[]): Piece {
  // Its own ArrayBuffer, so that it can be handed over.
  const bytes = new Uint8Array(bodies.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const body of bodies) {
    bytes.set(body, at)
    at += body.length
  }
  return { format: 'ndjson', file: undefined, block: { bytes, line: 1, rows: bodies.length / 2 } }
}

/**
 * Files, and those of folders (one level deep, in order of name) that are .ndjson or .json (.gz), local or in Cloud Storage.
 * Throws what findFiles throws, source.unknown-kind for a file named directly, cli.usage when there is nothing to read.
 */
export async function fileInputs(places: readonly string[], google?: GoogleSettings): Promise<Inputs> {
  const files: SourceFile[] = []
  for (const place of places) {
    for (const { path, inFolder, file } of await findFiles(place, google)) {
      if (!inFolder && !KIND.test(path)) throw fail('source.unknown-kind', { path })
      if (file !== undefined && KIND.test(path)) files.push(file)
    }
  }
  if (files.length === 0) throw fail('cli.usage', { reason: `nothing to read in ${places.join(', ')}` })
  return {
    total: files.reduce((sum, { size }) => sum + size, 0),
    async *pieces(progress) {
      for (const file of files) {
        const { path } = file
        if (/\.ndjson(\.gz)?$/i.test(path)) {
          for await (const block of lineBlocks(readBytes(file, progress), path)) yield { format: 'ndjson', file: path, block }
          continue
        }
        const chunks: Buffer[] = []
        for await (const chunk of readBytes(file, progress)) chunks.push(chunk)
        const bytes = new Uint8Array(Buffer.concat(chunks))
        yield { format: 'document', file: path, block: { bytes, line: 1, rows: 1 } }
      }
    }
  }
}
