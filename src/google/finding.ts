/** What `wardbridge doctor` found out about one thing. */
export interface Finding {
  /** What was looked at, in a few words. */
  readonly what: string
  /** `unknown`: it cannot be seen from here. */
  readonly state: 'ok' | 'missing' | 'unknown'
  readonly detail: string
  /** What to do about it: the command, or the exact role. */
  readonly remedy?: string
}

/** Which of some permissions are missing, as one finding. roles: what each permission comes with, the least role that has it. */
export function permissionFinding(what: string, roles: Readonly<Record<string, string>>, held: readonly string[]): Finding {
  const missing = Object.keys(roles).filter((permission) => !held.includes(permission))
  if (missing.length === 0) return { what, state: 'ok', detail: Object.keys(roles).join(', ') }
  const remedy = [...new Set(missing.map((permission) => roles[permission]!))].map((role) => `grant ${role}`).join(', ')
  return { what, state: 'missing', detail: `not held: ${missing.join(', ')}`, remedy }
}

/** What Google said, in words. status: of HTTP; undefined: there was no answer. */
export function reasonOf(error: unknown): string {
  const { status, code, message } = error as { status?: unknown; code?: unknown; message?: unknown }
  const number = [status, code].find((one) => typeof one === 'number')
  return number === undefined ? String(message ?? error) : `HTTP ${String(number)}`
}
