/**
 * Rules that R4 gives in its text and not as invariants, by the type they are about. Each names the page it comes from.
 */
import { isResourceType } from '../definitions.js'
import { MAX_DEPTH } from '../json.js'
import { parseReference } from '../references.js'
import type { Scope } from './invariants.js'
import type { Severity, Trace } from './issues.js'
import { resolve } from './resolve.js'
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
  // datatypes.html#Attachment: size is the number of bytes of the data before base64.
  Attachment({ data, size }, trace) {
    if (typeof data !== 'string' || typeof size !== 'number') return
    const length = Math.floor((data.replace(/[\s=]/g, '').length * 3) / 4)
    if (length !== size) trace.report('size', 'value', `is ${size}, but the data has ${length} bytes`, { child: 'size' })
  },
  // resource.html#Resource, language: a tag of BCP 47 (no code may be outside of all-languages). Whether it is registered is not looked at.
  Resource({ language }, trace) {
    if (typeof language === 'string' && language !== '' && !/^[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*$/.test(language))
      trace.report('binding', 'code-invalid', `"${language.slice(0, 60)}" is no language tag`, { child: 'language' })
  },
  // documents.html#content: what the Composition refers to directly is in the Bundle.
  Composition(composition, trace, { resource, bundle }) {
    if (!isObject(bundle) || bundle['type'] !== 'document' || composition !== resource || !isFirst(composition, bundle)) return
    for (const [path, reference] of documentReferences(composition)) {
      if (typeof reference === 'string' && !reference.startsWith('#') && !isInBundle(reference, bundle))
        trace.report('document', 'not-found', `${reference.slice(0, 60)} is not in the document`, { child: path })
    }
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

/** The elements of a Composition whose targets R4 asks for, by their paths. */
function documentReferences({
  subject,
  encounter,
  author,
  attester,
  custodian,
  event,
  section
}: Members): Array<[path: string, reference: unknown]> {
  const list = (value: unknown) => (Array.isArray(value) ? value.filter(isObject) : [])
  const at = (path: string, value: unknown): Array<[string, unknown]> => [[path, isObject(value) ? value['reference'] : undefined]]
  const all = (path: string, value: unknown) => list(value).flatMap((one, i) => at(`${path}[${i}]`, one))
  const ofSections = (path: string, sections: unknown, depth: number): Array<[string, unknown]> =>
    list(sections).flatMap((one, i) => {
      const own = `${path}[${i}]`
      const inner = depth === 0 ? [] : ofSections(`${own}.section`, one['section'], depth - 1)
      return [...all(`${own}.author`, one['author']), ...at(`${own}.focus`, one['focus']), ...all(`${own}.entry`, one['entry']), ...inner]
    })
  return [
    ...at('subject', subject),
    ...at('encounter', encounter),
    ...all('author', author),
    ...list(attester).flatMap(({ party }, i) => at(`attester[${i}].party`, party)),
    ...at('custodian', custodian),
    ...list(event).flatMap(({ detail }, i) => all(`event[${i}].detail`, detail)),
    ...ofSections('section', section, MAX_DEPTH)
  ]
}

function isFirst(resource: Members, { entry }: Members): boolean {
  return Array.isArray(entry) && isObject(entry[0]) && entry[0]['resource'] === resource
}

/** Also by type and id where the fullUrl is a URN: strictly such a reference leads nowhere, but it is clear what is meant. */
function isInBundle(reference: string, bundle: Members): boolean {
  if (resolve(reference, { resource: bundle, root: bundle, bundle }) !== undefined) return true
  const literal = parseReference(reference)
  if (literal?.kind !== 'relative' || !Array.isArray(bundle['entry'])) return false
  const resources = bundle['entry'].filter(isObject).map(({ resource }) => resource)
  return resources.some((one) => isObject(one) && one['resourceType'] === literal.type && one['id'] === literal.id)
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
