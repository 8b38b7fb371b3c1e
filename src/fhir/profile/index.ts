/** Validation of resources against R4 and its profiles: `validate(resource)`. */
import { isResourceType, typeDefinition } from '../definitions.js'
import { validateResource } from '../validate.js'
import { checkResource, type Visitor } from './base.js'
import { compileProfile, type ProfilePlan } from './compile.js'
import type { Scope } from './invariants.js'
import { type Issue, Trace } from './issues.js'
import type { Conforms } from './slices.js'
import { structureOf, vitalSignProfiles, withoutVersion } from './structures.js'
import { isObject, type Members } from './values.js'

export type { Issue, Severity } from './issues.js'

export interface ValidateOptions {
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
const plans = new Map<string, ProfilePlan | undefined>()

/**
 * Checks a parsed resource: structure (validate.ts), the invariants of its types, extensions against their definitions, the profiles in `meta.profile` and in
 * the options, and for an Observation with the LOINC code of a vital sign the R4 profile of that sign. So too for each resource inside it. Nothing but the
 * definition files is read, no reference is followed out of the resource or its Bundle, and bindings other than required ones are not looked at.
 * Never throws, whatever the value is.
 */
export function validate(resource: unknown, { profiles: asked = [], bundle, limit = LIMIT }: ValidateOptions = {}): Validation {
  const type = isObject(resource) && typeof resource['resourceType'] === 'string' ? resource['resourceType'] : undefined
  const trace = new Trace(type ?? 'Resource', limit)
  for (const { expression, reason, code, rule } of validateResource(resource, limit)) {
    trace.issues.push({ severity: 'error', code, rule, expression, text: reason })
  }
  if (!isObject(resource) || type === undefined || !isResourceType(type)) return { issues: trace.issues, profiles: [] }
  const visitor: Visitor = {
    plan: planOf,
    resource: (inner, trace, scope) => {
      for (const url of profilesOf(inner, inner === resource ? asked : [])) checkProfile(url, inner, trace, scope)
    }
  }
  checkResource(resource, visitor, trace, { resource, root: resource, bundle })
  return { issues: trace.issues, profiles: profilesOf(resource, asked).filter((url) => planOf(url) !== undefined) }
}

/** The profiles a resource has to meet, each once. */
function profilesOf(resource: Members, asked: readonly string[]): string[] {
  const named = isObject(resource['meta']) ? resource['meta']['profile'] : undefined
  const canonicals = [...asked, ...(Array.isArray(named) ? named : [])].filter((one) => typeof one === 'string').map(withoutVersion)
  return [...new Set([...canonicals, ...vitalSigns(resource)])]
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

function checkProfile(url: string, resource: Members, trace: Trace, scope: Scope): void {
  const plan = planOf(url)
  if (plan === undefined) {
    // A profile may also name the type itself.
    if (typeDefinition(url.split('/').pop() ?? '') === undefined) {
      trace.report('profile-unknown', 'not-found', `the profile ${url} is not known here`, { severity: 'warning', child: 'meta.profile' })
    }
    return
  }
  const outer = trace.profile
  trace.profile = url
  if (plan.type !== resource['resourceType']) trace.report('type', 'structure', `is no ${plan.type}, as the profile asks`)
  else plan.check(resource, trace, scope)
  trace.profile = outer
}

/** The plan of a profile or extension; undefined when it is not known. */
function planOf(url: string): ProfilePlan | undefined {
  if (!plans.has(url)) {
    const structure = structureOf(url)
    plans.set(url, structure && compileProfile(structure, conforms))
  }
  return plans.get(url)
}

const DEEPEST = 10
let depth = 0

/** Whether a value inside a resource meets a profile. Profiles that ask for each other end at a depth no resource has reason to reach. */
const conforms: Conforms = (value, type, profile, scope) => {
  const plan = planOf(withoutVersion(profile))
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
