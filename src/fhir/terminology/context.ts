/** The value set of a context: `[StructureDefinition URL]#[path]` (R4 valueset-operation-expand.html, parameter context). */
import { typeDefinition } from '../definitions.js'

const R4 = 'http://hl7.org/fhir/StructureDefinition/'

export interface ElementRow {
  readonly id?: string
  readonly path?: string
  readonly binding?: { readonly valueSet?: string }
}

export interface StructureResource {
  readonly type?: string
  readonly snapshot?: { readonly element?: readonly ElementRow[] }
  readonly differential?: { readonly element?: readonly ElementRow[] }
}

/** Undefined when the text is no such context. */
export function parseContext(context: string): { readonly url: string; readonly path: string } | undefined {
  const [, url, path] = /^([^#]+)#([^#]+)$/.exec(context) ?? []
  return url === undefined || path === undefined ? undefined : { url, path }
}

/**
 * Canonical of the value set that an element is bound to; undefined when there is none. structure: the StructureDefinition with the URL, where it is
 * not one of R4 itself. path: id or path of the element, with or without the type in front.
 */
export function boundValueSet(url: string, path: string, structure: StructureResource | undefined): string | undefined {
  const type = structure?.type ?? (url.startsWith(R4) ? url.slice(R4.length) : '')
  const whole = path === type || path.startsWith(`${type}.`) || path.startsWith(`${type}:`) ? path : `${type}.${path}`
  const rows = [...(structure?.snapshot?.element ?? []), ...(structure?.differential?.element ?? [])]
  const said = rows.find((row) => (row.id === whole || row.path === whole) && row.binding?.valueSet !== undefined)
  return (
    said?.binding?.valueSet ??
    ofType(
      type,
      whole
        .slice(type.length + 1)
        .replace(/:[^.]*/g, '')
        .split('.')
    )
  )
}

/** What the type says, also inside data types: Patient.contact.telecom.system. */
function ofType(type: string, [name, ...rest]: readonly string[]): string | undefined {
  const definition = typeDefinition(type)
  const element = definition?.members.get(name ?? '')?.element ?? definition?.elements.find((one) => one.name === name)
  if (element === undefined) return undefined
  return rest.length === 0 ? element.binding?.valueSet : ofType(definition?.members.get(name ?? '')?.type ?? element.types[0] ?? '', rest)
}
