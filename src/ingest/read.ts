/** The bytes of a file, unzipped when its name ends in .gz. */
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { constants, createGunzip } from 'node:zlib'
import { fail, type Place, WardbridgeError } from '../errors.js'

/** A gzip stream that is damaged or ends early. What was unzipped before has been given. */
export class GzipDamage extends Error {}

/** The same error, as table.gzip where it is gzip damage. */
export function damaged(error: unknown, place: Place): unknown {
  return error instanceof GzipDamage ? fail('table.gzip', { reason: error.message }, { place, cause: error }) : error
}

const COMPRESSED_CHUNK = 64 * 1024
const PLAIN_CHUNK = 1024 * 1024

/**
 * Gives the content of a file in pieces of up to 1 MiB. onRead hears the number of bytes read from disk.
 * Throws source.not-found, source.io, and GzipDamage after the last piece that could be unzipped.
 */
export async function* readBytes(path: string, onRead: (bytes: number) => void = () => {}): AsyncGenerator<Buffer> {
  const zipped = path.toLowerCase().endsWith('.gz')
  const pieces = fromDisk(path, zipped ? COMPRESSED_CHUNK : PLAIN_CHUNK, onRead)
  yield* zipped ? gunzip(pieces) : pieces
}

async function* fromDisk(path: string, size: number, onRead: (bytes: number) => void): AsyncGenerator<Buffer> {
  try {
    for await (const piece of createReadStream(path, { highWaterMark: size })) {
      onRead((piece as Buffer).length)
      yield piece as Buffer
    }
  } catch (error) {
    throw ioError(path, error)
  }
}

/** The error for a failed file operation: source.not-found or source.io. */
export function ioError(path: string, error: unknown): Error {
  if (error instanceof WardbridgeError || !(error instanceof Error)) return error as Error
  const code = (error as NodeJS.ErrnoException).code
  if (code === undefined) return error
  return code === 'ENOENT' ? fail('source.not-found', { path }) : fail('source.io', { path, reason: error.message }, { cause: error })
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

/** Size, time of the last change and kind of what a path names. Throws as readBytes. */
export async function look(path: string): Promise<{ readonly size: number; readonly version: string; readonly folder: boolean }> {
  try {
    const info = await stat(path)
    return { size: info.size, version: String(info.mtimeMs), folder: info.isDirectory() }
  } catch (error) {
    throw ioError(path, error)
  }
}
