/** SMART scopes (SMART App Launch 2.0, scopes-and-launch-context): what a token is limited to, beside the role of its holder. */
import { fail } from '../errors.js'
import { isResourceType } from '../fhir/definitions.js'
import { parseParameters } from '../fhir/parameters.js'
import { beyondContained } from '../fhir/search-contained.js'
import { type Criterion, clausesIn } from '../fhir/search-criterion.js'
import { parseSearch } from '../fhir/search-query.js'
import type { Interaction } from './access.js'

/** create, read, update, delete, search: the letters of SMART 2. */
type Letter = 'c' | 'r' | 'u' | 'd' | 's'

export interface Scope {
  /** patient: only what is in the compartment of the patient the token was made for. */
  readonly level: 'patient' | 'user' | 'system'
  /** A resource type, or * */
  readonly type: string
  readonly letters: ReadonlySet<Letter>
  /** Search parameters that resources must meet: `category=laboratory`. */
  readonly constraint: string | undefined
}

const FORM = /^(patient|user|system)\/(\*|[A-Z][A-Za-z]+)\.(\*|read|write|c?r?u?d?s?)(?:\?(\S+))?$/
const V1: Readonly<Record<string, string>> = { '*': 'cruds', read: 'rs', write: 'cud' }

/** What an interaction needs. Loads and checks of the store are for those without scopes. */
const LETTERS: Readonly<Partial<Record<Interaction, Letter>>> = {
  read: 'r',
  vread: 'r',
  history: 'r',
  search: 's',
  create: 'c',
  update: 'u',
  patch: 'u',
  delete: 'd'
}

/**
 * The scopes of a text, separated by spaces, that speak of resources; others (`openid`, `launch/patient`, `offline_access`) are left out. Throws auth.scope
 * for one that speaks of resources and cannot be kept: an unknown type, a constraint that is no search or looks beyond the resource.
 */
export function parseScopes(text: string): readonly Scope[] {
  return text.split(/\s+/).flatMap((scope) => {
    if (!/^(patient|user|system)\//.test(scope)) return []
    const [, level, type = '', letters = '', constraint] = FORM.exec(scope) ?? []
    if (level === undefined || letters === '') throw fail('auth.scope', { scope, reason: 'it is not of the form patient/Observation.rs' })
    if (type !== '*' && !isResourceType(type)) throw fail('auth.scope', { scope, reason: `${type} is not a resource type of FHIR R4` })
    const one = { level: level as Scope['level'], type, letters: new Set((V1[letters] ?? letters) as Iterable<Letter>), constraint }
    if (constraint !== undefined) constraintOf(one, type === '*' ? 'Patient' : type)
    return [one]
  })
}

/** What must be looked up in code systems: a resource alone does not say it. */
const LOOKED_UP: readonly string[] = ['in', 'not-in', 'above', 'below']

/** The scopes that allow an interaction on a type. */
export function scopesFor(scopes: readonly Scope[], interaction: Interaction, type: string): readonly Scope[] {
  const letter = LETTERS[interaction]
  return scopes.filter((one) => letter !== undefined && one.letters.has(letter) && (one.type === '*' || one.type === type))
}

/** What a resource of the type must meet; undefined: nothing. Throws auth.scope. */
export function constraintOf({ level, type, constraint }: Scope, of: string): Criterion | undefined {
  if (constraint === undefined) return undefined
  const scope = `${level}/${type}?${constraint}`
  try {
    const { criteria, ignored } = parseSearch(of, parseParameters(constraint), { handling: 'strict' })
    const codes = criteria.flatMap(clausesIn).find(({ modifier }) => modifier !== undefined && LOOKED_UP.includes(modifier))
    const beyond = ignored[0] ?? codes?.parameter ?? beyondContained(criteria)
    if (beyond !== undefined) throw fail('auth.scope', { scope, reason: `${beyond} cannot limit a scope` })
    return { kind: 'group', operator: 'and', criteria }
  } catch (error) {
    throw fail('auth.scope', { scope, reason: (error as Error).message }, { cause: error })
  }
}
