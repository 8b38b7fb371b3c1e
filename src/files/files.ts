/**
 * PORT: contents too large for a store: pictures, videos, documents. Implemented by files/folder.ts and files/gcs-files.ts. A file
 * is written once, under a key that nobody can
 * guess, and never changed; who may read it is not this port's business.
 */
import type { Readable } from 'node:stream'
import { isBucketPath } from '../config.js'
import type { GoogleSettings } from '../config-google.js'
import { openFolder } from './folder.js'
import { openGcsFiles } from './gcs-files.js'

export interface FileInfo {
  readonly key: string
  /** Bytes. */
  readonly size: number
  /** When it was put, in milliseconds since 1970 UTC. */
  readonly made: number
}

/** Bytes of a file, both ends included. */
export interface ByteRange {
  readonly start: number
  readonly end: number
}

export interface Files {
  /**
   * Keeps a stream under a new key, whole or not at all: nothing is left of one that ends with an error, which is thrown on. Durable when it resolves, with
   * the number of bytes. Never holds more than a few chunks in memory. Throws files.full.
   */
  put(key: string, content: AsyncIterable<Uint8Array>): Promise<number>
  /** Undefined: there is no such file. */
  find(key: string): Promise<FileInfo | undefined>
  /** The bytes of a file, or a range of them that lies within it. Throws files.missing. */
  open(key: string, range?: ByteRange): Promise<Readable>
  /** False: it was not there. */
  delete(key: string): Promise<boolean>
  /** Every file, in no order; those put or deleted meanwhile may or may not be seen. */
  list(): AsyncIterable<FileInfo>
  /** Removes what puts that were cut off by a crash left before this moment. */
  tidy(before: number): Promise<void>
}

export interface FilesOptions {
  /** Bytes of the disk that files leave free; 0 when not given. */
  readonly reserve?: number
  /** Needed for a location in Cloud Storage. */
  readonly google?: GoogleSettings
}

/** What a key looks like: lower-case hexadecimal digits and dashes, a UUID. Other keys name no file. */
export function isKey(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text)
}

/** location: a folder, made with the first file, or `gs://bucket/prefix`. Costs nothing until it is used. */
export function openFiles(location: string, options: FilesOptions = {}): Files {
  if (!isBucketPath(location)) return openFolder(location, options)
  if (options.google === undefined) throw new TypeError('files in Cloud Storage need the settings of Google')
  return openGcsFiles(location, options.google)
}
