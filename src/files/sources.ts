/** PORT: files that are read from their beginning to their end, more than once. Local ones (local-sources.ts) and objects of Cloud Storage (gcs-sources.ts). */
import { isBucketPath } from '../config.js'
import type { GoogleSettings } from '../config-google.js'
import { fail } from '../errors.js'
import { findObjects } from './gcs-sources.js'
import { findLocal } from './local-sources.js'

export interface SourceFile {
  /** As people name it: a path, or `gs://bucket/name`. */
  readonly path: string
  /** Bytes as they are stored. */
  readonly size: number
  /** Another one when the content is another one: time of the last change, generation. */
  readonly version: string
  /** What is stored is to be unzipped before it is read. */
  readonly zipped: boolean
  /**
   * What is stored, in pieces of any size. onRead hears the number of bytes. Each time it is called the same bytes come, or an error says that there are
   * others now (objects of Cloud Storage; local files are trusted). Throws source.*, bucket.*.
   */
  read(onRead: (bytes: number) => void): AsyncIterable<Buffer>
}

/** Something at a place. */
export interface Found {
  readonly path: string
  /** Found in a folder or by a pattern, so that it may be left aside when it is no source. */
  readonly inFolder: boolean
  /** Undefined: a folder inside a folder. */
  readonly file: SourceFile | undefined
}

/**
 * What there is at a place: a file, or what stands in a folder (one level deep) in order of name. In Cloud Storage (`gs://bucket/name`) names with slashes
 * are taken for files in folders, and a name may be a pattern: `*` and `?` stay within a folder, `**` does not.
 * Throws source.not-found, source.io, bucket.*, cli.usage.
 */
export async function findFiles(place: string, google: GoogleSettings | undefined): Promise<readonly Found[]> {
  if (!isBucketPath(place)) return findLocal(place)
  if (google === undefined) throw fail('cli.usage', { reason: `${place} is in Cloud Storage, for which there are no settings` })
  return findObjects(place, google)
}
