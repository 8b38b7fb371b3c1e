/** Which scopes a client gets: those it asks for that lie within the ones it is registered with, and that service/scopes.ts can keep. */
import { WardbridgeError } from '../errors.js'
import { parseScopes, type Scope } from '../service/scopes.js'

/** Scopes of apps that are no permissions on resources. */
export const APP_SCOPES = ['openid', 'fhirUser', 'profile', 'launch/patient', 'offline_access', 'online_access']

/** The scopes of a text, each once. */
export function scopesOf(text: string): readonly string[] {
  return [...new Set(text.split(/\s+/).filter((scope) => scope !== ''))]
}

/** True for a scope that can be registered: on resources at one of the levels, or one of an app. */
export function isScope(text: string, levels: ReadonlyArray<Scope['level']>): boolean {
  const scope = onResources(text)
  return scope === undefined ? APP_SCOPES.includes(text) && !levels.includes('system') : levels.includes(scope.level)
}

/** What is granted of `asked` within `registered`; empty when nothing is. A narrower scope than a registered one is within it. */
export function grantedScope(asked: string, registered: string): string {
  const allowed = scopesOf(registered)
  const wide = allowed.flatMap((scope) => onResources(scope) ?? [])
  return scopesOf(asked)
    .filter((text) => {
      const scope = onResources(text)
      return scope === undefined ? APP_SCOPES.includes(text) && allowed.includes(text) : wide.some((one) => covers(one, scope))
    })
    .join(' ')
}

/** A scope that speaks of resources and can be kept; undefined for any other text. */
function onResources(text: string): Scope | undefined {
  try {
    return parseScopes(text)[0]
  } catch (error) {
    if (error instanceof WardbridgeError) return undefined
    throw error
  }
}

function covers(wide: Scope, narrow: Scope): boolean {
  return (
    wide.level === narrow.level &&
    (wide.type === '*' || wide.type === narrow.type) &&
    [...narrow.letters].every((letter) => wide.letters.has(letter)) &&
    (wide.constraint === undefined || wide.constraint === narrow.constraint)
  )
}
