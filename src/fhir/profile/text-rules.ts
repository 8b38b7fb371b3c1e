/**
 * Rules that R4 gives in its text and not as invariants, by the type they are about. Each names the page it comes from.
 */
import { isResourceType } from '../definitions.js'
import { parseReference } from '../references.js'
import type { Scope } from './invariants.js'
import type { Severity, Trace } from './issues.js'
import { inCodeSystem } from './structures.js'
import { isObject, type Members } from './values.js'

export type TextRule = (object: Members, trace: Trace, scope: Scope) => void

const ABSOLUTE = /^[A-Za-z][A-Za-z0-9+.-]*:/
const RFC_3986 = 'urn:ietf:rfc:3986'
/** Types of Bundle whose entries stand for resources under their identity. */
const IDENTIFIED = new Set(['document', 'message', 'searchset', 'collection'])

const RULES: Readonly<Record<string, TextRule>> = {
  // references.html#literal: relative to the service base it is [type]/[id]. references.html#Reference: type, if given, is that of the target.
  Reference({ reference, type }, trace) {
    if (typeof reference !== 'string' || reference.startsWith('#')) return
    const literal = parseReference(reference)
    const target = literal?.kind === 'relative' ? literal.type : literal?.kind === 'absolute' ? literal.target?.type : undefined
    if (!ABSOLUTE.test(reference) && !reference.includes('?') && literal?.kind !== 'relative') {
      trace.report('reference', 'value', `"${reference.slice(0, 60)}" is no reference: [type]/[id] or an absolute URL`, {
        child: 'reference'
      })
    }
    if (typeof type === 'string' && target !== undefined && isResourceType(type) && type !== target) {
      trace.report('reference', 'value', `is ${type.slice(0, 60)}, but the reference leads to ${target}`, { child: 'type' })
    }
  },
  // datatypes.html#Coding: system identifies the code system, so it is absolute; code is one that the system has.
  Coding({ system, version, code }, trace) {
    if (typeof system !== 'string' || system === '') return
    if (!ABSOLUTE.test(system)) trace.report('system', 'value', `"${system.slice(0, 60)}" is no absolute URI`, { child: 'system' })
    else if (version === undefined) checkCode(system, code, 'error', trace)
  },
  // datatypes.html#Quantity: code is one that the system has. Units are written in so many ways, in the examples of R4 too, that others are told of only.
  Quantity({ system, code }, trace) {
    if (typeof system === 'string') checkCode(system, code, 'warning', trace)
  },
  // datatypes.html#Identifier: under urn:ietf:rfc:3986 the value is a full URI.
  Identifier({ system, value }, trace) {
    if (system === RFC_3986 && typeof value === 'string' && !ABSOLUTE.test(value))
      trace.report('identifier', 'value', `must be a full URI, as the system ${RFC_3986} says`, { child: 'value' })
  },
  // references.html#contained: contained resources have ids that are unique in the resource.
  DomainResource({ contained }, trace) {
    if (!Array.isArray(contained)) return
    const ids = new Set<unknown>()
    for (const [i, one] of contained.entries()) {
      const id = isObject(one) ? one['id'] : undefined
      const reason = typeof id !== 'string' ? 'is required in a contained resource' : 'is the id of another contained resource, too'
      if (isObject(one) && (typeof id !== 'string' || ids.has(id)))
        trace.at('contained', i, () => trace.report('contained-id', 'required', reason, { child: 'id' }))
      ids.add(id)
    }
  },
  // bundle.html#Bundle.entry.fullUrl, bundle.html#bundle-unique
  Bundle({ type, entry }, trace) {
    if (!Array.isArray(entry)) return
    for (const [i, one] of entry.entries()) {
      if (!isObject(one)) continue
      const { fullUrl, resource, search } = one
      // What a search says about itself stands for no resource.
      const isOutcome = isObject(search) && search['mode'] === 'outcome'
      const fault = fullUrlFault(fullUrl, resource, IDENTIFIED.has(type as string) && !isOutcome)
      if (fault !== undefined) trace.at('entry', i, () => trace.report('full-url', 'value', fault, { child: 'fullUrl' }))
    }
  }
}

function checkCode(system: string, code: unknown, severity: Severity, trace: Trace): void {
  if (typeof code === 'string' && inCodeSystem(system, code) === false)
    trace.report('code-unknown', 'code-invalid', `"${code.slice(0, 60)}" is no code of ${system}`, { severity, child: 'code' })
}

/** The rules about a type: those of the types it is made from count, too. */
export function textRulesOf(types: readonly string[]): TextRule[] {
  return types.flatMap((type) => (Object.hasOwn(RULES, type) ? [RULES[type] as TextRule] : []))
}

function fullUrlFault(fullUrl: unknown, resource: unknown, identified: boolean): string | undefined {
  if (fullUrl === undefined) return identified && resource !== undefined ? 'is required in a Bundle of this type' : undefined
  if (typeof fullUrl !== 'string' || !isObject(resource)) return undefined
  if (!ABSOLUTE.test(fullUrl)) return 'must be an absolute URI'
  const literal = parseReference(fullUrl)
  const target = literal?.kind === 'absolute' ? literal.target : undefined
  const { id, resourceType } = resource
  if (target === undefined || !/^https?:/.test(fullUrl) || resourceType !== target.type || typeof id !== 'string') return undefined
  return id === target.id ? undefined : `does not agree with the id of the resource, ${id.slice(0, 64)}`
}
