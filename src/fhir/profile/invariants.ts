/**
 * Constraints as functions, each compiled once: existence.ts where it can, by hand where one is asked for every element of every resource (a test holds these
 * against FHIRPath on all official examples), else by the library `fhirpath`, which is loaded when the first such constraint is met.
 */
import { createRequire } from 'node:module'
import type { Model } from 'fhirpath'
import { typeDefinition } from '../definitions.js'
import { MAX_DEPTH } from '../json.js'
import { existenceTest } from './existence.js'
import { hasContent, narrativeFault } from './narrative.js'
import { targetType } from './resolve.js'
import type { Constraint } from './structures.js'
import { isObject, isThere, type Members } from './values.js'

/** What an expression can see beside the element it is about. */
export interface Scope {
  /** The resource the element is in: %resource. */
  readonly resource: unknown
  /** The resource that contains it, or it again: %rootResource. */
  readonly root: unknown
  /** The Bundle it is an entry of. */
  readonly bundle?: unknown
  /** The extension that an invariant of its context is about: %extension. */
  readonly extension?: unknown
}

/**
 * False: violated. True: met, or the expression gives nothing (R4 does not say what that means; `ref-1` of a reference without a literal reference shows that
 * it cannot be a fault). Undefined: it cannot be told, for instance as the expression asks for other resources.
 */
export type Test = (value: unknown, scope: Scope) => boolean | undefined

export interface Invariant {
  readonly key: string
  readonly severity: 'error' | 'warning'
  readonly human: string
  readonly test: Test
}

const compiled = new Map<string, Test>()

/**
 * base: what the expression starts at, as the R4 model names it: a type (`Period`), a backbone path (`Observation.component`) or the path of a primitive
 * (`Observation.effectiveDateTime`). Undefined for a constraint without expression.
 */
export function compileInvariant({ key, severity, human, expression }: Constraint, base: string): Invariant | undefined {
  if (expression === undefined) return undefined
  const narrative = expression === 'htmlChecks()' ? NARRATIVE[key] : undefined
  if (narrative !== undefined) return { key, severity, human, test: (value) => typeof value !== 'string' || narrative(value) }
  return { key, severity, human, test: compileTest(expression, base) }
}

/** Both have the same expression, which says nothing. */
const NARRATIVE: Readonly<Record<string, (div: string) => boolean>> = {
  'txt-1': (div) => narrativeFault(div) === undefined,
  'txt-2': hasContent
}

/** The same for the bare expression. */
export function compileTest(expression: string, base: string): Test {
  const name = `${base} ${expression}`
  let test = compiled.get(name)
  if (test === undefined) {
    const meant = CORRECTED[expression] ?? expression
    test = nativeTest(meant, base) ?? fhirpathTest(meant, base)
    compiled.set(name, test)
  }
  return test
}

/** Expressions of R4 that do not say what the text beside them says, and what they mean. */
export const CORRECTED: Readonly<Record<string, string>> = {
  // con-3 compares a CodeableConcept with a string, which is never equal: any category would ask for a clinicalStatus.
  "clinicalStatus.exists() or verificationStatus.coding.where(system='http://terminology.hl7.org/CodeSystem/condition-ver-status' and code = 'entered-in-error').exists() or category.select($this='problem-list-item').empty()":
    "clinicalStatus.exists() or verificationStatus.coding.where(system='http://terminology.hl7.org/CodeSystem/condition-ver-status' and code = 'entered-in-error').exists() or category.coding.where(system='http://terminology.hl7.org/CodeSystem/condition-category' and code='problem-list-item').empty()",
  // drt-1, ras-1: where the code or system is missing, the comparison gives nothing, which would be no fault.
  'code.exists() implies ((system = %ucum) and value.exists())':
    'code.exists() implies (system.where($this = %ucum).exists() and value.exists())',
  "(low.empty() or ((low.code = '%') and (low.system = %ucum))) and (high.empty() or ((high.code = '%') and (high.system = %ucum)))":
    "(low.empty() or low.where(code = '%' and system = %ucum).exists()) and (high.empty() or high.where(code = '%' and system = %ucum).exists())",
  // dom-3: as() takes one value, descendants() gives many.
  "contained.where((('#'+id in (%resource.descendants().reference | %resource.descendants().as(canonical) | %resource.descendants().as(uri) | %resource.descendants().as(url))) or descendants().where(reference = '#').exists() or descendants().where(as(canonical) = '#').exists() or descendants().where(as(canonical) = '#').exists()).not()).trace('unmatched', id).empty()":
    "contained.where((('#'+id in (%resource.descendants().reference | %resource.descendants().ofType(canonical) | %resource.descendants().ofType(uri) | %resource.descendants().ofType(url))) or descendants().where(reference = '#').exists() or descendants().where(as(canonical) = '#').exists() or descendants().where(as(canonical) = '#').exists()).not()).trace('unmatched', id).empty()",
  // que-7: System.Boolean is not the FHIR type boolean.
  "operator = 'exists' implies (answer is Boolean)": "operator = 'exists' implies (answer is boolean)"
}

