/** Elements as they stand in JSON: members, the halves of primitives, choices; and how values are compared with what a profile fixes. */
import { typeDefinition } from '../definitions.js'

export type Members = Readonly<Record<string, unknown>>

/** One value of an element. */
export interface Item {
  /** undefined when a primitive is given by its extensions alone. */
  readonly value: unknown
  /** The half with the underscore: `_birthDate`. */
  readonly half: unknown
  /** Type name, backbone path, or undefined where the definitions do not say (nested resources). */
  readonly type: string | undefined
  /** Place in the list, -1 for an element that is no list. */
  readonly index: number
}

export function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** False for what a broken resource may have instead of leaving a member out. */
export function isThere(value: unknown): boolean {
  return value !== undefined && value !== null && !(Array.isArray(value) && value.length === 0)
}

/** JSON member names an element may have, each with that of its half and the type it stands for. */
export type MemberNames = ReadonlyArray<{ readonly whole: string; readonly half: string; readonly type: string | undefined }>

/** The member names of an element in one of the parent's types: `value[x]` -> valueQuantity, valueString ...; else the name itself. */
export function memberNames(parentTypes: readonly string[], name: string): MemberNames {
  for (const parent of parentTypes) {
    const members = [...(typeDefinition(parent)?.members ?? [])].filter(([, { element }]) => element.name === name)
    if (members.length > 0) return members.map(([member, { type }]) => ({ whole: member, half: `_${member}`, type }))
  }
  return [{ whole: name, half: `_${name}`, type: undefined }]
}

/** Every value of an element in its parent. */
export function itemsOf(parent: Members, names: MemberNames): Item[] {
  const found: Item[] = []
  for (const { whole, half: halfName, type } of names) {
    const value = parent[whole]
    const half = parent[halfName]
    if (value === undefined && half === undefined) continue
    if (!Array.isArray(value) && !Array.isArray(half)) {
      if (value !== null || isObject(half)) found.push({ value: value ?? undefined, half, type, index: -1 })
      continue
    }
    const values: readonly unknown[] = Array.isArray(value) ? value : []
    const halves: readonly unknown[] = Array.isArray(half) ? half : []
    for (let i = 0; i < Math.max(values.length, halves.length); i++) {
      found.push({ value: values[i] ?? undefined, half: halves[i] ?? undefined, type, index: i })
    }
  }
  return found
}

/** Whether two JSON values are the same; the order of members does not count (ElementDefinition.fixed[x]). */
export function equals(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((item, i) => equals(item, b[i]))
  if (!isObject(a) || !isObject(b)) return false
  const names = Object.keys(a)
  return names.length === Object.keys(b).length && names.every((name) => Object.hasOwn(b, name) && equals(a[name], b[name]))
}

/** Whether a value has all that a pattern has; each item of a list of the pattern is met by some item (ElementDefinition.pattern[x]). */
export function meets(value: unknown, pattern: unknown): boolean {
  if (Array.isArray(pattern)) {
    return Array.isArray(value) && pattern.every((wanted) => value.some((item) => meets(item, wanted)))
  }
  if (!isObject(pattern)) return value === pattern
  return isObject(value) && Object.entries(pattern).every(([name, wanted]) => Object.hasOwn(value, name) && meets(value[name], wanted))
}
