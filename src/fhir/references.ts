/** Literal references (R4 references.html#literal). */
import { isResourceType } from './definitions.js'

export type LiteralReference =
  /** `Patient/1`, `Patient/1/_history/2` */
  | { readonly kind: 'relative'; readonly type: string; readonly id: string; readonly versionId: string | undefined }
  /** An absolute URL; when it is RESTful, base, type and id say what it points to: `http://a.org/fhir/Patient/1`. */
  | {
      readonly kind: 'absolute'
      readonly url: string
      readonly target:
        | { readonly base: string; readonly type: string; readonly id: string; readonly versionId: string | undefined }
        | undefined
    }
  /** `urn:uuid:...`, `urn:oid:...` */
  | { readonly kind: 'urn'; readonly urn: string }
  /** `#id` of a contained resource; '' for the container itself. */
  | { readonly kind: 'contained'; readonly id: string }

const RELATIVE = /^([A-Z][A-Za-z]+)\/([A-Za-z0-9\-.]{1,64})(?:\/_history\/([A-Za-z0-9\-.]{1,64}))?$/
const RESTFUL = /^(https?:\/\/.+?)\/([A-Z][A-Za-z]+)\/([A-Za-z0-9\-.]{1,64})(?:\/_history\/([A-Za-z0-9\-.]{1,64}))?$/
const SCHEME = /^[A-Za-z][A-Za-z0-9+.-]*:\S+$/

/** Reads Reference.reference; undefined when the text is no literal reference (a relative one must name a resource type of R4). */
export function parseReference(text: string): LiteralReference | undefined {
  const relative = RELATIVE.exec(text)
  if (relative !== null) {
    const [, type = '', id = '', versionId] = relative
    return isResourceType(type) ? { kind: 'relative', type, id, versionId } : undefined
  }
  if (text.startsWith('#')) return { kind: 'contained', id: text.slice(1) }
  if (text.startsWith('urn:')) return SCHEME.test(text) ? { kind: 'urn', urn: text } : undefined
  if (!SCHEME.test(text)) return undefined
  const [, base, type = '', id = '', versionId] = RESTFUL.exec(text) ?? []
  return { kind: 'absolute', url: text, target: base !== undefined && isResourceType(type) ? { base, type, id, versionId } : undefined }
}

/** Whether an absolute URL leads to a resource of one of these types, as far as it says so; undefined: of any type. */
export function leadsTo(url: string, types: readonly string[] | undefined): boolean {
  if (types === undefined) return true
  const literal = parseReference(url)
  return literal?.kind === 'absolute' && literal.target !== undefined && types.includes(literal.target.type)
}

/** Id of the Patient that a Reference leads to by a literal relative reference; undefined for anything else. */
export function referencedPatient(value: unknown): string | undefined {
  const { reference } = (value ?? {}) as { reference?: unknown }
  if (typeof reference !== 'string' || !reference.startsWith('Patient/')) return undefined
  const literal = parseReference(reference)
  return literal?.kind === 'relative' ? literal.id : undefined
}

/** The resource type that a Reference names: in its literal reference, else in its `type`; undefined when it names none. */
export function referencedType(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { reference, type } = value as { reference?: unknown; type?: unknown }
  const literal = typeof reference === 'string' ? parseReference(reference) : undefined
  if (literal?.kind === 'relative') return literal.type
  if (literal?.kind === 'absolute') return literal.target?.type
  return typeof type === 'string' ? type : undefined
}
