/** Every literal relative reference in a resource (R4 references.html#literal), wherever it stands: in extensions, on primitives, in contained resources. */
import { isResourceType, typeDefinition } from './definitions.js'
import { parseReference } from './references.js'

/**
 * Where a reference stands. path() makes its FHIRPath: `Observation.performer[0]`, `Patient.contained[1].managingOrganization`.
 */
export interface Place {
  path(): string
}

type Visit = (type: string, id: string, place: Place) => void

/** Members of a type by JSON name, those that hold objects only: their FHIRPath step and type. `_birthDate` holds id and extensions of birthDate. */
type Members = ReadonlyMap<string, { readonly step: string; readonly type: string }>

const known = new Map<string, Members>()

/**
 * Gives the type and id of each reference of the form `Type/id` or `Type/id/_history/version`, in the order they stand there; duplicates are possible.
 * Resources inside a Bundle or Parameters are left out: what they refer to is found by the rules of their container (R4 bundle.html#references).
 * Never throws on odd content.
 */
export function eachReference(resource: { readonly resourceType: string }, visit: Visit): void {
  if (isResourceType(resource.resourceType)) new Walk(resource.resourceType, visit).object(resource, resource.resourceType)
}

function membersOf(type: string): Members {
  const made = new Map<string, { step: string; type: string }>()
  for (const [name, { element, type: inner }] of typeDefinition(type)?.members ?? []) {
    const step = element.name.replace('[x]', '')
    if (typeDefinition(inner)?.kind === 'primitive') made.set(`_${name}`, { step, type: 'Element' })
    else made.set(name, { step, type: inner })
  }
  known.set(type, made)
  return made
}

class Walk implements Place {
  readonly #root: string
  readonly #visit: Visit
  /** Names and indexes from the root to here. */
  readonly #trail: Array<string | number> = []

  constructor(root: string, visit: Visit) {
    this.#root = root
    this.#visit = visit
  }

  path(): string {
    return this.#root + this.#trail.map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`)).join('')
  }

  object(value: object, type: string): void {
    const members = known.get(type) ?? membersOf(type)
    for (const name in value) {
      const child = (value as Record<string, unknown>)[name]
      if (typeof child !== 'object' || child === null) continue
      const member = members.get(name)
      if (member === undefined) continue
      this.#trail.push(member.step)
      this.#member(child, member.type)
      this.#trail.pop()
    }
  }

  #member(value: object, type: string): void {
    if (!Array.isArray(value)) {
      this.#item(value, type)
      return
    }
    for (let index = 0; index < value.length; index++) {
      const item: unknown = value[index]
      if (typeof item !== 'object' || item === null) continue
      this.#trail.push(index)
      this.#item(item, type)
      this.#trail.pop()
    }
  }

  #item(value: object, type: string): void {
    if (type === 'Resource') {
      if (this.#trail[0] === 'contained') this.object(value, String((value as { resourceType?: unknown }).resourceType))
      return
    }
    if (type === 'Reference') {
      const { reference } = value as { reference?: unknown }
      const literal = typeof reference === 'string' ? parseReference(reference) : undefined
      if (literal?.kind === 'relative') this.#visit(literal.type, literal.id, this)
    }
    this.object(value, type)
  }
}
