/** What an import and its worker say to each other. */
import type { StagedBatch } from '../service/contract.js'

/** How the objects of an import are to be read: v1 ContentStructure. */
export const STRUCTURES = ['BUNDLE', 'RESOURCE', 'BUNDLE_PRETTY', 'RESOURCE_PRETTY'] as const
export type Structure = (typeof STRUCTURES)[number]

export interface ImportTask {
  readonly kind: 'import'
  readonly structure: Structure
  /** Whole lines, or the whole object. */
  readonly bytes: Uint8Array<ArrayBuffer>
  /** Number of the first line. */
  readonly line: number
}

/** What is wrong with a record; never more of it than its name and what the error says. */
export interface Failure {
  readonly line: number
  /** `entry[3]` of a Bundle. */
  readonly entry?: string
  /** `Patient/1` */
  readonly resource?: string
  /** Row of docs/reference/errors.md. */
  readonly code: string
  readonly message: string
}

export interface ImportBatch {
  readonly batch: StagedBatch | undefined
  readonly staged: number
  readonly failures: readonly Failure[]
}

export interface ImportResults {
  readonly import: ImportBatch
}
