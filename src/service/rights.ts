/** What one principal may do: the row of their role (access.ts) within the scopes of their token (scopes.ts). */
import { fail } from '../errors.js'
import { isResourceType } from '../fhir/definitions.js'
import type { Criterion } from '../fhir/search-criterion.js'
import type { Limits } from '../fhir/search-limits.js'
import { parseSearch } from '../fhir/search-query.js'
import { conditionOf, type Interaction, isOpen, type Reach, reachesAll, reachOf } from './access.js'
import type { Principal } from './contract.js'
import { constraintOf, parseScopes, type Scope, scopesFor } from './scopes.js'

/** Nobody's: a criterion that nothing meets. */
const NOTHING: Criterion = { kind: 'group', operator: 'or', criteria: [] }

/** Limits that were made for one interaction, while the patients in care are the same. */
interface Known {
  readonly care: readonly string[]
  readonly byType: Map<string, Criterion | true | undefined>
  /** Types with the same limit have the same object, so that a search over all of them asks once. */
  readonly compartments: Map<string, Criterion>
}

export class Rights {
  readonly who: Principal
  readonly #scopes: readonly Scope[] | undefined
  readonly #limits = new Map<Interaction, Known>()

  /** Throws auth.scope. */
  constructor(who: Principal) {
    this.who = who
    this.#scopes = who.scope === undefined ? undefined : parseScopes(who.scope)
  }

  /** Whether some resources of the type, at least, may be worked on. */
  may(interaction: Interaction, type: string): boolean {
    return reachOf(this.who.role, interaction, type) !== undefined && this.#scopesOf(interaction, type)?.length !== 0
  }

  /** Whether all there is may be worked on: other things than resources, too. */
  mayAll(interaction: Interaction): boolean {
    return this.#scopes === undefined && reachesAll(this.who.role, interaction, ['everything'])
  }

  /** The same, audits aside. */
  mayAllData(interaction: Interaction): boolean {
    return this.#scopes === undefined && reachesAll(this.who.role, interaction, ['everything', 'data'])
  }

  /** Whether all resources of the type may be worked on. */
  isFree(interaction: Interaction, type: string): boolean {
    return this.#scopes === undefined && isOpen(this.who.role, interaction, type)
  }

  /**
   * Whether resources of the type are theirs by what securityContext names. No such resource meets a criterion of limits(): whoever asks must look at it.
   * A scope that limits the type by more than its name lets none through.
   */
  isByContext(interaction: Interaction, type: string): boolean {
    if (reachOf(this.who.role, interaction, type) !== 'context') return false
    return this.#scopesOf(interaction, type)?.some(({ constraint }) => constraint === undefined) !== false
  }

  /** Whether it must be known whose physician they are. */
  get needsCare(): boolean {
    return this.who.role === 'physician'
  }

  /**
   * What the resources that may be worked on meet, of these types; undefined: all of all types may be. care: ids of the patients in their care. Few types are
   * asked for by one principal, and each is made once.
   */
  limits(interaction: Interaction, care: readonly string[], types: readonly string[]): Limits | undefined {
    if (this.mayAll(interaction)) return undefined
    let known = this.#limits.get(interaction)
    if (known?.care !== care) {
      known = { care, byType: new Map(), compartments: new Map() }
      this.#limits.set(interaction, known)
    }
    const limits: Record<string, Criterion | true> = {}
    for (const type of types) {
      if (!known.byType.has(type)) known.byType.set(type, this.#limit(interaction, type, known))
      const limit = known.byType.get(type)
      if (limit !== undefined) limits[type] = limit
    }
    return limits
  }

  /** Undefined: none of the type. */
  #limit(interaction: Interaction, type: string, known: Known): Criterion | true | undefined {
    const reach = reachOf(this.who.role, interaction, type)
    if (reach === undefined) return undefined
    const scopes = this.#scopesOf(interaction, type)
    const condition = conditionOf(this.who.role, interaction, type)
    const all: ReadonlyArray<Criterion | true> = [
      this.#reached(type, reach, known),
      scopes === undefined ? true : this.#within(scopes, type, known),
      condition === undefined ? true : clause(type, ...condition)
    ]
    const criteria = all.filter((one) => one !== true)
    if (criteria.length === 0) return true
    return criteria.length === 1 ? criteria[0]! : { kind: 'group', operator: 'and', criteria }
  }

