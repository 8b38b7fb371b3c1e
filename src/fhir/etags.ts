/** Entity tags of If-Match and If-None-Match, and of ifMatch and ifNoneMatch in a Bundle (RFC 9110, 8.8.3 and 13.1): versions of a resource. */

/** A versionId, several of them, or `*` for any. */
export type Versions = string | readonly string[]

const TAG = /^(?:W\/)?"([A-Za-z0-9\-.]{1,64})"$/

/**
 * The versions that a list of tags names, weak (`W/"3"`) and strong (`"3"`) alike, as R4 tells them apart by the version alone; `*` for any. Undefined when
 * the text is no such list.
 */
export function parseTags(text: string): Versions | undefined {
  if (text.trim() === '*') return '*'
  // RFC 9110, 5.6.1: a recipient passes over empty elements of a list.
  const tags = text.split(',').flatMap((tag) => (tag.trim() === '' ? [] : [TAG.exec(tag.trim())?.[1]]))
  if (tags.length === 0 || tags.includes(undefined)) return undefined
  return tags.length === 1 ? tags[0] : (tags as string[])
}

/** True when the version is among them. */
export function includesVersion(versions: Versions, versionId: string): boolean {
  return typeof versions === 'string' ? versions === '*' || versions === versionId : versions.includes(versionId)
}

/** As an error message shows them. */
export function showVersions(versions: Versions): string {
  return [versions].flat().join(', ')
}
