/**
 * Structural validation against base R4. Each type is prepared once as a plan (member name -> check); a resource is then walked over its own members.
 */
import type { IssueType } from '../errors.js'
import { codesOf, codingsOf, type ElementDefinition, isResourceType, type Member, typeDefinition } from './definitions.js'
import { MAX_DEPTH } from './json.js'
import { primitiveCheck } from './primitives.js'
import { parseReference } from './references.js'
import { Walk } from './walk.js'

export interface ValidationIssue {
  /** FHIRPath of the element: `Observation.component[1].code`; a choice without its type: `Observation.value`. */
  readonly expression: string
  readonly reason: string
  readonly rule: StructureRule
  readonly code: IssueType
}

/** What of the structure is wrong: a missing or surplus element, a primitive value, a required code, a reference's type, or the form itself. */
export type StructureRule = 'min' | 'max' | 'value' | 'binding' | 'target' | 'structure'

const CODES: Readonly<Record<StructureRule, IssueType>> = {
  min: 'required',
  max: 'structure',
  value: 'value',
  binding: 'code-invalid',
  target: 'structure',
  structure: 'structure'
}

const MAX_ISSUES = 20

/**
 * Checks a parsed resource: known members only, JSON types, cardinality, primitive regexes, choice elements given once, required bindings to enumerable
 * code lists, reference target types of literal references, no empty objects, arrays or strings, contained and other nested resources. Stops after 20
 * issues, or as many as `limit` says. Invariants (FHIRPath constraints), profiles and other bindings are not looked at: profile/.
 */
export function validateResource(resource: unknown, limit = MAX_ISSUES): ValidationIssue[] {
  const run = new Run(isObject(resource) && typeof resource['resourceType'] === 'string' ? resource['resourceType'] : 'Resource', limit)
  checkResource(resource, run)
  return run.issues
}

type Members = Readonly<Record<string, unknown>>
type Check = (value: unknown, run: Run) => void

class Run extends Walk<ValidationIssue> {
  report(reason: string, rule: StructureRule = 'structure', child?: string): void {
    if (this.full) return
    this.issues.push({ expression: this.expression(child), reason, rule, code: CODES[rule] })
  }
}

interface MemberPlan {
  /** Name in FHIRPath: `value` for valueQuantity, `birthDate` for _birthDate. */
  readonly step: string
  readonly array: boolean
  readonly max: number
  readonly check: Check
  readonly required: boolean
  /** One bit per choice element of the type; 0 for elements that are no choice. */
  readonly choice: number
  /** The other half of a primitive: `_birthDate` for birthDate and the other way round. */
  readonly sibling: string | undefined
  /** True for the half with the underscore. */
  readonly extension: boolean
}

interface Plan {
  readonly name: string
  readonly members: ReadonlyMap<string, MemberPlan>
  readonly required: ReadonlyArray<{ readonly step: string; readonly names: readonly string[] }>
}

const plans = new Map<string, Plan>()

function planOf(type: string): Plan {
  let plan = plans.get(type)
  if (plan === undefined) {
    plan = makePlan(type)
    plans.set(type, plan)
  }
  return plan
}

function makePlan(type: string): Plan {
  const definition = typeDefinition(type)
  if (definition === undefined) throw new Error(`no definition of ${type}`)
  const members = new Map<string, MemberPlan>()
  const choices = definition.elements.filter((element) => element.name.endsWith('[x]'))
  const required = new Map<ElementDefinition, { step: string; names: string[] }>()
  for (const [name, { element, type: memberType }] of definition.members) {
    const hasSibling = typeDefinition(memberType)?.kind === 'primitive' && !element.attribute
    const plan = {
      step: element.name.replace('[x]', ''),
      array: element.max > 1,
      max: element.max,
      required: element.min > 0,
      choice: element.name.endsWith('[x]') ? 1 << choices.indexOf(element) : 0
    }
    members.set(name, {
      ...plan,
      check: makeCheck({ element, type: memberType }),
      sibling: hasSibling ? `_${name}` : undefined,
      extension: false
    })
    if (hasSibling) members.set(`_${name}`, { ...plan, check: complexCheck('Element'), sibling: name, extension: true })
    if (element.min > 0) {
      const entry = required.get(element) ?? { step: plan.step, names: [] }
      entry.names.push(name, `_${name}`)
      required.set(element, entry)
    }
  }
  if (definition.kind === 'resource') {
    const resourceType = { step: 'resourceType', array: false, max: 1, required: false, choice: 0, sibling: undefined, extension: false }
    members.set('resourceType', { ...resourceType, check: () => {} })
  }
  return { name: type, members, required: [...required.values()] }
}

// --------------------------------------------------------------------------------------------------------------- checks

function makeCheck({ element, type }: Member): Check {
  const kind = typeDefinition(type)?.kind
  if (kind === 'primitive') return primitive(element, type)
  if (kind === 'resource') return checkResource
  const structure = complexCheck(type)
  const more = [bindingCheck(element, type), targetCheck(element, type), comparatorCheck(element, type)].filter(
    (check) => check !== undefined
  )
  if (more.length === 0) return structure
  return (value, run) => {
    structure(value, run)
    if (isObject(value)) for (const check of more) check(value, run)
  }
}

