/**
 * Every setting of Wardbridge in one table, shared by the command line, the server and docs/reference/configuration.md (generated from it).
 * A setting comes from, in this order: the command-line option, the environment variable, the default.
 */
import { isIP } from 'node:net'
import { dirname } from 'node:path'
import envSchema from 'env-schema'
import { fail } from './errors.js'

export interface Settings {
  /** File of the embedded store. */
  readonly store: string
  /** Folder of service.db. */
  readonly state: string
  readonly host: string
  readonly port: number
  /** Without a slash at the end; undefined: taken from each request. */
  readonly publicUrl: string | undefined
  /** Addresses and ranges of the proxies whose X-Forwarded-* headers count; empty: none. */
  readonly trustProxy: readonly string[]
  /** Bytes. */
  readonly bodyLimit: number
  /** Seconds. */
  readonly searchTimeout: number
  /** What is asked of a resource before it is written (service/check.ts). */
  readonly validation: 'off' | 'structure' | 'strict'
  /** Whether references may lead to what is not in the store. */
  readonly referentialIntegrity: 'off' | 'on'
  readonly logLevel: string
  readonly noAuth: boolean
}

export interface SettingRow {
  readonly env: string
  /** Command-line option, where there is one. */
  readonly option?: string
  readonly since: string
  readonly description: string
  /** What the documentation shows where the schema has no default. */
  readonly unset?: string
  /** JSON Schema of the value. */
  readonly schema: {
    readonly type: 'string' | 'integer' | 'number' | 'boolean'
    readonly default?: string | number | boolean
    readonly minimum?: number
    readonly maximum?: number
    readonly pattern?: string
    readonly enum?: readonly string[]
  }
}

export const SETTINGS = {
  store: {
    env: 'WARDBRIDGE_STORE',
    option: '--store',
    since: '0.1.0',
    description: 'File of the embedded FHIR store. `serve` makes it when it is not there.',
    schema: { type: 'string', default: 'wardbridge.db' }
  },
  state: {
    env: 'WARDBRIDGE_STATE',
    option: '--state',
    since: '0.1.0',
    description: 'Folder of `service.db`, where the service keeps its signing keys and secrets. Back it up with the store.',
    unset: 'the folder of the store',
    schema: { type: 'string' }
  },
  host: {
    env: 'WARDBRIDGE_HOST',
    option: '--host',
    since: '0.1.0',
    description: 'Address to listen on. The page at `/` shows counts only while this is a loopback address.',
    schema: { type: 'string', default: '127.0.0.1' }
  },
  port: {
    env: 'WARDBRIDGE_PORT',
    option: '--port',
    since: '0.1.0',
    description: 'TCP port to listen on; 0 takes any free one.',
    schema: { type: 'integer', default: 8080, minimum: 0, maximum: 65535 }
  },
  publicUrl: {
    env: 'WARDBRIDGE_PUBLIC_URL',
    option: '--public-url',
    since: '0.1.0',
    description:
      'Address under which clients reach the server, without `/fhir`; used in Location headers, paging links and fullUrls. Set it behind a reverse proxy.',
    unset: 'scheme and Host header of each request',
    schema: { type: 'string', pattern: '^https?://[^\\s/?#]+(/[^\\s?#]*)?$' }
  },
  trustProxy: {
    env: 'WARDBRIDGE_TRUST_PROXY',
    option: '--trust-proxy',
    since: '0.1.0',
    description:
      'Proxies whose `X-Forwarded-*` headers count: `off`, or addresses and CIDR ranges separated by commas (`loopback`, `linklocal` and `uniquelocal` name the usual ranges).',
    schema: { type: 'string', default: 'off' }
  },
  bodyLimit: {
    env: 'WARDBRIDGE_BODY_LIMIT',
    since: '0.1.0',
    description: 'Largest request body, in bytes (33554432 is 32 MiB, room for a transaction of some 5,000 resources).',
    schema: { type: 'integer', default: 33_554_432, minimum: 1024, maximum: 1_073_741_824 }
  },
  searchTimeout: {
    env: 'WARDBRIDGE_SEARCH_TIMEOUT',
    since: '0.1.0',
    description: 'Seconds after which a search is given up with 503.',
    schema: { type: 'number', default: 10, minimum: 0.1, maximum: 3600 }
  },
  validation: {
    env: 'WARDBRIDGE_VALIDATION',
    since: '0.1.0',
    description:
      'What is asked of a resource before it is written. `off`: JSON, resource type, `id` and `meta`. `structure`: also its elements, cardinalities, primitive values, required bindings and the types that references lead to. `strict`: also invariants, extensions, fixed and pattern values, slicing, narrative, and the profiles it names. Loads (`wardbridge ingest`) check the structure at every level.',
    schema: { type: 'string', default: 'structure', enum: ['off', 'structure', 'strict'] }
  },
  referentialIntegrity: {
    env: 'WARDBRIDGE_REFERENTIAL_INTEGRITY',
    since: '0.1.0',
    description:
      '`on`: what is written may refer (`Type/id`) to resources in the store only, and a resource that others refer to is not deleted, unless the same transaction writes or removes the other side. Loads (`wardbridge ingest`) are not looked at: their files come in any order.',
    schema: { type: 'string', default: 'off', enum: ['off', 'on'] }
  },
  logLevel: {
    env: 'WARDBRIDGE_LOG_LEVEL',
    since: '0.1.0',
    description: 'Least level that is logged. Access lines are `info`; no level shows patient data, ids or tokens.',
    schema: { type: 'string', default: 'info', enum: ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] }
  },
  noAuth: {
    env: 'WARDBRIDGE_NO_AUTH',
    option: '--no-auth',
    since: '0.1.0',
    description:
      '`true`: answer without a token, as administrator. Accepted on a loopback address without a trusted proxy only; requests whose Host header names another machine are refused.',
    schema: { type: 'boolean', default: false }
  }
} as const satisfies Record<keyof Settings, SettingRow>

