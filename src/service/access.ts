/** Who may do what: the one table of role x interaction. A role or an interaction that is not in it is refused. */
import { fail } from '../errors.js'
import { isResourceType } from '../fhir/definitions.js'
import type { StoredResource } from '../store/repository.js'
import type { Principal } from './contract.js'

/** `load`: bulk loads and what is kept about them. `verify`: checks and mending of the store. */
export type Interaction = 'read' | 'vread' | 'history' | 'create' | 'update' | 'patch' | 'delete' | 'search' | 'load' | 'verify'

const ALL: readonly Interaction[] = ['read', 'vread', 'history', 'create', 'update', 'patch', 'delete', 'search', 'load', 'verify']

export const ACCESS: Readonly<Record<string, readonly Interaction[]>> = {
  administrator: ALL,
  /** The program itself: commands run by whoever can read the store file, and start-up. */
  system: ALL,
  'data-entry': ['read', 'vread', 'history', 'create', 'update', 'patch', 'search'],
  analyst: ['read', 'vread', 'history', 'search']
}

/** The roles there are, for messages and checks of options. */
export const ROLES = Object.keys(ACCESS)

export function isAllowed({ role }: Principal, interaction: Interaction): boolean {
  return Object.hasOwn(ACCESS, role) && ACCESS[role]!.includes(interaction)
}

/** Throws auth.forbidden. type: a resource type, or words for what is asked for. */
export function authorize(who: Principal, interaction: Interaction, type: string): void {
  if (!isAllowed(who, interaction)) throw fail('auth.forbidden', { role: who.role, interaction, type })
}

/** The same for a resource type. Throws auth.forbidden before it says whether the type exists (resource.unknown-type). */
export function allow(who: Principal, interaction: Interaction, type: string): void {
  authorize(who, interaction, type)
  if (!isResourceType(type)) throw fail('resource.unknown-type', { type })
}

/** What was not asked for by its own type comes along only for those who may read it. */
export function isVisible(who: Principal, _resource: StoredResource): boolean {
  return isAllowed(who, 'read')
}