function primitive(element: ElementDefinition, type: string): Check {
  const check = primitiveCheck(type)
  const codes = element.binding?.strength === 'required' ? codesOf(element.binding.valueSet) : undefined
  if (codes !== undefined) {
    return (value, run) => {
      if (codes.has(value as string)) return
      const wrong = check(value)
      if (wrong !== undefined) run.report(wrong, 'value')
      else run.report(`"${value}" is not a code of ${element.binding?.valueSet}`, 'binding')
    }
  }
  return (value, run) => {
    const wrong = check(value)
    if (wrong !== undefined) run.report(wrong, 'value')
  }
}

function complexCheck(type: string): Check {
  let plan: Plan | undefined
  return (value, run) => {
    if (!isObject(value)) run.report('must be a JSON object')
    else checkObject((plan ??= planOf(type)), value, run)
  }
}

/** A required binding of a Coding or CodeableConcept: a coding of the value set must be there. */
function bindingCheck(element: ElementDefinition, type: string): ((value: Members, run: Run) => void) | undefined {
  const { binding } = element
  const codings = binding?.strength === 'required' ? codingsOf(binding.valueSet) : undefined
  if (codings === undefined || (type !== 'Coding' && type !== 'CodeableConcept')) return undefined
  const isIn = (coding: unknown) => isObject(coding) && codings.get(coding['system'] as string)?.has(coding['code'] as string) === true
  return (value, run) => {
    const list = type === 'Coding' ? [value] : value['coding']
    if (!Array.isArray(list) || !list.some(isIn)) run.report(`must have a coding of ${binding?.valueSet}`, 'binding')
  }
}

function targetCheck(element: ElementDefinition, type: string): ((value: Members, run: Run) => void) | undefined {
  if (type !== 'Reference' || element.targets.length === 0) return undefined
  const targets = new Set(element.targets)
  return (value, run) => {
    const { reference } = value
    if (typeof reference !== 'string') return
    const slash = reference.indexOf('/')
    if (slash <= 0 || targets.has(reference.slice(0, slash))) return
    const literal = parseReference(reference)
    const target = literal?.kind === 'relative' ? literal.type : literal?.kind === 'absolute' ? literal.target?.type : undefined
    if (target !== undefined && !targets.has(target)) run.report(`must refer to ${element.targets.join(', ')}, not to ${target}`, 'target')
  }
}

function comparatorCheck(element: ElementDefinition, type: string): ((value: Members, run: Run) => void) | undefined {
  if (!element.simpleQuantity || type !== 'Quantity') return undefined
  return (value, run) => {
    if (value['comparator'] !== undefined) run.report('is a SimpleQuantity: comparator is not allowed')
  }
}

function checkResource(value: unknown, run: Run): void {
  const resourceType = isObject(value) ? value['resourceType'] : undefined
  if (!isObject(value)) run.report('must be a JSON object')
  else if (typeof resourceType !== 'string') run.report('resourceType is missing')
  else if (!isResourceType(resourceType)) run.report(`"${resourceType.slice(0, 60)}" is not a resource type of FHIR R4`)
  else checkObject(planOf(resourceType), value, run)
}

// ---------------------------------------------------------------------------------------------------------------- walk

function checkObject(plan: Plan, object: Members, run: Run): void {
  if (run.path.length > 2 * MAX_DEPTH) {
    run.report(`is nested deeper than ${MAX_DEPTH} levels`)
    return
  }
  let required = 0
  let choices = 0
  let empty = true
  for (const name in object) {
    empty = false
    const member = plan.members.get(name)
    if (member === undefined) {
      run.report(`"${name.slice(0, 60)}" is not an element of ${plan.name}`)
      if (run.full) return
      continue
    }
    run.path.push(member.step)
    // A primitive may be given by its extensions alone; both halves together are one element.
    if (!member.extension || object[member.sibling as string] === undefined) {
      if (member.required) required++
      if (member.choice !== 0) {
        if ((choices & member.choice) !== 0) {
          run.report('may be given with one type only')
          required--
        }
        choices |= member.choice
      }
    }
    if (member.array) checkArray(member, object[name], object, run)
    else if (Array.isArray(object[name])) run.report('must not be an array')
    else member.check(object[name], run)
    run.path.pop()
    if (run.full) return
  }
  if (empty) run.report('must not be empty')
  if (required < plan.required.length) {
    for (const { step, names } of plan.required)
      if (!names.some((name) => object[name] !== undefined)) run.report('is required', 'min', step)
  }
}

function checkArray(member: MemberPlan, value: unknown, parent: Members, run: Run): void {
  if (!Array.isArray(value)) {
    run.report('must be an array')
    return
  }
  if (value.length === 0) run.report('must not be empty')
  if (value.length > member.max) run.report(`may be given ${member.max} times at most`, 'max')
  const { path } = run
  for (let i = 0; i < value.length; i++) {
    path.push(i)
    // null stands where a primitive has only the other half.
    if (value[i] !== null || !isPadding(member, parent, i)) member.check(value[i], run)
    path.pop()
    if (run.full) return
  }
}

function isPadding(member: MemberPlan, parent: Members, index: number): boolean {
  if (member.sibling === undefined) return false
  const other = parent[member.sibling]
  return Array.isArray(other) && other[index] !== null && other[index] !== undefined
}

function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
