/**
 * PORT: small values by name that several processes change at the same time, each change on the condition that nobody was there before: what the service
 * keeps where it has no disk. Implemented by files/gcs-objects.ts (Cloud Storage objects with generation preconditions) and, for tests and tools,
 * files/folder-objects.ts.
 */
import { isBucketPath } from '../config.js'
import type { GoogleSettings } from '../config-google.js'
import { openFolderObjects } from './folder-objects.js'
import { openGcsObjects } from './gcs-objects.js'

/** A value as it was read. */
export interface ObjectValue {
  readonly bytes: Buffer
  /** Names this state of the value; opaque, never used twice under the same name. */
  readonly generation: string
}

export interface ObjectInfo {
  readonly name: string
  readonly generation: string
  /** Bytes. */
  readonly size: number
  /** When this state was made, milliseconds since 1970 UTC. */
  readonly updated: number
}

/** What must be there when a value is put or deleted: the state of this generation, or (`absent`) nothing. */
export type ObjectCondition = { readonly generation: string } | 'absent'

export interface Objects {
  /** Undefined: there is none. */
  get(name: string): Promise<ObjectValue | undefined>
  /** The new generation; undefined: the condition was not met and nothing was changed. Without a condition whatever was there is replaced. */
  put(name: string, bytes: Uint8Array, condition?: ObjectCondition): Promise<string | undefined>
  /** False: the condition was not met, or there was none. */
  delete(name: string, condition?: ObjectCondition): Promise<boolean>
  /** Names that begin with a prefix, in the order of their UTF-8 bytes, from after a name on. */
  list(prefix: string, after?: string): AsyncIterable<ObjectInfo>
}

/** location: `gs://bucket/prefix`, or a folder, made with the first value. Costs nothing until it is used. */
export function openObjects(location: string, google: GoogleSettings): Objects {
  return isBucketPath(location) ? openGcsObjects(location, google) : openFolderObjects(location)
}
