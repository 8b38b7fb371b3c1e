/** Code systems that are a grammar, not a list: their codes can be checked, never enumerated. */
import { createRequire } from 'node:module'

export interface Grammar {
  readonly name: string
  /** A display for a code of the system, undefined for what is no code of it. */
  display(code: string): string | undefined
}

interface UnitParser {
  validateUnitString(unit: string): {
    readonly status: string
    readonly ucumCode: string | null
    readonly unit?: { readonly name?: string }
  }
}

export const UCUM = 'http://unitsofmeasure.org'

let units: UnitParser | undefined
let languages: Intl.DisplayNames | undefined
let regions: Intl.DisplayNames | undefined

/** Unified Code for Units of Measure. The library forgives some slips and then names the code it took: only what it takes as it stands is a code. */
function unitDisplay(code: string): string | undefined {
  if (code === '' || code.length > 200) return undefined
  units ??= (
    createRequire(import.meta.url)('@lhncbc/ucum-lhc') as { UcumLhcUtils: { getInstance(): UnitParser } }
  ).UcumLhcUtils.getInstance()
  const { status, ucumCode, unit } = units.validateUnitString(code)
  return status === 'valid' && ucumCode === code ? (unit?.name ?? code) : undefined
}

/** BCP 47: well-formed, and with a language and region that are registered. */
function languageDisplay(code: string): string | undefined {
  if (!/^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$/.test(code)) return undefined
  languages ??= new Intl.DisplayNames('en', { type: 'language', fallback: 'none' })
  regions ??= new Intl.DisplayNames('en', { type: 'region', fallback: 'none' })
  try {
    const { language, region } = new Intl.Locale(code)
    const display = languages.of(language)
    if (display === undefined || (region !== undefined && regions.of(region) === undefined)) return undefined
    return languages.of(code) ?? display
  } catch {
    return undefined
  }
}

/** BCP 13: type "/" subtype, with parameters. */
const MIME = /^[A-Za-z0-9][\w!#$&^.+-]{0,126}\/[A-Za-z0-9][\w!#$&^.+-]{0,126}(\s*;\s*[\w!#$&^.+-]+=([\w!#$&^.+-]+|"[^"]*"))*$/
const URI = /^[A-Za-z][A-Za-z0-9+.-]*:\S+$/

const GRAMMARS: Readonly<Record<string, Grammar>> = {
  [UCUM]: { name: 'Unified Code for Units of Measure (UCUM)', display: unitDisplay },
  'urn:ietf:bcp:47': { name: 'Tags for Identifying Languages (BCP 47)', display: languageDisplay },
  'urn:ietf:bcp:13': { name: 'Media types (BCP 13)', display: (code) => (MIME.test(code) ? code : undefined) },
  'urn:ietf:rfc:3986': { name: 'Uniform Resource Identifiers (RFC 3986)', display: (code) => (URI.test(code) ? code : undefined) }
}

export function grammar(system: string): Grammar | undefined {
  return Object.hasOwn(GRAMMARS, system) ? GRAMMARS[system] : undefined
}
