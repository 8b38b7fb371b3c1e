/** What is asked of an export job, as it comes in and as it is kept. */

import { WardbridgeError } from '../../errors.js'
import { parseTarget } from '../../export/target.js'
import { dateRange } from '../../fhir/dates.js'
import { isResourceType } from '../../fhir/definitions.js'
import { isTexts, isWhole, members, refuse } from '../members.js'

export interface ExportRequest {
  /** `ndjson:FOLDER`, `parquet:FOLDER`, `gs://bucket/prefix`, `bq://project.dataset`. */
  readonly to: string
  /** All when undefined. */
  readonly types?: readonly string[]
  /** Instant as it was given. */
  readonly since?: string
  /** recursiveStructureDepth of tables. */
  readonly depth?: number
  /** Threads that make rows. */
  readonly workers?: number
}

/** Reads a request. Throws job.request. */
export function readExportRequest(body: unknown): ExportRequest {
  const given = members(body, 'The request', ['to', 'types', 'since', 'depth', 'workers'])
  const { to, types, since, depth, workers } = given
  if (typeof to !== 'string' || !isTarget(to))
    throw refuse('"to" is gs://BUCKET/PREFIX (NDJSON), bq://PROJECT.DATASET, ndjson:FOLDER or parquet:FOLDER', 'to')
  if (types !== undefined && !(isTexts(types) && types.length > 0 && types.every(isResourceType)))
    throw refuse('"types" is a list of resource types of FHIR R4', 'types')
  if (since !== undefined && !(typeof since === 'string' && sinceOf({ since }) !== undefined))
    throw refuse('"since" is an instant such as 2026-01-31T00:00:00Z', 'since')
  if (depth !== undefined && !isWhole(depth, 1, 5)) throw refuse('"depth" is a whole number from 1 to 5', 'depth')
  if (workers !== undefined && !isWhole(workers, 1, 64)) throw refuse('"workers" is a whole number from 1 to 64', 'workers')
  return given as unknown as ExportRequest
}

/** Where an export writes, as places.ts compares it. */
export function placeOf(to: string): string {
  return to.replace(/^(?:ndjson|parquet):/, '')
}

/** Milliseconds since 1970 UTC. */
export function sinceOf({ since }: Pick<ExportRequest, 'since'>): number | undefined {
  return since === undefined ? undefined : dateRange(since)?.from
}

function isTarget(to: string): boolean {
  try {
    parseTarget(to)
    return true
  } catch (error) {
    if (error instanceof WardbridgeError) return false
    throw error
  }
}
