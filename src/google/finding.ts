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

/** Milliseconds that a look at one place may take. */
export const LOOK = 8000

interface Failed {
  /** Of HTTP; undefined: there was no answer. */
  readonly status: number | undefined
  /** What 404 means here. */
  readonly absent: Pick<Finding, 'detail' | 'remedy'>
  /** What to do about 403. */
  readonly grant: string
  /** The setting that says where the service is. */
  readonly setting: string
}

/** What it means that a place could not be looked at. */
export function failureFinding(what: string, error: unknown, { status, absent, grant, setting }: Failed): Finding {
  if (status === 404) return { what, state: 'missing', ...absent }
  if (status === 403) return { what, state: 'missing', detail: 'HTTP 403', remedy: grant }
  if (status === 401)
    return { what, state: 'missing', detail: 'HTTP 401: the credentials are not taken', remedy: 'renew them: a token may have expired' }
  if (status !== undefined) return { what, state: 'unknown', detail: `HTTP ${status}` }
  return {
    what,
    state: 'missing',
    detail: `there was no answer: ${networkReason(error)}`,
    remedy: `check the network, and the address if ${setting} names one`
  }
}

/** The code of the system (`ECONNREFUSED`) where the error, or one that led to it, has one. */
function networkReason(error: unknown): string {
  for (let one = error; one instanceof Error; one = one.cause) {
    const { code } = one as { code?: unknown }
    if (typeof code === 'string' && /^E[A-Z_]+$/.test(code)) return code
  }
  return reasonOf(error)
}

/** What Google said, in words. status: of HTTP; undefined: there was no answer. */
export function reasonOf(error: unknown): string {
  const { status, code, message } = error as { status?: unknown; code?: unknown; message?: unknown }
  const number = [status, code].find((one) => typeof one === 'number')
  return number === undefined ? String(message ?? error) : `HTTP ${String(number)}`
}
