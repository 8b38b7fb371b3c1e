/** Answers made of stored bytes, with the headers R4 asks for. */
import type { WriteResult } from '../../store/repository.js'
import { etag, parsePrefer } from './headers.js'
import type { FhirRequest, FhirResponse } from './interaction.js'

/** Caches must ask each time. */
export const PRIVATE = { 'cache-control': 'private, no-cache' } as const

/** 200 with a body. */
export function answer(body: Buffer | string, headers: FhirResponse['headers'] = {}): FhirResponse {
  return { status: 200, headers, body }
}

/** ETag and Last-Modified of a version; caches must ask each time. lastUpdated in milliseconds. */
export function versionHeaders(version: { readonly versionId: string; readonly lastUpdated: number }): FhirResponse['headers'] {
  return {
    etag: etag(version.versionId),
    'last-modified': httpDate(version.lastUpdated),
    'cache-control': PRIVATE['cache-control']
  }
}

let latest = { second: Number.NaN, text: '' }

/** An instant in milliseconds as HTTP writes it. What was loaded together has the same second, and to write it out takes long. */
function httpDate(instant: number): string {
  const second = Math.floor(instant / 1000)
  if (second !== latest.second) latest = { second, text: new Date(instant).toUTCString() }
  return latest.text
}

/**
 * Answers a create or update: 201 with Location when there was nothing before, else 200; the body as Prefer: return asks. located: Location also with
 * 200, for writes whose address does not say which resource was written.
 */
export function written(request: FhirRequest, result: WriteResult, { located = false } = {}): FhirResponse {
  const created = result.outcome === 'created'
  const place = `${request.base}/${result.type}/${result.id}/_history/${result.versionId}`
  const response = {
    status: created ? 201 : 200,
    headers: { ...versionHeaders(result), ...(created || located ? { location: place } : {}) }
  }
  switch (parsePrefer(request.headers['prefer']).return) {
    case 'minimal':
      return response
    case 'OperationOutcome':
      return { ...response, body: informed(`${result.type}/${result.id} ${result.outcome}, version ${result.versionId}`) }
    case 'representation':
      return { ...response, body: result.body }
  }
}

/** What became of a delete, in words. */
export function deletedText(results: readonly WriteResult[]): string {
  if (results.length === 0) return 'Nothing to delete'
  const [{ type, id, versionId }] = results as [WriteResult]
  return results.length === 1 ? `${type}/${id} deleted, version ${versionId}` : `${results.length} resources of type ${type} deleted`
}

/** An OperationOutcome that tells of success (R4 http.html#ops: severity information, code informational). */
export function informed(text: string): string {
  return JSON.stringify({
    resourceType: 'OperationOutcome',
    issue: [{ severity: 'information', code: 'informational', details: { text } }]
  })
}
