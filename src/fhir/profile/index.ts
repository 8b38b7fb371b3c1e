/** Validation of resources against R4 and its profiles: `validate(resource)`. */
import { isA, isResourceType, typeDefinition } from '../definitions.js'
import { validateResource } from '../validate.js'
import { checkResource, type Visitor } from './base.js'
import { compileProfile, type ProfilePlan } from './compile.js'
import type { Scope } from './invariants.js'
import { type Issue, type Severity, Trace } from './issues.js'
import type { Conforms } from './slices.js'
import {
  type DefinitionSource,
  forgetStructures,
  R4,
  type Structure,
  setSource,
  structureOf,
  vitalSignProfiles,
  withoutVersion
} from './structures.js'
import { forgetTrees } from './tree.js'
import { uploadedStructure } from './uploaded.js'
import { isObject, type Members } from './values.js'

export type { Issue, Severity } from './issues.js'
export type { DefinitionSource } from './structures.js'

export interface ValidateOptions {
  /** The resource type it should be; any when not given. */
  readonly type?: string
  /** Canonical URLs of profiles that the resource must meet beside those it names. */
  readonly profiles?: readonly string[]
  /** The Bundle that the resource is an entry of: references are followed in it. */
  readonly bundle?: unknown
  /** Issues after which to stop; 100 when not given. */
  readonly limit?: number
}

export interface Validation {
  /** In order: structure; then R4 and profiles resource by resource, the outer before the inner. */
  readonly issues: readonly Issue[]
  /** The profiles the resource itself was held against: of those asked for, those it names and those of its vital signs the ones that are known. */
  readonly profiles: readonly string[]
}

const LIMIT = 100
const LOINC = 'http://loinc.org'
const CORE = `${R4}StructureDefinition/`
const plans = new Map<Structure, ProfilePlan>()

/** Says where definitions come from that are not shipped. */
export function useDefinitions(source: DefinitionSource): void {
  setSource(source)
  forgetDefinitions()
}

/** What was uploaded is asked for again. */
export function forgetDefinitions(): void {
  forgetStructures()
  forgetTrees()
  plans.clear()
}

/**
 * Checks a parsed resource: structure (validate.ts), the invariants of its types, extensions against their definitions, the profiles in `meta.profile` and in
 * the options, and for an Observation with the LOINC code of a vital sign the R4 profile of that sign. So too for each resource inside it. Nothing but the
 * definition files is read, no reference is followed out of the resource or its Bundle, and bindings other than required ones are not looked at.
 * Never throws, whatever the value is.
 */
export function validate(
  resource: unknown,
  { type: wanted, profiles: asked = [], bundle, limit = LIMIT }: ValidateOptions = {}
): Validation {
  const type = isObject(resource) && typeof resource['resourceType'] === 'string' ? resource['resourceType'] : undefined
  const trace = new Trace(type ?? 'Resource', limit)
  if (wanted !== undefined && type !== undefined && type !== wanted)
    trace.report('type', 'structure', `resourceType is ${type.slice(0, 60)}, not ${wanted}`)
  for (const { expression, reason, code, rule } of validateResource(resource, limit)) {
    trace.issues.push({ severity: 'error', code, rule, expression, text: reason })
  }
  if (!isObject(resource) || type === undefined || !isResourceType(type)) return { issues: trace.issues, profiles: [] }
  const visitor: Visitor = {
    plan: planOf,
    resource: (inner, trace, scope) => {
      if (inner['resourceType'] === 'StructureDefinition') checkUsable(inner, trace)
      const wanted = inner === resource ? asked : []
      for (const url of profilesOf(inner, wanted)) checkProfile(url, inner, wanted.includes(url) ? 'error' : 'warning', trace, scope)
    }
  }
  checkResource(resource, visitor, trace, { resource, root: resource, bundle })
  return { issues: trace.issues, profiles: profilesOf(resource, asked).filter((url) => planOf(url) !== undefined) }
}

