/** The checks a profile makes on one value: type, fixed value or pattern, binding, target of a reference, profile, invariants. */
import { type ElementDefinition, isResourceType, typeDefinition } from '../definitions.js'
import { compileInvariant, expressionFault, type Invariant, type Scope } from './invariants.js'
import type { Severity, Trace } from './issues.js'
import { limitChecks } from './limits.js'
import { resolve, targetType } from './resolve.js'
import type { Conforms } from './slices.js'
import { constraintsAt, type ElementRow, inValueSet, R4, structureOf, withoutVersion } from './structures.js'
import { equals, type Item, isObject, meets } from './values.js'

export type Check = (item: Item, trace: Trace, scope: Scope) => void

export interface ElementContext {
  /** What the element may be in this profile. */
  readonly types: readonly string[]
  /** The element of the type. */
  readonly base: ElementDefinition | undefined
  /** Path in the type it belongs to, without `[x]`: where invariants on primitives start. */
  readonly path: string
  readonly conforms: Conforms
}

/** All checks that a row asks for beyond what the type asks for. */
export function checksOf(row: ElementRow, { types, base, path, conforms }: ElementContext): Check[] {
  return [
    typeCheck(row, types, base),
    fixedCheck(row),
    ...limitChecks(row),
    bindingCheck(row, base),
    recommendedCheck(row),
    targetCheck(row, base),
    profileCheck(row, conforms),
    ...invariantChecks(row, types, path)
  ].filter((check) => check !== undefined)
}

function typeCheck({ type }: ElementRow, types: readonly string[], base: ElementDefinition | undefined): Check | undefined {
  const anyResource = base?.types.some((one) => one === 'Resource') === true
  if (type === undefined || base === undefined || (!anyResource && !base.types.some((one) => !types.includes(one)))) return undefined
  const allowed = new Set(types)
  if (allowed.has('Resource')) return undefined
  return ({ value, type }, trace) => {
    const own = isObject(value) && anyResource ? value['resourceType'] : type
    if (typeof own === 'string' && !allowed.has(own)) trace.report('type', 'structure', `must be of type ${types.join(' or ')}, not ${own}`)
  }
}

function fixedCheck(row: ElementRow): Check | undefined {
  for (const [name, wanted] of Object.entries(row)) {
    const kind = /^(fixed|pattern)[A-Z]/.exec(name)?.[1]
    if (kind === undefined) continue
    const same = kind === 'fixed' ? equals : meets
    const text = `${kind === 'fixed' ? 'must be' : 'must have all of'} ${JSON.stringify(wanted)}`
    return ({ value, half }, trace) => {
      // Fixed is exact: a primitive has no extension where the fixed value has none.
      const more = kind === 'fixed' && isObject(half) && half['extension'] !== undefined
      if (more || !same(value, wanted)) trace.report(kind, 'value', text)
    }
  }
  return undefined
}

const MAX_VALUE_SET = `${R4}StructureDefinition/elementdefinition-maxValueSet`

/** A required value set, or the one that no code may be outside of although another is bound (R4 terminologies.html#maxValueSet). */
function bindingCheck({ binding, type }: ElementRow, base: ElementDefinition | undefined): Check | undefined {
  const most = Array.isArray(binding?.extension) ? binding.extension.find((one) => one?.url === MAX_VALUE_SET) : undefined
  const bound = binding?.strength === 'required' ? binding.valueSet : (most?.valueCanonical ?? most?.valueUri)
  if (typeof bound !== 'string') return undefined
  const valueSet = withoutVersion(bound)
  const known = base?.binding?.strength === 'required' && base.binding.valueSet === valueSet
  return known && type === undefined ? undefined : ({ value, type }, trace) => checkBinding(value, type, valueSet, trace)
}

/** An extensible binding: another code is allowed only where the value set has none that fits, which only people can tell. */
function recommendedCheck({ binding }: ElementRow): Check | undefined {
  if (binding?.strength !== 'extensible' || binding.valueSet === undefined) return undefined
  const valueSet = withoutVersion(binding.valueSet)
  return ({ value, type }, trace) => {
    const coded =
      type === 'CodeableConcept' ? isObject(value) && Array.isArray(value['coding']) : isObject(value) && value['code'] !== undefined
    if (typeof value === 'string' || coded) checkBinding(value, type, valueSet, trace, 'warning')
  }
}

/** A required binding (R4 terminologies.html#required). What cannot be told of a code is no fault. */
export function checkBinding(value: unknown, type: string | undefined, valueSet: string, trace: Trace, severity: Severity = 'error'): void {
  const must = severity === 'error' ? 'must' : 'should'
  const isIn = (coding: unknown): boolean | undefined => {
    if (!isObject(coding) || typeof coding['code'] !== 'string') return false
    return typeof coding['system'] === 'string' ? inValueSet(valueSet, coding['system'], coding['code']) : false
  }
  if (type === 'CodeableConcept') {
    const list = isObject(value) && Array.isArray(value['coding']) ? value['coding'] : []
    if (list.map(isIn).every((one) => one === false))
      trace.report('binding', 'code-invalid', `${must} have a coding of ${valueSet}`, { severity })
  } else if (type === 'Coding' || (type === 'Quantity' && isObject(value) && value['code'] !== undefined)) {
    if (isIn(value) === false) trace.report('binding', 'code-invalid', `${must} be a code of ${valueSet}`, { severity })
  } else if (typeof value === 'string' && (type === 'code' || type === 'uri' || type === 'string')) {
    if (inValueSet(valueSet, undefined, value) === false)
      trace.report('binding', 'code-invalid', `"${value.slice(0, 60)}" is not a code of ${valueSet}`, { severity })
  }
}

