/**
 * Binary in its own format (R4 binary.html#rest): its content as it is, beside the FHIR JSON that every resource has. A read gives it when that is what Accept
 * asks for; a create or an update takes a body of any type that is no FHIR format.
 */
import { fail } from '../../errors.js'
import { parameter } from '../../fhir/parameters.js'
import type { Content } from '../../service/contents.js'
import type { FhirRequest, FhirResponse } from './interaction.js'
import { acceptsType, isFhirXml, negotiate } from './negotiate.js'

/** The FHIR JSON of content that was sent as it is; undefined when the type says that a resource is meant. id: of an update. context: X-Security-Context. */
export function wrapContent(
  content: Buffer,
  { contentType, id, context }: { readonly contentType: string; readonly id: string | undefined; readonly context: string | undefined }
): string | undefined {
  if (isFhirXml(contentType)) return undefined
  return JSON.stringify({
    resourceType: 'Binary',
    id,
    contentType,
    securityContext: context === undefined ? undefined : { reference: context },
    data: content.toString('base64')
  })
}

/** True when a read of a Binary cannot be answered in FHIR JSON, so that its content may be meant. */
export function asksForContent({ params, parameters, headers }: Pick<FhirRequest, 'params' | 'parameters' | 'headers'>): boolean {
  return params.type === 'Binary' && negotiate(parameter(parameters, '_format'), headers.accept) === undefined
}

/**
 * 200 with a Binary that was read: its content, when that is asked for, else FHIR JSON. body: its JSON. file: where its content is, if not in there. Throws
 * http.accept when its type is not among those asked for.
 */
export function binaryAnswer(body: string, file: Content | undefined, request: FhirRequest, more: FhirResponse['headers']): FhirResponse {
  if (!asksForContent(request))
    return { status: 200, headers: more, body, ...(file === undefined ? {} : { content: { file, as: 'data' as const } }) }
  const { parameters, headers } = request
  const { contentType, data = '' } = JSON.parse(body) as { contentType: string; data?: string }
  const wish = parameter(parameters, '_format')?.replaceAll(' ', '+') || headers.accept || ''
  // A stored type may be no header that could be sent.
  if (!/^[\x21-\x7e]+\/[\x20-\x7e]+$/.test(contentType) || !acceptsType(wish, contentType)) throw fail('http.accept', { accept: wish })
  return {
    status: 200,
    // Whatever it is, a browser runs nothing of it.
    headers: { ...more, 'content-type': contentType, 'content-security-policy': "default-src 'none';frame-ancestors 'none';sandbox" },
    ...(file === undefined ? { body: Buffer.from(data, 'base64') } : { content: { file, as: 'itself' as const } })
  }
}

/** The JSON of a Binary with a file's bytes as its `data`, piece by piece. */
export async function* withData(body: string, file: Content): AsyncGenerator<string> {
  yield `${body.slice(0, body.lastIndexOf('}'))},"data":"`
  let rest: Uint8Array = new Uint8Array()
  for await (const chunk of await file.open()) {
    const bytes = Buffer.concat([rest, chunk as Uint8Array])
    // Three bytes are four characters; what is left over begins the next piece.
    const whole = bytes.length - (bytes.length % 3)
    yield bytes.toString('base64', 0, whole)
    rest = bytes.subarray(whole)
  }
  yield `${Buffer.from(rest).toString('base64')}"}`
}
