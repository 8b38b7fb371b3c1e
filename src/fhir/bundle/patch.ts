/** The patch in an entry (R4 http.html#patch): a FHIRPath Patch is a Parameters resource, a JSON Patch stands in a Binary. */
import { fail } from '../../errors.js'

export interface EntryPatch {
  readonly format: 'json-patch' | 'fhirpath-patch'
  readonly text: string
}

interface Binary {
  readonly resourceType?: unknown
  readonly contentType?: unknown
  readonly data?: unknown
}

/** text: the resource of the entry. Throws bundle.invalid. */
export function readPatch(text: string): EntryPatch {
  const { resourceType, contentType, data } = JSON.parse(text) as Binary
  if (resourceType === 'Parameters') return { format: 'fhirpath-patch', text }
  if (resourceType !== 'Binary') throw wrong('PATCH needs Parameters (FHIRPath Patch) or a Binary with a JSON Patch', '')
  if (typeof contentType !== 'string' || !/^application\/json-patch\+json\s*(?:;|$)/i.test(contentType)) {
    throw wrong('must be application/json-patch+json', '.contentType')
  }
  if (typeof data !== 'string') throw wrong('is required', '.data')
  try {
    return { format: 'json-patch', text: new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(data, 'base64')) }
  } catch (error) {
    throw fail('bundle.invalid', { reason: 'Binary.data: is not UTF-8' }, { expression: 'Binary.data', cause: error })
  }
}

function wrong(reason: string, at: string): Error {
  return fail('bundle.invalid', { reason: `${at === '' ? '' : `Binary${at}: `}${reason}` }, { expression: `Resource${at}` })
}