/** The resource types a Reference may lead to. A target that is a profile counts as its type here. */
function targetCheck({ type = [] }: ElementRow, base: ElementDefinition | undefined): Check | undefined {
  const urls = type.flatMap(({ code, targetProfile = [] }) => (code === 'Reference' ? targetProfile : []))
  const types = urls.map((url) => structureOf(url)?.type ?? withoutVersion(url).split('/').pop() ?? '')
  // A target of a profile that is not known here may be of any type.
  if (types.length === 0 || types.some((name) => !isResourceType(name))) return undefined
  if (base !== undefined && base.targets.length === types.length && base.targets.every((one) => types.includes(one))) return undefined
  const allowed = new Set(types)
  return ({ value, type }, trace, scope) => {
    if (type !== 'Reference') return
    const target = targetType(value, scope)
    if (target !== undefined && !allowed.has(target)) {
      trace.report('target', 'structure', `must refer to ${[...allowed].join(' or ')}, not to ${target}`)
    }
  }
}

/** Profiles on the types of an element, and on what a Reference leads to where that can be followed. Extensions are checked wherever they stand. */
function profileCheck({ type = [] }: ElementRow, conforms: Conforms): Check | undefined {
  const known = (urls: readonly string[]) => urls.filter((url) => structureOf(url) !== undefined)
  const byType = new Map(
    type
      .filter(({ code, profile = [] }) => code !== 'Extension' && profile.length > 0 && known(profile).length === profile.length)
      .map(({ code, profile = [] }) => [code, profile])
  )
  const targets = type.flatMap(({ targetProfile = [] }) => targetProfile)
  const profiled = known(targets).length === targets.length ? targets : []
  if (byType.size === 0 && profiled.length === 0) return undefined
  return ({ value, type }, trace, scope) => {
    const own = isObject(value) && typeof value['resourceType'] === 'string' ? value['resourceType'] : type
    const profiles = byType.get(own ?? '') ?? byType.get('Resource') ?? []
    if (profiles.length > 0 && !profiles.some((profile) => conforms(value, own, profile, scope))) {
      trace.report('profile', 'invalid', `must meet ${profiles.join(' or ')}`)
    }
    const target = profiled.length > 0 && type === 'Reference' ? resolve(value, scope) : undefined
    if (
      target !== undefined &&
      !profiled.some((profile) => conforms(target, String(target['resourceType']), profile, { ...scope, resource: target }))
    ) {
      trace.report('profile', 'invalid', `must refer to what meets ${profiled.join(' or ')}`)
    }
  }
}

function invariantChecks({ constraint = [] }: ElementRow, types: readonly string[], owner: string): Check[] {
  const known = new Set(['ele-1', 'ext-1', ...[...types.flatMap(allTypes), owner].flatMap(constraintsAt).map(({ key }) => key)])
  return constraint
    .filter(({ key }) => !known.has(key))
    .map((one) => {
      // By the type of the value: a choice may have several.
      const byType = new Map<string, Invariant | undefined>()
      let fault: string | undefined
      let asked = false
      return ({ value, type = '' }: Item, trace: Trace, scope: Scope) => {
        if (value === undefined) return
        if (!asked) {
          asked = true
          fault = expressionFault(one.expression)
        }
        if (fault !== undefined) {
          trace.report(one.key, 'processing', `${one.key} cannot be evaluated: ${fault}`, { severity: 'warning' })
          return
        }
        if (!byType.has(type))
          byType.set(type, compileInvariant(one, expressionBase(type, types.length > 1 ? owner + capital(type) : owner)))
        const invariant = byType.get(type)
        if (invariant !== undefined) checkInvariant(invariant, value, trace, scope)
      }
    })
}

/** Reports an invariant that is not met. */
export function checkInvariant({ key, severity, human, test }: Invariant, value: unknown, trace: Trace, scope: Scope): void {
  if (test(value, scope) === false) trace.report(key, 'invariant', `${key}: ${human}`, { severity })
}

/** A type and those it is made from, the nearest first. */
export function allTypes(type: string): string[] {
  const base = typeDefinition(type)?.base
  return [type, ...(base === undefined ? [] : allTypes(base))]
}

/** What the model of FHIRPath knows a value by: its type, or the path of a primitive. */
export function expressionBase(type: string, path: string): string {
  return typeDefinition(type)?.kind === 'primitive' ? path : type
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
