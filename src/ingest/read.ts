/** The bytes of a file, unzipped where they are stored zipped. */
import { constants, createGunzip } from 'node:zlib'
import { fail, type Place } from '../errors.js'
import type { SourceFile } from '../files/sources.js'

/** A gzip stream that is damaged or ends early. What was unzipped before has been given. */
export class GzipDamage extends Error {}

/** The same error, as table.gzip where it is gzip damage. */
export function damaged(error: unknown, place: Place): unknown {
  return error instanceof GzipDamage ? fail('table.gzip', { reason: error.message }, { place, cause: error }) : error
}

/**
 * The content of a file in pieces. onRead hears the number of bytes read, as they are stored.
 * Throws what the file throws, and GzipDamage after the last piece that could be unzipped.
 */
export async function* readBytes(file: SourceFile, onRead: (bytes: number) => void = () => {}): AsyncGenerator<Buffer> {
  const pieces = file.read(onRead)
  yield* file.zipped ? gunzip(pieces) : pieces
}

/**
 * Each piece is written and waited for, and the end is told only after that: so all that can be unzipped comes out before damage is reported, and the
 * same damaged file always gives the same bytes. (A piped stream drops what it holds when it fails.)
 */
async function* gunzip(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const stream = createGunzip({ chunkSize: 1024 * 1024, finishFlush: constants.Z_FINISH })
  const out: Buffer[] = []
  let failure: Error | undefined
  const closed = new Promise<void>((resolve) => stream.once('close', resolve))
  stream.on('data', (piece: Buffer) => out.push(piece))
  stream.on('error', (error) => {
    failure = error
  })
  try {
    for await (const piece of pieces) {
      // A write that meets damage is never called back.
      await Promise.race([new Promise<void>((resolve) => stream.write(piece, () => resolve())), closed])
      yield* out.splice(0)
      if (failure) break
    }
    if (!failure) {
      stream.end()
      await closed
      yield* out.splice(0)
    }
    if (failure) throw new GzipDamage(failure.message)
  } finally {
    stream.destroy()
  }
}
