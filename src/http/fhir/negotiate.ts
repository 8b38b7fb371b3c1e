/** Which format an answer has, and which formats a body may have (R4 http.html#mime-type). We speak JSON. */
import type { JsonType } from '../context.js'

const FORMATS: Readonly<Record<string, JsonType>> = {
  json: 'application/fhir+json',
  'application/fhir+json': 'application/fhir+json',
  'application/json': 'application/json',
  'text/json': 'text/json',
  'application/*': 'application/fhir+json',
  '*/*': 'application/fhir+json'
}

/**
 * The media type to answer with: that of `_format` when given, else the one that Accept likes best, else application/fhir+json.
 * Undefined when none of the wishes can be met.
 */
export function negotiate(format: string | undefined, accept: string | undefined): JsonType | undefined {
  // A plus sign in an address means a space, and many clients forget to escape it.
  const wish = format ? format.replaceAll(' ', '+') : accept
  if (wish === undefined || wish === '' || wish === '*/*' || wish === 'application/fhir+json') return 'application/fhir+json'
  const ranges = wish.split(',').map(parseRange)
  const usable = ranges.filter((range) => range.q > 0 && isR4(range.version) && Object.hasOwn(FORMATS, range.type))
  const best = usable.sort((one, other) => other.q - one.q)[0]
  return best && FORMATS[best.type]
}

/** True when a body of this Content-Type is FHIR JSON in UTF-8 that we read. */
export function isFhirJson(contentType: string): boolean {
  const range = parseRange(contentType)
  return (range.type === 'application/fhir+json' || range.type === 'application/json') && isUtf8(range.charset) && isR4(range.version)
}

/** True for a JSON Patch, or for FHIR JSON, which may hold a FHIRPath Patch. */
export function isPatch(contentType: string): boolean {
  const range = parseRange(contentType)
  return (range.type === 'application/json-patch+json' && isUtf8(range.charset)) || isFhirJson(contentType)
}

/** True for an HTML form in UTF-8. */
export function isForm(contentType: string): boolean {
  const range = parseRange(contentType)
  return range.type === 'application/x-www-form-urlencoded' && isUtf8(range.charset)
}

/** True for a FHIR format that we do not read. */
export function isFhirXml(contentType: string): boolean {
  return /^application\/fhir\+(?:xml|turtle)$/.test(parseRange(contentType).type)
}

/** True when Accept takes a media type, whatever its parameters. */
export function acceptsType(accept: string, contentType: string): boolean {
  const { type } = parseRange(contentType)
  const all = `${type.split('/')[0]}/*`
  return accept.split(',').some((text) => {
    const range = parseRange(text)
    return range.q > 0 && (range.type === type || range.type === all || range.type === '*/*')
  })
}

interface Range {
  readonly type: string
  readonly q: number
  readonly version: string | undefined
  readonly charset: string | undefined
}

function parseRange(text: string): Range {
  const [type, ...parameters] = text.split(';').map((part) => part.trim().toLowerCase())
  const values = new Map<string, string>()
  for (const parameter of parameters) {
    const at = parameter.indexOf('=')
    if (at > 0)
      values.set(
        parameter.slice(0, at).trim(),
        parameter
          .slice(at + 1)
          .trim()
          .replace(/^"(.*)"$/, '$1')
      )
  }
  const q = Number(values.get('q') ?? 1)
  return { type: type!, q: Number.isFinite(q) ? q : 0, version: values.get('fhirversion'), charset: values.get('charset') }
}

function isR4(version: string | undefined): boolean {
  return version === undefined || version === '4.0' || version === '4.0.1'
}

function isUtf8(charset: string | undefined): boolean {
  return charset === undefined || charset === 'utf-8' || charset === 'utf8'
}
