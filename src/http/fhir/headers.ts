/** The request headers that FHIR gives a meaning: Prefer, If-Match, If-None-Match, If-Modified-Since (R4 http.html). */
import { fail } from '../../errors.js'
import { includesVersion, parseTags, type Versions } from '../../fhir/etags.js'
import type { WriteConditions } from '../../service/preconditions.js'

export interface Preference {
  readonly return: 'minimal' | 'representation' | 'OperationOutcome'
  readonly handling: 'strict' | 'lenient'
}

const DEFAULT: Preference = { return: 'representation', handling: 'lenient' }

/** Reads Prefer (RFC 7240). What is not understood is left aside, as the RFC asks; the first of two equal preferences counts. */
export function parsePrefer(header: string | string[] | undefined): Preference {
  if (header === undefined) return DEFAULT
  const values = new Map<string, string>()
  for (const part of [header].flat().join(',').split(/[,;]/)) {
    const [name, value] = part.split('=', 2).map((side) => side.trim().replace(/^"(.*)"$/, '$1'))
    if (value !== undefined && !values.has(name!.toLowerCase())) values.set(name!.toLowerCase(), value)
  }
  const wanted = values.get('return')
  return {
    return: wanted === 'minimal' || wanted === 'OperationOutcome' ? wanted : 'representation',
    handling: values.get('handling') === 'strict' ? 'strict' : 'lenient'
  }
}

/** `W/"3"` */
export function etag(versionId: string): string {
  return `W/"${versionId}"`
}

/** If-Match and If-None-Match of a write. Throws http.bad-request for what is neither `*` nor a list of versions. */
export function parseConditions(headers: {
  readonly 'if-match'?: string | undefined
  readonly 'if-none-match'?: string | undefined
}): WriteConditions {
  const ifMatch = versions('If-Match', headers['if-match'])
  const ifNoneMatch = versions('If-None-Match', headers['if-none-match'])
  return { ...(ifMatch === undefined ? {} : { ifMatch }), ...(ifNoneMatch === undefined ? {} : { ifNoneMatch }) }
}

function versions(name: string, header: string | undefined): Versions | undefined {
  if (header === undefined) return undefined
  const tags = parseTags(header)
  if (tags === undefined) throw fail('http.bad-request', { reason: `${name} must be * or name versions: W/"3"` })
  return tags
}

/** True when the client has this version already (RFC 9110, 13.2.2: If-None-Match wins over If-Modified-Since). lastUpdated in milliseconds. */
export function isNotModified(
  headers: { readonly 'if-none-match'?: string; readonly 'if-modified-since'?: string },
  current: { readonly versionId: string; readonly lastUpdated: number }
): boolean {
  const none = headers['if-none-match']
  if (none !== undefined) return includesVersion(parseTags(none) ?? [], current.versionId)
  const since = headers['if-modified-since']
  // HTTP dates have no fraction of a second; Date.parse gives NaN for what is no date, and NaN compares false.
  return since !== undefined && Math.floor(current.lastUpdated / 1000) * 1000 <= Date.parse(since)
}
