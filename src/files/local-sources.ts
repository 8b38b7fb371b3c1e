/** Local files and folders as sources. */
import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { ioError } from './io-error.js'
import type { Found, SourceFile } from './sources.js'

const ZIPPED_PIECE = 64 * 1024
const PLAIN_PIECE = 1024 * 1024

/** Throws source.not-found, source.io. */
export async function findLocal(path: string): Promise<readonly Found[]> {
  const file = await look(path)
  if (file !== undefined) return [{ path, inFolder: false, file }]
  // Sorted by code unit, so that the order does not depend on the file system or the locale.
  const names = await readdir(path).catch((error: unknown) => Promise.reject(ioError(path, error)))
  const found: Found[] = []
  for (const name of names.sort()) found.push({ path: join(path, name), inFolder: true, file: await look(join(path, name)) })
  return found
}

/** Undefined: it is a folder. */
async function look(path: string): Promise<SourceFile | undefined> {
  const info = await stat(path).catch((error: unknown) => Promise.reject(ioError(path, error)))
  if (info.isDirectory()) return undefined
  const zipped = path.toLowerCase().endsWith('.gz')
  return {
    path,
    size: info.size,
    version: String(info.mtimeMs),
    zipped,
    read: (onRead) => fromDisk(path, zipped ? ZIPPED_PIECE : PLAIN_PIECE, onRead)
  }
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