/** Without the library, for those expressions that have such a form; undefined for the others. */
export function nativeTest(expression: string, base: string): Test | undefined {
  const hand = NATIVE[expression]
  if (hand !== undefined) {
    let ask: Test | undefined
    return (value, scope) => hand(value, scope) ?? (ask ??= fhirpathTest(expression, base))(value, scope)
  }
  const term = typeDefinition(base)?.kind === 'primitive' ? undefined : existenceTest(expression, base)
  return term && ((value) => (isObject(value) ? term(value) : undefined))
}

// ------------------------------------------------------------------------------------------------------------- fhirpath

type Compile = (
  path: { base: string; expression: string },
  model: Model,
  options: { traceFn: () => void }
) => (value: unknown, environment: Readonly<Record<string, unknown>>) => unknown

const require = createRequire(import.meta.url)
let parse: ((expression: string) => unknown) | undefined
let library: { readonly compile: Compile; readonly model: Model } | undefined

function fhirpathLibrary(): NonNullable<typeof library> {
  library ??= {
    compile: (require('fhirpath') as { compile: Compile }).compile,
    model: require('fhirpath/fhir-context/r4') as Model
  }
  return library
}

/** By the library. An expression that it cannot compile or evaluate gives undefined. */
export function fhirpathTest(expression: string, base: string): Test {
  let evaluate: ReturnType<Compile> | undefined
  return (value, { resource, root, extension }) => {
    try {
      const { compile, model } = fhirpathLibrary()
      evaluate ??= compile({ base, expression }, model, { traceFn: () => {} })
      const result = evaluate(value, { resource, rootResource: root, extension })
      return !(Array.isArray(result) && result.length === 1 && result[0] === false)
    } catch {
      return undefined
    }
  }
}

/** Whether an expression over a resource finds this element of it; undefined when that cannot be told, as of primitive values or what is no FHIRPath. */
export function selects(expression: string, element: Members, { resource, root }: Scope): boolean | undefined {
  try {
    const type = isObject(resource) ? String(resource['resourceType']) : ''
    const found = fhirpathLibrary().compile({ base: type, expression }, fhirpathLibrary().model, { traceFn: () => {} })(resource, {
      resource,
      rootResource: root
    })
    if (!Array.isArray(found)) return undefined
    return found.includes(element) || (found.some((one) => !isObject(one)) ? undefined : false)
  } catch {
    return undefined
  }
}

/** Why an expression is no FHIRPath; undefined when it is, or when there is none. */
export function expressionFault(expression: unknown): string | undefined {
  if (expression === undefined) return undefined
  if (typeof expression !== 'string') return 'the expression is no text'
  try {
    parse ??= (require('fhirpath') as { parse: (expression: string) => unknown }).parse
    parse(CORRECTED[expression] ?? expression)
    return undefined
  } catch {
    return 'the expression is no FHIRPath'
  }
}

// -------------------------------------------------------------------------------------------------------------- by hand

