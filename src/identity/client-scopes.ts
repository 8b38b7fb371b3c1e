/** Which scopes a client gets: those it asks for that lie within the ones it is registered with. SMART App Launch 2.2, scopes v1 and v2. */

const CLINICAL = /^(patient|user|system)\/(\*|[A-Z][A-Za-z]+)\.(read|write|\*|c?r?u?d?s?)(?:\?(\S+))?$/
const VERSION_1: Readonly<Record<string, string>> = { read: 'rs', write: 'cud', '*': 'cruds' }

/** Scopes of apps that are no permissions on resources. */
export const APP_SCOPES = ['launch/patient', 'offline_access', 'online_access']

interface Scope {
  readonly context: string
  readonly type: string
  readonly permissions: string
  readonly criteria: string | undefined
}

function parse(text: string): Scope | undefined {
  const [, context, type, permissions, criteria] = CLINICAL.exec(text) ?? []
  if (context === undefined || type === undefined || !permissions) return undefined
  return { context, type, permissions: VERSION_1[permissions] ?? permissions, criteria }
}

/** The scopes of a text, each once. */
export function scopesOf(text: string): readonly string[] {
  return [...new Set(text.split(/\s+/).filter((scope) => scope !== ''))]
}

/** True for a scope that can be registered. contexts: of `patient`, `user`, `system`. */
export function isScope(text: string, contexts: readonly string[]): boolean {
  const scope = parse(text)
  return scope === undefined ? APP_SCOPES.includes(text) && !contexts.includes('system') : contexts.includes(scope.context)
}

/** What is granted of `asked` within `registered`; empty when nothing is. A narrower scope than a registered one is within it. */
export function grantedScope(asked: string, registered: string): string {
  const allowed = scopesOf(registered)
  const clinical = allowed.flatMap((scope) => parse(scope) ?? [])
  return scopesOf(asked)
    .filter((text) => {
      const scope = parse(text)
      return allowed.includes(text) || (scope !== undefined && clinical.some((wide) => covers(wide, scope)))
    })
    .join(' ')
}

function covers(wide: Scope, narrow: Scope): boolean {
  return (
    wide.context === narrow.context &&
    (wide.type === '*' || wide.type === narrow.type) &&
    [...narrow.permissions].every((letter) => wide.permissions.includes(letter)) &&
    (wide.criteria === undefined || wide.criteria === narrow.criteria)
  )
}