/** Values given on the command line, by setting; undefined ones are left to the environment. */
export type SettingOptions = { readonly [Name in keyof Settings]?: string | number | boolean | undefined }

/**
 * The settings in force. `options` win over `env`; an empty environment variable counts as not set.
 * Throws `config` naming the setting that cannot be used.
 */
export function loadSettings(options: SettingOptions = {}, env: NodeJS.ProcessEnv = process.env): Settings {
  const rows = Object.entries(SETTINGS) as [keyof Settings, SettingRow][]
  const given: Record<string, unknown> = {}
  for (const [name, row] of rows) {
    const value = options[name] ?? (env[row.env] === '' ? undefined : env[row.env])
    if (value !== undefined) given[row.env] = value
  }
  const schema = { type: 'object', properties: Object.fromEntries(rows.map(([, row]) => [row.env, row.schema])) }
  let values: Record<string, unknown>
  try {
    values = envSchema({ schema, data: given, env: false })
  } catch (error) {
    throw fail('config', { reason: reasonOf(error, given) }, { cause: error })
  }
  const value = Object.fromEntries(rows.map(([name, row]) => [name, values[row.env]])) as Record<keyof Settings, never>
  const settings: Settings = {
    ...value,
    state: value.state ?? dirname(value.store),
    publicUrl: (value.publicUrl as string | undefined)?.replace(/\/+$/, ''),
    trustProxy: parseProxies(value.trustProxy)
  }
  if (settings.noAuth && !isLoopback(settings.host)) {
    throw fail('config', { reason: `--no-auth works on a loopback address only, not on ${settings.host}` })
  }
  if (settings.noAuth && settings.trustProxy.length > 0) {
    throw fail('config', { reason: '--no-auth cannot be combined with WARDBRIDGE_TRUST_PROXY: a proxy would open the store to everybody' })
  }
  return settings
}

/** `off`, or addresses, CIDR ranges and the names of ranges that proxy-addr knows. */
function parseProxies(text: string): string[] {
  if (text === 'off') return []
  return text.split(',').map((part) => {
    const proxy = part.trim()
    const [address = '', prefix = '0', ...more] = proxy.split('/')
    const bits = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1
    const isRange = /^\d+$/.test(prefix) && Number(prefix) <= bits && more.length === 0
    if (!isRange && !['loopback', 'linklocal', 'uniquelocal'].includes(proxy)) {
      throw fail('config', { reason: `WARDBRIDGE_TRUST_PROXY takes off, or addresses and ranges, not "${proxy}"` })
    }
    return proxy
  })
}

/** True for localhost, 127.0.0.0/8 and ::1 (IPv6 with or without brackets); a port is not part of a host. */
export function isLoopback(host: string): boolean {
  return /^(localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[?::1\]?)$/i.test(host)
}

interface AjvFailure {
  readonly errors?: ReadonlyArray<{
    readonly instancePath: string
    readonly message?: string
    readonly params: { readonly allowedValues?: string[] }
  }>
}

function reasonOf(error: unknown, given: Record<string, unknown>): string {
  const failures = (error as AjvFailure).errors
  if (failures === undefined) return String(error)
  return failures
    .map(({ instancePath, message, params }) => {
      const name = instancePath.slice(1)
      return `${name} ${message}${params.allowedValues ? ` (${params.allowedValues.join(', ')})` : ''}, not ${JSON.stringify(given[name])}`
    })
    .join('; ')
}
