/** What a client asks of the version that its write meets: If-Match and If-None-Match (RFC 9110, 13.1). */
import { fail } from '../errors.js'
import { includesVersion, showVersions, type Versions } from '../fhir/etags.js'
import type { Precondition, ReadResource, Write } from '../store/repository.js'

export interface WriteConditions {
  /** The current version must be one of these; `*`: there must be one. */
  readonly ifMatch?: Versions | undefined
  /** It must be none of these; `*`: there must be none. */
  readonly ifNoneMatch?: Versions | undefined
}

/** As the store is asked to keep them. If-Match wins (RFC 9110, 13.2.2). */
export function precondition({ ifMatch, ifNoneMatch }: WriteConditions): { precondition?: Precondition } {
  if (ifMatch !== undefined) return { precondition: { kind: 'version', versionId: ifMatch } }
  if (ifNoneMatch === undefined) return {}
  return { precondition: ifNoneMatch === '*' ? { kind: 'absent' } : { kind: 'other', versionId: ifNoneMatch } }
}

/** Checks them against a resource that is there. Throws resource.conflict, http.precondition-failed. */
export function checkConditions({ type, id, versionId }: ReadResource, { ifMatch, ifNoneMatch }: WriteConditions): void {
  if (ifMatch !== undefined && !includesVersion(ifMatch, versionId))
    throw fail('resource.conflict', { type, id, actual: versionId, expected: showVersions(ifMatch) })
  if (ifMatch === undefined && ifNoneMatch !== undefined && includesVersion(ifNoneMatch, versionId))
    throw fail('http.precondition-failed', { type, id, reason: `${type}/${id} has version ${versionId}, which If-None-Match rules out` })
}

/**
 * The write on the condition that the resource is as it was when it was looked at; what the client asked of it is kept. before: what was there. A condition
 * that it does not meet is the store's to refuse.
 */
export function onlyIf(write: Write, before: ReadResource | undefined): Write {
  const { precondition } = write
  const versionId = before === undefined || before.deleted ? undefined : before.versionId
  const meets =
    precondition === undefined ||
    (precondition.kind === 'version' && versionId !== undefined && includesVersion(precondition.versionId, versionId)) ||
    (precondition.kind === 'absent' && versionId === undefined) ||
    (precondition.kind === 'other' && (versionId === undefined || !includesVersion(precondition.versionId, versionId)))
  if (!meets) return write
  return { ...write, precondition: versionId === undefined ? { kind: 'absent' } : { kind: 'version', versionId } }
}
