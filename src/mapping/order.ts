/** The order in which the specification lists the members of a type: resources are written that way. */
import { typeDefinition } from '../fhir/definitions.js'

/** Member names in specification order; `_name` follows `name`. */
export function inOrder(type: string, names: readonly string[]): string[] {
  const known = [...(typeDefinition(type)?.members.keys() ?? [])]
  const place = (name: string): number => {
    const plain = name.startsWith('_') ? name.slice(1) : name
    const index = plain.endsWith('[x]') ? known.findIndex((one) => one.startsWith(plain.slice(0, -3))) : known.indexOf(plain)
    return (index < 0 ? known.length : index) * 2 + (name.startsWith('_') ? 1 : 0)
  }
  return [...names].sort((a, b) => place(a) - place(b))
}
