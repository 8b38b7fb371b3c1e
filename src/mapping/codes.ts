/** What elements take: codes of required bindings, literals of primitive types. */
import { codesOf, type Member } from '../fhir/definitions.js'
import { primitiveCheck } from '../fhir/primitives.js'
import type { CodeMap } from './codemap.js'

/** The codes an element takes, where its binding is required and can be listed. */
export function requiredCodes(member: Member | undefined): ReadonlySet<string> | undefined {
  const binding = member?.element.binding
  return binding?.strength === 'required' ? codesOf(binding.valueSet) : undefined
}

export function list(codes: ReadonlySet<string> | undefined): string {
  const all = [...(codes ?? [])]
  return all.slice(0, 12).join(', ') + (all.length > 12 ? ', …' : '')
}

/** All codes a map can give. */
export function targetsOf(map: CodeMap): string[] {
  return [...new Set([...map.rows.values()].flat(2).flatMap((target) => target.coding?.code ?? []))]
}

/** Whether a text may stand for a primitive as it is. */
export function isLiteral(text: string, type: string, json: 'string' | 'number' | 'boolean'): boolean {
  if (json === 'boolean') return true
  if (json === 'number') return /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/.test(text) && primitiveCheck(type)(Number(text)) === undefined
  return primitiveCheck(type)(text) === undefined
}
