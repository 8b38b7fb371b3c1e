/** The request headers that FHIR gives a meaning: Prefer, If-Match, If-None-Match, If-Modified-Since (R4 http.html). */
import { fail } from '../../errors.js'

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

/**
 * The version that If-Match names: `W/"3"` or `"3"`; `*` for any version there is. Undefined without the header; throws http.bad-request for anything
 * else.
 */
export function parseIfMatch(header: string | undefined): string | undefined {
  if (header === undefined) return undefined
  if (header.trim() === '*') return '*'
  const version = /^\s*(?:W\/)?"([A-Za-z0-9\-.]{1,64})"\s*$/.exec(header)?.[1]
  if (version === undefined) throw fail('http.bad-request', { reason: 'If-Match must name one version: W/"3"' })
  return version
}

/** If-None-Match on an update: `*`, only when there is nothing yet. Undefined without the header; throws http.bad-request for anything else. */
export function parseIfNoneMatch(header: string | undefined): '*' | undefined {
  if (header === undefined) return undefined
  if (header.trim() !== '*') throw fail('http.bad-request', { reason: 'If-None-Match on an update can only be *' })
  return '*'
}

/** True when the client has this version already (RFC 9110, 13.2.2: If-None-Match wins over If-Modified-Since). lastUpdated in milliseconds. */
export function isNotModified(
  headers: { readonly 'if-none-match'?: string; readonly 'if-modified-since'?: string },
  current: { readonly versionId: string; readonly lastUpdated: number }
): boolean {
  const none = headers['if-none-match']
  if (none !== undefined) {
    return none.split(',').some((tag) => tag.trim() === '*' || tag.trim().replace(/^W\//, '') === `"${current.versionId}"`)
  }
  const since = headers['if-modified-since']
  // HTTP dates have no fraction of a second; Date.parse gives NaN for what is no date, and NaN compares false.
  return since !== undefined && Math.floor(current.lastUpdated / 1000) * 1000 <= Date.parse(since)
}
