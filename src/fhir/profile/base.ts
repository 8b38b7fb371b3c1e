/**
 * What R4 itself asks beyond structure, in one walk over a resource: the invariants of its types, where extensions may stand and what they hold, and the same
 * for the resources inside it. Each type is prepared once.
 */
import { codesOf, type Member, typeDefinition } from '../definitions.js'
import { MAX_DEPTH } from '../json.js'
import type { ProfilePlan } from './compile.js'
import { allTypes, checkBinding, checkInvariant, expressionBase } from './element-checks.js'
import { checkExtensions, type Owner } from './extensions.js'
import { compileInvariant, type Invariant, type Scope } from './invariants.js'
import type { Trace } from './issues.js'
import { resolve } from './resolve.js'
import { constraintsAt } from './structures.js'
import { type TextRule, textRulesOf } from './text-rules.js'
import { isObject, type Members } from './values.js'

/** What the walk asks for where it meets more than the rules of types. */
export interface Visitor {
  /** The plan of a profile or extension definition; undefined when it is not known. */
  plan(url: string): ProfilePlan | undefined
  /** Called for each resource, the outermost first, before its elements. */
  resource(resource: Members, trace: Trace, scope: Scope): void
}

interface TypePlan {
  readonly type: string
  readonly invariants: readonly Invariant[]
  readonly rules: readonly TextRule[]
  readonly members: ReadonlyMap<string, MemberPlan>
}

interface MemberPlan {
  readonly step: string
  readonly type: string
  readonly kind: 'primitive' | 'complex' | 'resource'
  /** Its type and those that is made from; for the half of a primitive those of the primitive. */
  readonly types: readonly string[]
  /** What the element adds to its type. */
  readonly invariants: readonly Invariant[]
  readonly isExtension: boolean
  /** A required value set whose codes are not listed in R4; those that are, are checked with the structure. */
  readonly valueSet: string | undefined
  /** Resource types that a Reference may lead to; undefined: any. */
  readonly targets: readonly string[] | undefined
}

const plans = new Map<string, TypePlan>()

function planOf(type: string): TypePlan | undefined {
  let plan = plans.get(type)
  if (plan === undefined) {
    const definition = typeDefinition(type)
    if (definition === undefined) return undefined
    const members = [...definition.members].flatMap(([name, member]) => memberPlans(type, name, member))
    plan = { type, invariants: invariantsAt(allTypes(type).reverse(), type), rules: textRulesOf(allTypes(type)), members: new Map(members) }
    plans.set(type, plan)
  }
  return plan
}

function memberPlans(owner: string, name: string, { element, type }: Member): Array<[string, MemberPlan]> {
  const kind = typeDefinition(type)?.kind
  // The invariants of a backbone come with its own plan.
  const paths = kind === 'backbone' ? [] : allTypes(owner).map((one) => `${one}.${element.name}`)
  const plan: MemberPlan = {
    step: element.name.replace('[x]', ''),
    type,
    kind: kind === 'primitive' || kind === 'resource' ? kind : 'complex',
    types: allTypes(type),
    invariants: invariantsAt(paths, expressionBase(type, `${owner}.${name}`)),
    valueSet:
      element.binding?.strength === 'required' && codesOf(element.binding.valueSet) === undefined ? element.binding.valueSet : undefined,
    isExtension: type === 'Extension' && (name === 'extension' || name === 'modifierExtension'),
    targets: type === 'Reference' && element.targets.length > 0 ? element.targets : undefined
  }
  if (kind !== 'primitive' || element.attribute) return [[name, plan]]
  return [
    [name, plan],
    [`_${name}`, { ...plan, type: 'Element', kind: 'complex', invariants: [], valueSet: undefined }]
  ]
}

function invariantsAt(paths: readonly string[], base: string): Invariant[] {
  return paths.flatMap(constraintsAt).flatMap((constraint) => compileInvariant(constraint, base) ?? [])
}

/** Walks through a resource. scope: that of the resource. */
export function checkResource(resource: Members, visitor: Visitor, trace: Trace, scope: Scope): void {
  const type = resource['resourceType']
  const plan = typeof type === 'string' && typeDefinition(type)?.kind === 'resource' ? planOf(type) : undefined
  if (plan === undefined) return
  visitor.resource(resource, trace, scope)
  walk(resource, plan, { types: [type as string], path: type as string, value: resource }, visitor, trace, scope)
}

function walk(object: Members, plan: TypePlan, owner: Owner, visitor: Visitor, trace: Trace, scope: Scope): void {
  if (trace.full || trace.path.length > 2 * MAX_DEPTH) return
  for (const invariant of plan.invariants) checkInvariant(invariant, object, trace, scope)
  for (const rule of plan.rules) rule(object, trace, scope)
  for (const name in object) {
    const member = plan.members.get(name)
    const value = object[name]
    if (member === undefined || value === undefined || value === null) continue
    if (!Array.isArray(value)) {
      trace.at(member.step, -1, () => checkMember(value, member, plan, object, owner, visitor, trace, scope))
      continue
    }
    for (let i = 0; i < value.length; i++) {
      if (value[i] !== null) trace.at(member.step, i, () => checkMember(value[i], member, plan, object, owner, visitor, trace, scope))
    }
    if (member.isExtension) checkExtensions(value, member.step, owner, visitor, trace, scope)
  }
}

function checkMember(
  value: unknown,
  member: MemberPlan,
  plan: TypePlan,
  parent: Members,
  owner: Owner,
  visitor: Visitor,
  trace: Trace,
  scope: Scope
): void {
  for (const invariant of member.invariants) checkInvariant(invariant, value, trace, scope)
  if (member.valueSet !== undefined) checkBinding(value, member.type, member.valueSet, trace)
  // datatypes.html#string: strings SHOULD have content that is not white space.
  if (typeof value === 'string' && value !== '' && value.charCodeAt(0) <= 0x20 && value.trim() === '')
    trace.report('value', 'value', 'is white space only', { severity: 'warning' })
  if (!isObject(value) || member.kind === 'primitive') return
  if (member.kind === 'resource') {
    const contained = member.step === 'contained'
    const bundle = scope.resource === parent || plan.type === 'Bundle.entry' ? scope.resource : scope.bundle
    checkResource(value, visitor, trace, {
      resource: value,
      root: contained ? scope.root : value,
      bundle: contained ? scope.bundle : bundle
    })
    return
  }
  if (member.targets !== undefined) checkTarget(value, member.targets, trace, scope)
  const type = planOf(member.type)
  const path = `${owner.path}.${member.step}`
  if (type !== undefined) walk(value, type, { types: [`${plan.type}.${member.step}`, ...member.types], path, value }, visitor, trace, scope)
}

/** The type of what a reference leads to inside the resource or its Bundle. What a literal reference shows by itself is checked with the structure. */
function checkTarget(reference: Members, targets: readonly string[], trace: Trace, scope: Scope): void {
  const target = resolve(reference, scope)?.['resourceType']
  if (typeof target !== 'string' || targets.includes(target) || /^[A-Z]|^https?:/.test(String(reference['reference']))) return
  trace.report('target', 'structure', `must refer to ${targets.join(', ')}, not to ${target}`)
}
