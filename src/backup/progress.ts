/** How far a backup or a restore has come. */

/** `copy`: the store and the state; `pack`, `unpack`: the archive; `verify`: the store that was unpacked, counted in resources and versions. */
export type Step = 'copy' | 'pack' | 'unpack' | 'verify'

export interface BackupProgress {
  readonly step: Step
  /** Bytes, both; of `verify` resources and versions. */
  readonly done: number
  readonly total: number
}

export interface Watched {
  readonly progress?: (progress: BackupProgress) => void
  /** Gives up and leaves nothing behind. */
  readonly signal?: AbortSignal
}
