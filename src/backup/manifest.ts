/** What a backup says of itself: the last but one entry of its archive. */
import type { SnapshotFacts, StoreContent } from '../store/snapshot.js'

export const STORE = 'store.db'
export const STATE = 'service.db'
/** Before the name of each media file. */
export const FILES = 'files/'
export const MANIFEST = 'manifest.json'
/** SHA-256 of the manifest, as sha256sum writes it; the last entry. */
export const SUM = 'manifest.json.sha256'

export interface Part {
  readonly name: string
  readonly bytes: number
  /** Hex. */
  readonly sha256: string
}

export interface Manifest {
  readonly format: 1
  /** Moment of the store and the state, to the millisecond (ISO 8601). */
  readonly made: string
  /** Version of Wardbridge that made it. */
  readonly version: string
  readonly store: { readonly schema: number } & StoreContent
  readonly state: SnapshotFacts
  readonly files: { readonly count: number; readonly bytes: number }
  readonly parts: readonly Part[]
}

/** Undefined when the text is no manifest of a format that is known. */
export function readManifest(text: string): Manifest | undefined {
  try {
    const manifest = JSON.parse(text) as Partial<Manifest>
    return manifest.format === 1 && Array.isArray(manifest.parts) && manifest.store !== undefined ? (manifest as Manifest) : undefined
  } catch {
    return undefined
  }
}
