/** What the writes of a commit come to on what is there: preconditions judged, identical content left out. */
import { fail } from '../../errors.js'
import { isResourceType } from '../../fhir/definitions.js'
import { includesVersion, showVersions } from '../../fhir/etags.js'
import type { Write } from '../repository.js'
import { contentKey, type Found, type Mark, markedText, newMark } from './body.js'
import type { Witness } from './claims.js'

/** One resource of a commit. */
export interface Change {
  readonly write: Write
  /** same: nothing is sent. */
  readonly kind: 'put' | 'delete' | 'same'
  readonly current: Found | undefined
  /** The version that is there, deleted ones too; empty: none. */
  readonly before: string
  /** Of a put: the text to send, and the mark in it, unless the client has its own meta.id. */
  readonly text: string
  readonly mark: Mark | undefined
}

/** Throws resource.unknown-type, resource.id, resource.conflict, resource.exists, http.precondition-failed, resource.not-found (delete). */
export function plan(write: Write, current: Found | undefined): Change {
  const { type, id } = write
  if (!isResourceType(type)) throw fail('resource.unknown-type', { type })
  if (!isAddressable(id)) throw fail('resource.id', { reason: `"${id}" cannot be part of an address` }, { expression: `${type}.id` })
  const isLiving = current?.deleted === false
  checkPrecondition(write, isLiving ? current.versionId : undefined)
  const common = { write, current, before: current?.versionId ?? '' }
  if (write.method === 'delete') {
    if (current === undefined) throw fail('resource.not-found', { type, id })
    return { ...common, kind: isLiving ? 'delete' : 'same', text: '', mark: undefined }
  }
  if (isLiving && contentKey(current.body, id) === contentKey(write.text, id)) return { ...common, kind: 'same', text: '', mark: undefined }
  const mark = newMark(write.verb ?? 'PUT')
  const text = markedText(write.text, id, mark)
  return { ...common, kind: 'put', text, mark: text.includes(mark) ? mark : undefined }
}

/** What may stand in an id (R4 datatypes.html#id) and be found again in a URL; nothing else is put into one. */
export function isAddressable(id: string): boolean {
  return /^[A-Za-z0-9\-.]{1,64}$/.test(id) && id !== '.' && id !== '..'
}

/** version: of what lives; undefined: nothing does. */
function checkPrecondition({ type, id, precondition }: Write, version: string | undefined): void {
  if (precondition === undefined) return
  if (precondition.kind === 'absent') {
    if (version !== undefined) throw fail('resource.exists', { type, id })
    return
  }
  const isNamed = version !== undefined && includesVersion(precondition.versionId, version)
  if (isNamed === (precondition.kind === 'version')) return
  if (isNamed)
    throw fail('http.precondition-failed', { type, id, reason: `${type}/${id} has version ${version}, which If-None-Match rules out` })
  throw fail('resource.conflict', { type, id, actual: version ?? 'none', expected: showVersions(precondition.versionId) })
}

export function witnessOf({ write: { type, id }, mark, before }: Change): Witness {
  return { type, id, mark, before }
}

/** Whether somebody else could create the resource at the same moment: not under an id that was drawn by chance (UUID of version 4). */
export function isContested({ id, precondition }: Write): boolean {
  return precondition?.kind === 'absent' && !/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id)
}
