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