/** The profiles a resource has to meet, each once. */
function profilesOf(resource: Members, asked: readonly string[]): string[] {
  const named = isObject(resource['meta']) ? resource['meta']['profile'] : undefined
  const canonicals = [...asked, ...(Array.isArray(named) ? named : []), ...vitalSigns(resource)].filter((one) => typeof one === 'string')
  // With its version and without it is the same profile.
  const byStructure = new Map<unknown, string>()
  for (const canonical of canonicals) {
    const key = structureOf(canonical) ?? canonical
    if (!byStructure.has(key)) byStructure.set(key, canonical)
  }
  return [...byStructure.values()]
}

function vitalSigns({ resourceType, code }: Members): string[] {
  const codings = resourceType === 'Observation' && isObject(code) ? code['coding'] : undefined
  if (!Array.isArray(codings)) return []
  const profiles = vitalSignProfiles()
  return codings.flatMap((coding) => {
    const own = isObject(coding) && coding['system'] === LOINC ? coding['code'] : undefined
    return typeof own === 'string' && Object.hasOwn(profiles, own) ? [profiles[own] as string] : []
  })
}

/** unknown: what it is that a profile is not known here. */
function checkProfile(url: string, resource: Members, unknown: Severity, trace: Trace, scope: Scope): void {
  const type = url.startsWith(CORE) ? typeDefinition(url.slice(CORE.length).replace(/\|4\.0\.1$/, '')) : undefined
  if (type?.kind === 'resource') {
    if (!isA(String(resource['resourceType']), type.name)) trace.report('type', 'structure', `is no ${type.name}, as the profile asks`)
    return
  }
  const plan = planOf(url)
  if (plan === undefined) {
    const other = structureOf(withoutVersion(url))
    const text =
      other === undefined ? 'is not known here' : `is not known here in this version${other.version ? `, but in ${other.version}` : ''}`
    trace.report('profile-unknown', 'not-found', `The profile ${url} ${text}`, { severity: unknown, child: 'meta.profile' })
    return
  }
  const outer = trace.profile
  trace.profile = url
  if (plan.type !== resource['resourceType']) trace.report('type', 'structure', `is no ${plan.type}, as the profile asks`)
  else plan.check(resource, trace, scope)
  trace.profile = outer
}

/** A profile that cannot be carried out says so where it is written, and again of every resource that names it. */
function checkUsable(definition: Members, trace: Trace): void {
  const { url, kind, derivation } = definition
  if (typeof url !== 'string' || derivation !== 'constraint' || kind === 'logical') return
  try {
    compileProfile(uploadedStructure(url, definition, structureOf), conforms)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    trace.report('profile-unusable', 'not-supported', `this definition cannot be used here: ${reason}`, { severity: 'warning' })
  }
}

/** The plan of a profile or extension; undefined when it is not known. */
function planOf(canonical: string): ProfilePlan | undefined {
  const structure = structureOf(canonical)
  if (structure === undefined) return undefined
  let plan = plans.get(structure)
  if (plan === undefined) {
    plan = compiled(structure)
    plans.set(structure, plan)
  }
  return plan
}

/** A definition that is not sound, as somebody may upload, gives a plan that says so of every resource. */
function compiled(structure: Structure): ProfilePlan {
  try {
    return compileProfile(structure, conforms)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    const check = (_value: unknown, trace: Trace) =>
      trace.report('profile-unusable', 'not-supported', `the definition ${structure.url} cannot be used: ${reason}`)
    return { type: structure.type, max: Number.POSITIVE_INFINITY, check }
  }
}

const DEEPEST = 10
let depth = 0

/** Whether a value inside a resource meets a profile. Profiles that ask for each other end at a depth no resource has reason to reach. */
const conforms: Conforms = (value, type, profile, scope) => {
  const plan = planOf(profile)
  if (plan === undefined || depth >= DEEPEST) return true
  const own = isObject(value) && typeof value['resourceType'] === 'string' ? value['resourceType'] : type
  if (own !== plan.type) return false
  const trace = new Trace(plan.type, LIMIT)
  depth++
  try {
    plan.check(value, trace, scope)
  } finally {
    depth--
  }
  return !trace.issues.some(({ severity }) => severity === 'error')
}

/** The issues that make a resource invalid. */
export function errorsOf(issues: readonly Issue[]): Issue[] {
  return issues.filter(({ severity }) => severity === 'error')
}
