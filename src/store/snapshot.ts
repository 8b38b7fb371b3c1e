/** PORT: a store, or the state, as it is at one moment, held while others write. */

export interface CopyOptions {
  /** Bytes copied so far, and of all. */
  readonly progress?: (done: number, total: number) => void
  /** Gives up; copy() then rejects with the reason of the signal. */
  readonly signal?: AbortSignal
}

export interface Snapshot {
  /** Bytes that a copy takes. */
  readonly bytes: number
  /** Of the state: up to where it vouches for the audit logs of stores; equal texts for equal places. */
  readonly anchors: string
  /** Writes the copy to a file that is not there yet: one plain file, opened like the original. Gives what is in it. */
  copy(to: string, options?: CopyOptions): Promise<SnapshotFacts>
  /** Lets go of the moment; to be called in any case, and soon: what is written meanwhile cannot be tidied away before. */
  close(): Promise<void>
}

/** A store as it is at one moment, which can also be read while others write. */
export interface StoreSnapshot extends Snapshot {
  /** Place of the last write that is in it; 0 when there was none. */
  readonly seq: number
  /** When that write was made, milliseconds since 1970 UTC; undefined when there was none. */
  readonly updated: number | undefined
  /** Living resources per type; with since, resources whose current version, or deletion, is not older. */
  counts(since?: number): Promise<Record<string, number>>
  /**
   * All living resources of a type, each once; with since (milliseconds since 1970 UTC) those whose current version is not older, and the deletions that are
   * not. The next page is read while one is looked at. Throws the reason of the signal.
   */
  pages(
    type: string,
    options?: { readonly since?: number | undefined; readonly signal?: AbortSignal | undefined }
  ): AsyncIterable<SnapshotPage>
}

/** Some resources of a type, about a mebibyte. */
export interface SnapshotPage {
  /** The exact JSON texts, one after the other, UTF-8. May be transferred to another thread. */
  readonly bytes: ArrayBuffer
  /** Length of each text in bytes. */
  readonly lengths: readonly number[]
  readonly deleted: readonly DeletedResource[]
}

/** What was there and was deleted. */
export interface DeletedResource {
  readonly type: string
  readonly id: string
  /** Of the deletion. */
  readonly versionId: string
  /** Milliseconds since 1970 UTC. */
  readonly lastUpdated: number
}

export interface SnapshotFacts {
  /** Version of the schema. */
  readonly schema: number
  /** Of a store only. */
  readonly content?: StoreContent
}

export interface StoreContent {
  /** Number of the last version there is. */
  readonly seq: number
  /** Current, living resources. */
  readonly resources: number
  readonly versions: number
  /** As verify() gives it. */
  readonly digest: string
}