/** By expression, so that a constraint of the same key but with another text is not taken for these. Undefined: the library has to be asked. */
const NATIVE: Readonly<Record<string, Test>> = {
  // ele-1
  'hasValue() or (children().count() > id.count())': (value) => {
    if (!isObject(value)) return undefined
    for (const name in value) if (name !== 'id' && isThere(value[name])) return true
    return false
  },
  // dom-2, dom-3, dom-4, dom-5: nothing to say where nothing is contained.
  'contained.contained.empty()': withoutContained,
  "contained.where((('#'+id in (%resource.descendants().reference | %resource.descendants().ofType(canonical) | %resource.descendants().ofType(uri) | %resource.descendants().ofType(url))) or descendants().where(reference = '#').exists() or descendants().where(as(canonical) = '#').exists() or descendants().where(as(canonical) = '#').exists()).not()).trace('unmatched', id).empty()":
    withoutContained,
  'contained.meta.versionId.empty() and contained.meta.lastUpdated.empty()': withoutContained,
  'contained.meta.security.empty()': withoutContained,
  // dom-6
  'text.`div`.exists()': (value) => {
    if (!isObject(value)) return undefined
    const text = value['text']
    return isObject(text) && (isThere(text['div']) || isThere(text['_div']))
  },
  // ref-1
  "reference.startsWith('#').not() or (reference.substring(1).trace('url') in %rootResource.contained.id.trace('ids'))": (value) => {
    if (!isObject(value)) return undefined
    const { reference } = value
    if (reference === undefined) return true
    return typeof reference === 'string' && !reference.startsWith('#') ? true : undefined
  },
  // ctm-1: the type of the member, which a literal reference shows without being followed.
  'onBehalfOf.exists() implies (member.resolve().iif(empty(), true, ofType(Practitioner).exists()))': (value, scope) => {
    if (!isObject(value)) return undefined
    const type = isThere(value['onBehalfOf']) ? targetType(value['member'], scope) : undefined
    return type === undefined || type === 'Practitioner'
  },
  // rng-2: quantities without a unit have no order in FHIRPath; those of one unit have that of their numbers.
  'low.empty() or high.empty() or (low <= high)': (value) => {
    if (!isObject(value)) return undefined
    const { low, high } = value
    if (!isObject(low) || !isObject(high)) return true
    const [from, to] = [low['value'], high['value']]
    const sameUnit = (['system', 'code', 'unit'] as const).every((name) => low[name] === high[name])
    return sameUnit && typeof from === 'number' && typeof to === 'number' ? from <= to : undefined
  },
  // per-1
  'start.hasValue().not() or end.hasValue().not() or (start <= end)': (value) => {
    if (!isObject(value)) return undefined
    const { start, end } = value
    if (start === undefined || end === undefined) return true
    return typeof start === 'string' && typeof end === 'string' ? notAfter(start, end) : undefined
  },
  // obs-7
  'value.empty() or component.code.where(coding.intersect(%resource.code.coding).exists()).empty()': (value) =>
    isObject(value) && !isThere(value['component']) ? true : undefined,
  // vs-1
  '($this as dateTime).toString().length() >= 8': (value) =>
    typeof value === 'string' ? value.length >= 8 : isObject(value) ? true : undefined,
  // con-3 (as corrected), con-4, con-5
  "clinicalStatus.exists() or verificationStatus.coding.where(system='http://terminology.hl7.org/CodeSystem/condition-ver-status' and code = 'entered-in-error').exists() or category.coding.where(system='http://terminology.hl7.org/CodeSystem/condition-category' and code='problem-list-item').empty()":
    (value) =>
      isObject(value) && (isThere(value['clinicalStatus']) || !hasCode(value['category'], 'problem-list-item')) ? true : undefined,
  "abatement.empty() or clinicalStatus.coding.where(system='http://terminology.hl7.org/CodeSystem/condition-clinical' and (code='resolved' or code='remission' or code='inactive')).exists()":
    (value) => (isObject(value) && !hasAbatement(value) ? true : undefined),
  "verificationStatus.coding.where(system='http://terminology.hl7.org/CodeSystem/condition-ver-status' and code='entered-in-error').empty() or clinicalStatus.empty()":
    (value) => (isObject(value) && (!isThere(value['clinicalStatus']) || !isThere(value['verificationStatus'])) ? true : undefined),
  // csd-1: takes the library seconds for a code system of some thousand codes.
  'concept.code.combine($this.descendants().concept.code).isDistinct()': (value) => {
    if (!isObject(value)) return undefined
    const codes = conceptCodes(value, MAX_DEPTH)
    return codes.every((code) => typeof code === 'string') ? new Set(codes).size === codes.length : undefined
  }
}

function withoutContained(value: unknown): boolean | undefined {
  return isObject(value) && !isThere(value['contained']) ? true : undefined
}

function hasAbatement(condition: Members): boolean {
  return Object.keys(condition).some((name) => name.startsWith('abatement') || name.startsWith('_abatement'))
}

/** Whether any coding of CodeableConcepts has a code, of whatever system. */
function hasCode(concepts: unknown, code: string): boolean {
  const codings = (Array.isArray(concepts) ? concepts : []).flatMap((one) =>
    isObject(one) && Array.isArray(one['coding']) ? one['coding'] : []
  )
  return codings.some((coding) => isObject(coding) && coding['code'] === code)
}

/** The codes of a code system in all its levels; what has no code is left out, as FHIRPath does. */
function conceptCodes(owner: Members, depth: number): unknown[] {
  const { concept } = owner
  if (!Array.isArray(concept) || depth === 0) return []
  const concepts = concept.filter(isObject)
  return [
    ...concepts.map(({ code }) => code).filter((code) => code !== undefined),
    ...concepts.flatMap((one) => conceptCodes(one, depth - 1))
  ]
}

/** Dates of one precision, or times of one precision on one clock, have the order of their texts. */
function notAfter(start: string, end: string): boolean | undefined {
  if (start === end) return true
  if (start.length !== end.length) return undefined
  if (start.length <= 10) return start <= end
  return start.slice(19) === end.slice(19) ? start <= end : undefined
}
