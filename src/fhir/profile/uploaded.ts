/** StructureDefinitions that were not shipped with the program, brought into the form of those that were. */
import { typeDefinition } from '../definitions.js'
import type { ElementRow, Structure } from './structures.js'
import { isObject, type Members } from './values.js'

/** The parts of a StructureDefinition that are read; anybody may have written it. */
interface Definition {
  readonly type?: unknown
  readonly version?: unknown
  readonly derivation?: unknown
  readonly baseDefinition?: unknown
  readonly snapshot?: { readonly element?: unknown }
  readonly differential?: { readonly element?: unknown }
  readonly context?: Structure['context']
  readonly contextInvariant?: Structure['contextInvariant']
}

/** An element as it is written: the id may be missing. */
type Row = Omit<ElementRow, 'id'> & { readonly id?: string; readonly path: string }

const R4_TYPE = 'http://hl7.org/fhir/StructureDefinition/'

/**
 * A profile or extension definition with all its elements. Without a snapshot, its differential is laid over the elements of its base (R4
 * profiling.html#snapshot); what neither says is said by the type. find: gives the base. A definition that cannot be used comes back with its `fault`.
 */
export function uploadedStructure(url: string, definition: Definition, find: (canonical: string) => Structure | undefined): Structure {
  const { type, version, derivation, baseDefinition, snapshot, differential, context, contextInvariant } = definition
  const name = typeof type === 'string' ? type : ''
  const own = { url, type: name, ...(typeof version === 'string' ? { version } : {}) }
  const unusable = (fault: string): Structure => ({ ...own, fault, snapshot: { element: [] } })
  const known = typeDefinition(name)
  if (known === undefined || known.kind === 'backbone') return unusable(`"${name.slice(0, 60)}" is no type of FHIR R4`)
  if (derivation !== 'constraint') return unusable('it is no profile: derivation is not "constraint"')
  const more = {
    ...(Array.isArray(context) ? { context: context.filter(isContext) } : {}),
    ...(Array.isArray(contextInvariant) ? { contextInvariant: contextInvariant.filter((one) => typeof one === 'string') } : {})
  }
  try {
    if (Array.isArray(snapshot?.element) && snapshot.element.length > 0) {
      return { ...own, ...more, snapshot: { element: withIds(snapshot.element, name) } }
    }
    if (!Array.isArray(differential?.element)) return unusable('it has neither snapshot nor differential')
    const base = baseElements(baseDefinition, name, find)
    return { ...own, ...more, snapshot: { element: overlay(name, base, withIds(differential.element, name)) } }
  } catch (error) {
    return unusable(error instanceof Error ? error.message : String(error))
  }
}

/** Throws Error when the base is not known or not of the type. */
function baseElements(canonical: unknown, type: string, find: (canonical: string) => Structure | undefined): readonly ElementRow[] {
  if (typeof canonical !== 'string') throw new Error('baseDefinition is missing')
  const core = canonical.startsWith(R4_TYPE) ? canonical.slice(R4_TYPE.length).replace(/\|4\.0(\.\d+)?$/, '') : ''
  if (typeDefinition(core) !== undefined) {
    if (core !== type) throw new Error(`its base is not ${type}`)
    return []
  }
  const base = find(canonical)
  if (base === undefined) throw new Error(`its base ${canonical} is not known here`)
  if (base.fault !== undefined) throw new Error(`its base ${canonical} cannot be used: ${base.fault}`)
  if (base.type !== type) throw new Error(`its base is a profile on ${base.type}`)
  return base.snapshot.element
}

/** Base and differential as one list: elements of the same id are one, and every element stands behind those it belongs to. */
function overlay(type: string, base: readonly ElementRow[], differential: readonly ElementRow[]): ElementRow[] {
  const rows = new Map<string, ElementRow>([[type, { id: type }]])
  for (const row of [...base, ...differential]) {
    for (const ancestor of ancestorsOf(row.id)) if (!rows.has(ancestor)) rows.set(ancestor, { id: ancestor })
    const below = rows.get(row.id)
    // Constraints add up; everything else is replaced.
    const constraint = [...(below?.constraint ?? []), ...(row.constraint ?? [])]
    rows.set(row.id, { ...below, ...row, ...(constraint.length === 0 ? {} : { constraint }) })
  }
  return [...rows.values()]
}

/** `A.b:c.d` -> A, A.b, A.b:c */
function ancestorsOf(id: string): string[] {
  return [...id.matchAll(/[.:]/g)].map(({ index }) => id.slice(0, index))
}

/** Throws Error for what is no list of elements of the type. */
function withIds(elements: readonly unknown[], type: string): ElementRow[] {
  // Path -> id of the element or slice that what follows belongs to.
  const ids = new Map<string, string>()
  return elements.map((element) => {
    if (!isRow(element)) throw new Error('an element without path')
    const { path, sliceName, id } = element
    if (path !== type && !path.startsWith(`${type}.`)) throw new Error(`the element ${path} does not belong to ${type}`)
    const dot = path.lastIndexOf('.')
    const parent = dot === -1 ? undefined : (ids.get(path.slice(0, dot)) ?? path.slice(0, dot))
    const own = id ?? idOf(parent, path.slice(dot + 1), sliceName)
    ids.set(path, own)
    return { ...element, id: own }
  })
}

function idOf(parent: string | undefined, name: string, sliceName: string | undefined): string {
  return `${parent === undefined ? '' : `${parent}.`}${name}${sliceName === undefined ? '' : `:${sliceName}`}`
}

function isRow(value: unknown): value is Row {
  if (!isObject(value)) return false
  const { path, id, sliceName, type, constraint, slicing, binding } = value
  return (
    typeof path === 'string' &&
    (id === undefined || typeof id === 'string') &&
    (sliceName === undefined || typeof sliceName === 'string') &&
    (type === undefined || (Array.isArray(type) && type.every((one) => isObject(one) && typeof one['code'] === 'string'))) &&
    (constraint === undefined || (Array.isArray(constraint) && constraint.every(isObject))) &&
    (slicing === undefined || isObject(slicing)) &&
    (binding === undefined || isObject(binding))
  )
}

function isContext(value: unknown): value is NonNullable<Structure['context']>[number] {
  return isObject(value) && typeof (value as Members)['type'] === 'string' && typeof (value as Members)['expression'] === 'string'
}
