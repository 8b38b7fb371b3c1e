/** References that can be followed without leaving what is being validated: to contained resources, and from entry to entry of a Bundle. */
import { parseReference } from '../references.js'
import type { Scope } from './invariants.js'
import { isObject, type Members } from './values.js'

/** The resource that a Reference points to; undefined when it is not in the resource or the Bundle around it. */
export function resolve(reference: unknown, { root, bundle }: Scope): Members | undefined {
  const text = isObject(reference) ? reference['reference'] : reference
  if (typeof text !== 'string') return undefined
  if (text === '#') return isObject(root) ? root : undefined
  if (text.startsWith('#')) return list(root, 'contained').find((one) => one['id'] === text.slice(1))
  const literal = parseReference(text)
  const relative = literal?.kind === 'relative' ? `/${literal.type}/${literal.id}` : undefined
  const entry = list(bundle, 'entry').find(
    ({ fullUrl }) => fullUrl === text || (relative !== undefined && String(fullUrl).endsWith(relative))
  )
  return isObject(entry?.['resource']) ? entry['resource'] : undefined
}

/** The type of resource that a Reference points to, as far as it says so or can be followed. */
export function targetType(reference: unknown, scope: Scope): string | undefined {
  if (!isObject(reference)) return undefined
  const resolved = resolve(reference, scope)
  if (typeof resolved?.['resourceType'] === 'string') return resolved['resourceType']
  const literal = typeof reference['reference'] === 'string' ? parseReference(reference['reference']) : undefined
  if (literal?.kind === 'relative') return literal.type
  if (literal?.kind === 'absolute' && literal.target !== undefined) return literal.target.type
  return typeof reference['type'] === 'string' && literal === undefined ? reference['type'].split('/').pop() : undefined
}

function list(owner: unknown, member: string): readonly Members[] {
  const value = isObject(owner) ? owner[member] : undefined
  return Array.isArray(value) ? value.filter(isObject) : []
}