  #reached(type: string, reach: Reach, known: Known): Criterion | true {
    if (reach === 'all') return true
    if (reach === 'context') return NOTHING
    const { fhirUser = '' } = this.who
    const [kind, id = ''] = fhirUser.split('/')
    if (reach === 'own') {
      if (kind !== 'Patient') return NOTHING
      return type === 'Task' ? clause('Task', 'patient', fhirUser) : compartment(known, [id], true)
    }
    if (kind !== 'Practitioner') return NOTHING
    return type === 'Task' ? clause('Task', 'owner', fhirUser) : compartment(known, known.care, false)
  }

  /** What one of the scopes lets through. */
  #within(scopes: readonly Scope[], type: string, known: Known): Criterion | true {
    const { patient } = this.who
    const criteria = scopes.map((scope): Criterion | true => {
      const all: Criterion[] = []
      const constraint = constraintOf(scope, type)
      if (constraint !== undefined) all.push(constraint)
      if (scope.level === 'patient' && !isAboutNobody(type)) {
        if (patient === undefined) return NOTHING
        all.push(type === 'Task' ? clause('Task', 'patient', `Patient/${patient}`) : compartment(known, [patient], true))
      }
      if (all.length === 0) return true
      return all.length === 1 ? all[0]! : { kind: 'group', operator: 'and', criteria: all }
    })
    if (criteria.includes(true)) return true
    return criteria.length === 1 ? criteria[0]! : { kind: 'group', operator: 'or', criteria: criteria.filter((one) => one !== true) }
  }

  #scopesOf(interaction: Interaction, type: string): readonly Scope[] | undefined {
    return this.#scopes && scopesFor(this.#scopes, interaction, type)
  }
}

/** alone: of resources of these patients and of nobody else. */
function compartment({ compartments, care }: Known, patients: readonly string[], alone: boolean): Criterion {
  const key = patients === care ? 'care' : patients.join()
  const one = compartments.get(key) ?? { kind: 'compartment', patients, alone }
  compartments.set(key, one)
  return one
}

/** Directory and definitions: what patients see beside their own. */
function isAboutNobody(type: string): boolean {
  return reachOf('patient', 'read', type) === 'all'
}

function clause(type: string, parameter: string, value: string): Criterion {
  return parseSearch(type, [[parameter, value]], { handling: 'strict' }).criteria[0]!
}

const known = new WeakMap<Principal, Rights>()

/** The rights of a principal; kept with the object. Throws auth.scope. */
export function rightsOf(who: Principal): Rights {
  let rights = known.get(who)
  if (rights === undefined) {
    rights = new Rights(who)
    known.set(who, rights)
  }
  return rights
}

/** Whether it depends on who somebody is what they see: on their own resources, or on those of the patients in their care. */
export function isPersonal({ role, patient }: Principal): boolean {
  const reach = reachOf(role, 'read', 'Patient')
  return patient !== undefined || reach === 'own' || reach === 'care'
}

/** For what is not of one resource type; what: in words. Throws auth.forbidden. */
export function authorize(who: Principal, interaction: Interaction, what: string): void {
  if (!rightsOf(who).mayAllData(interaction)) throw fail('auth.forbidden', { role: who.role, interaction, type: what })
}

/** For resources of a type, some of which at least may be worked on. Throws auth.forbidden before it says whether the type exists (resource.unknown-type). */
export function allow(who: Principal, interaction: Interaction, type: string): void {
  const isKnown = isResourceType(type)
  if (!(isKnown ? rightsOf(who).may(interaction, type) : rightsOf(who).mayAllData(interaction)))
    throw fail('auth.forbidden', { role: who.role, interaction, type })
  if (!isKnown) throw fail('resource.unknown-type', { type })
}

/** For all resources of a type at once. Throws as allow does. */
export function allowAll(who: Principal, interaction: Interaction, type: string): void {
  allow(who, interaction, type)
  if (!rightsOf(who).isFree(interaction, type)) throw fail('auth.forbidden', { role: who.role, interaction: `${interaction} (all)`, type })
}
