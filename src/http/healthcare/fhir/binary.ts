/** Binary: content of any type is taken as it is and kept in a Binary; the answer to such a write is empty but for Location. */
import { fail } from '../../../errors.js'
import { wrapContent } from '../../fhir/binary.js'
import { isFhirJson } from '../../fhir/negotiate.js'
import type { Method } from './context.js'

/** The FHIR JSON of what was sent to Binary as it is; undefined for FHIR JSON of a Binary. id: of an update. Throws http.content-type. */
export function contentAsText(
  body: Buffer,
  contentType: string | undefined,
  id: string | undefined,
  securityContext: unknown
): string | undefined {
  if (contentType === undefined) throw fail('http.content-type', { type: '(none)' })
  if (isFhirJson(contentType) && isBinary(body)) return undefined
  const context = typeof securityContext === 'string' ? securityContext : undefined
  return wrapContent(body, { contentType, id, context })
}

/** What is no Binary is content like any other, whatever its type. */
function isBinary(body: Buffer): boolean {
  try {
    return (JSON.parse(body.toString()) as { readonly resourceType?: unknown } | null)?.resourceType === 'Binary'
  } catch {
    return false
  }
}

/** A create or update that answers the write of content without the resource. */
export function contentWritten(method: Method): Method {
  return {
    ...method,
    handler: (context) => {
      const handle = method.handler(context)
      return async (request) => {
        const { params, base } = request
        if (params.type !== 'Binary' || isFhirJson(request.headers['content-type'] ?? '')) return handle(request)
        if (/\breturn\s*=\s*"?representation\b/i.test(request.headers['prefer'] ?? ''))
          throw fail('http.bad-request', { reason: 'Prefer: return=representation is not taken with content of a Binary' })
        const { status, headers } = await handle({ ...request, headers: { ...request.headers, prefer: 'return=representation' } })
        const version = /"(.+)"/.exec(headers['etag'] ?? '')?.[1]
        return { status, headers: { location: `${base}/Binary/${params.id}/_history/${version}`, ...headers } }
      }
    }
  }
}
