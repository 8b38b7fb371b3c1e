/** Extensions against their definitions: where they may stand, how often, and what they hold (R4 defining-extensions.html#context). */
import type { Visitor } from './base.js'
import { compileTest, type Scope, selects } from './invariants.js'
import type { Trace } from './issues.js'
import { OURS, R4, structureOf } from './structures.js'
import { isObject, type Members } from './values.js'

/** The element that has extensions. */
export interface Owner {
  /** What a context may call it: its place in its type, its type and those that type is made from. */
  readonly types: readonly string[]
  /** Its place in the resource: `Patient.name.family`. */
  readonly path: string
  readonly value: Members
}

const ABSOLUTE = /^[A-Za-z][A-Za-z0-9+.-]*:/

/** Checks the extensions of one list. */
export function checkExtensions(list: readonly unknown[], step: string, owner: Owner, visitor: Visitor, trace: Trace, scope: Scope): void {
  const counts = new Map<string, number>()
  const inside = owner.types.includes('Extension')
  for (const [i, extension] of list.entries()) {
    const url = isObject(extension) ? extension['url'] : undefined
    if (!isObject(extension) || typeof url !== 'string') continue
    trace.at(step, i, () => {
      if (ABSOLUTE.test(url)) checkExtension(extension, url, step === 'modifierExtension', owner, visitor, trace, scope)
      else if (!inside) trace.report('extension-url', 'extension', `"${url.slice(0, 60)}" is no absolute URL`)
      const max = visitor.plan(url)?.max ?? Number.POSITIVE_INFINITY
      const count = (counts.get(url) ?? 0) + 1
      counts.set(url, count)
      if (count === max + 1) trace.report('extension-max', 'extension', `${url} may be given ${max === 1 ? 'once' : `${max} times`} only`)
    })
  }
}

function checkExtension(
  extension: Members,
  url: string,
  isModifier: boolean,
  owner: Owner,
  visitor: Visitor,
  trace: Trace,
  scope: Scope
): void {
  const plan = visitor.plan(url)
  if (plan === undefined) {
    if (isModifier) {
      const text = `${url} is not known here, so that what it changes in the meaning of ${owner.path} is not either`
      trace.report('extension-modifier', 'extension', text, { severity: 'warning' })
    }
    // Extensions of others may be anything; these two we would know.
    if (url.startsWith(`${R4}StructureDefinition/`) || url.startsWith(OURS)) {
      trace.report('extension-unknown', 'extension', `the extension ${url} is not defined`)
    }
    return
  }
  if (plan.type !== 'Extension') {
    trace.report('extension-unknown', 'extension', `${url} is a profile on ${plan.type}, not an extension`)
    return
  }
  const { mustModify, parts } = factsOf(url)
  if (mustModify !== isModifier) {
    const text = isModifier ? 'changes no meaning: it is no modifierExtension' : 'changes the meaning: it must be a modifierExtension'
    trace.report('extension-modifier', 'extension', `the extension ${url} ${text}`)
  }
  checkParts(extension, url, parts, trace)
  if (!isAllowed(url, owner, scope)) trace.report('extension-context', 'extension', `the extension ${url} is not allowed on ${owner.path}`)
  checkInvariants(url, extension, owner, trace, scope)
  const outer = trace.profile
  trace.profile = url
  plan.check(extension, trace, scope)
  trace.profile = outer
}

/** What the snapshot of an extension says of it: whether it changes meanings, and the urls of its parts. */
function factsOf(url: string): { readonly mustModify: boolean; readonly parts: ReadonlySet<unknown> } {
  const rows = structureOf(url)?.snapshot.element ?? []
  const parts = rows.filter(({ id }) => /^Extension\.extension:[^.]+\.url$/.test(id)).map((row) => (row as { fixedUri?: unknown }).fixedUri)
  return { mustModify: rows[0]?.isModifier === true, parts: new Set(parts) }
}

/** Parts have urls that mean something in their extension only: others than it defines mean nothing. */
function checkParts(extension: Members, url: string, parts: ReadonlySet<unknown>, trace: Trace): void {
  const list = extension['extension']
  if (!Array.isArray(list) || parts.size === 0) return
  for (const [i, part] of list.entries()) {
    const own = isObject(part) ? part['url'] : undefined
    if (typeof own === 'string' && !ABSOLUTE.test(own) && !parts.has(own))
      trace.at('extension', i, () => trace.report('extension-unknown', 'extension', `${url} has no part "${own.slice(0, 60)}"`))
  }
}

/** Where R4 itself puts extensions that it defines for other places. */
const CORRECTED: Readonly<Record<string, readonly string[]>> = {
  [`${R4}StructureDefinition/structuredefinition-fhir-type`]: ['ElementDefinition.type'],
  [`${R4}StructureDefinition/regex`]: ['ElementDefinition.type'],
  [`${R4}StructureDefinition/structuredefinition-normative-version`]: ['CodeSystem', 'ValueSet', 'OperationDefinition', 'ElementDefinition']
}

function isAllowed(url: string, { types, path, value }: Owner, scope: Scope): boolean {
  const contexts = structureOf(url)?.context ?? []
  if (CORRECTED[url]?.some((place) => types.includes(place)) === true) return true
  return (
    contexts.length === 0 ||
    contexts.some(({ type, expression }) => {
      if (type === 'fhirpath') return selects(expression, value, scope) !== false
      if (type === 'extension') return value['url'] === expression
      const name = expression.replace('[x]', '')
      return name === 'Element' || name === path || types.includes(name)
    })
  )
}

function checkInvariants(url: string, extension: Members, { types, value }: Owner, trace: Trace, scope: Scope): void {
  for (const expression of structureOf(url)?.contextInvariant ?? []) {
    const test = compileTest(expression, types[1] ?? types[0] ?? '')
    if (test(value, { ...scope, extension }) === false) {
      trace.report('extension-context', 'extension', `the extension ${url} is allowed only where ${expression}`)
    }
  }
}
